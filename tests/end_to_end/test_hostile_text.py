"""Whatever data and spec hold is text in the document: nothing of it is HTML, Markdown, a shortcode or a formula."""

from __future__ import annotations

import html as entities
import json
import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pypdf
import pytest
import yaml

from respml.evidence.model import LONGEST_CELL
from tests.end_to_end.conftest import Built
from tests.end_to_end.hostile import COLUMNS, LEVELS, SCRIPT

pytestmark = pytest.mark.slow
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FETCHING = {"iframe", "object", "embed", "img", "video", "audio", "source", "base", "form", "input", "frame", "applet"}


@dataclass
class Page(HTMLParser):
    """What a page is made of.

    Attributes
    ----------
    tags: how often each element occurs.
    handlers: attributes that would run a script.
    links: targets of ``a href``; ``loads``: every other address.
    scripts: texts of scripts with their type.
    words: the text outside scripts and styles, blanks folded.
    """

    tags: Counter[str] = field(default_factory=Counter)
    handlers: list[str] = field(default_factory=list)
    links: set[str] = field(default_factory=set)
    loads: set[str] = field(default_factory=set)
    scripts: list[tuple[str, str]] = field(default_factory=list)
    words: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open = ""
        self._type = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._open = tag
        self._type = dict(attrs).get("type") or ""
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append(f"{tag} {name}={value}")
            if name in ("src", "srcset", "href", "xlink:href", "action", "formaction", "data", "poster", "background"):
                (self.links if tag == "a" else self.loads).add(value or "")

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            self.scripts.append((self._type, data))
            self._open = ""
        elif self._open != "style":
            self.words += " " + data


def read_page(text: str) -> Page:
    """The page, parsed as a browser would, words folded to single blanks."""
    page = Page()
    page.feed(text)
    page.words = " ".join(page.words.split())
    return page


@pytest.fixture(scope="module")
def run(hostile: Built) -> Path:
    """The folder of the hostile run."""
    return hostile.run


@pytest.fixture(scope="module")
def name(hostile: Built) -> str:
    """The name of the model."""
    return str(yaml.safe_load(hostile.spec.read_text(encoding="utf-8"))["model"]["name"])


@pytest.fixture(scope="module")
def page(run: Path) -> Page:
    """The screen document, parsed."""
    return read_page((run / "report.html").read_text(encoding="utf-8"))


def test_no_element_and_no_handler_comes_from_text(page: Page) -> None:
    assert not FETCHING & set(page.tags)
    assert page.handlers == []
    assert page.tags["title"] >= 1
    assert [kind for kind, _ in page.scripts] == ["application/json", ""], "the metrics and our own light script"
    assert not [text for _, text in page.scripts[1:] if "owned" in text]


def test_the_page_asks_nobody_for_anything(page: Page) -> None:
    assert not [each for each in page.loads if not each.startswith(("data:", "#"))]
    assert not [each for each in page.links if not each.startswith(("#", "https://"))]
    assert "evil.example" not in " ".join(page.links | page.loads)


def test_names_are_shown_as_they_are(name: str, page: Page) -> None:
    for column in COLUMNS.values():
        assert " ".join(column.split()) in page.words, column
    assert LEVELS["north"] in page.words
    assert name in page.words
    assert SCRIPT in page.words
    assert "root:" not in page.words


def test_no_heading_and_no_list_comes_from_text(page: Page, run: Path) -> None:
    headings = re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", (run / "report.html").read_text(encoding="utf-8"), re.S)
    told = [entities.unescape(re.sub(r"<[^>]*>", "", each)) for each in headings]
    assert not [each for each in told if "A heading" in each or each.strip() in ("Heading", "head")]
    assert "# A heading" in page.words


def test_marks_that_turn_or_hide_text_are_not_in_the_document(run: Path) -> None:
    text = (run / "report.html").read_text(encoding="utf-8")
    assert {each for each in text if unicodedata.category(each) in ("Cf", "Cc", "Co", "Cs")} == {"\n"}


def test_a_cell_of_ten_thousand_characters_is_cut(page: Page) -> None:
    assert max(len(each) for each in re.findall(r"(?:wide )+", page.words)) <= LONGEST_CELL


def test_figures_take_dollar_signs_and_underscores_literally(run: Path) -> None:
    drawings = [path.read_text(encoding="utf-8") for path in run.glob("evidence/*/*.svg")]
    assert len(drawings) > 10
    named = [text for text in drawings if entities.escape(COLUMNS["utilisation"], quote=False) in text]
    assert named, "the name stands in a figure as it is"
    assert not [text for text in drawings if "<script" in text]


def test_the_attached_numbers_are_json_all_the_same(run: Path, page: Page) -> None:
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    attached = json.loads(page.scripts[0][1])
    assert attached
    assert attached.keys() <= metrics.keys()
    assert all(attached[name]["n"] == metrics[name]["n"] for name in attached)


def test_the_paper_has_no_script_and_no_foreign_link(run: Path, name: str) -> None:
    paper = pypdf.PdfReader(run / "report.pdf")
    assert paper.metadata is not None
    assert paper.metadata.title == name
    targets = set()
    for sheet in paper.pages:
        for annotation in sheet.get("/Annots", None) or ():
            action = annotation.get_object().get("/A", {})
            assert action.get("/S") in (None, "/URI", "/GoTo")
            targets.add(str(action.get("/URI", "https://")))
    assert all(each.startswith("https://") and "evil.example" not in each for each in targets)
    assert not {"/OpenAction", "/AA"} & set(paper.trailer["/Root"])
    assert "/JavaScript" not in paper.trailer["/Root"].get("/Names", {})


@pytest.fixture(scope="module")
def browser() -> str:
    """A headless browser's command."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("there is no Chromium here")
    return found


@pytest.mark.browser
def test_in_a_real_browser_nothing_runs_and_nothing_is_requested(
    run: Path, name: str, browser: str, page: Page, tmp_path: Path
) -> None:
    log = tmp_path / "requests.json"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    options += ["--disable-component-update", "--disable-sync", "--virtual-time-budget=3000"]
    options += [f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}"]
    shown = subprocess.run(
        [browser, *options, "--dump-dom", (run / "report.html").as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    there = read_page(shown.stdout)
    title = re.search(r"<title>(.*?)</title>", shown.stdout)
    assert title is not None
    assert entities.unescape(title[1]) == name, "a script that ran would have changed it"
    assert not FETCHING & set(there.tags)
    assert there.handlers == []
    assert there.tags["td"] == page.tags["td"]
    assert there.tags["button"] > 0, "our own script ran: tables can be sorted"
    hosts = set(re.findall(r'"url":"[a-z]+://([^/"]+)', log.read_text(encoding="utf-8")))
    # a browser asks its own maker for the time and for updates, whatever page it shows
    assert not [each for each in hosts if not each.endswith((".google.com", ".googleapis.com", ".gvt1.com"))]
