"""A person's row is found again wherever it is printed, and nothing else is."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from respml.errors import InputError, RenderError
from respml.review.disclosure import Scan, Scanner, files_below, require_none, scan_file, scan_files
from respml.review.people import People, is_telling, printed_number

ROWS = 2000


def portfolio() -> pd.DataFrame:
    """Rows of eight inputs: amounts, a ratio, small whole numbers, a text with a rare level, an identifier."""
    random = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "customer": [f"C-{each:07d}" for each in random.permutation(ROWS)],
            "limit": random.integers(1, 80, ROWS) * 1000,
            "status": random.integers(-1, 4, ROWS),
            "bill_1": random.integers(0, 90_000, ROWS),
            "bill_2": random.integers(0, 90_000, ROWS),
            "paid": random.integers(0, 9_000, ROWS),
            "use": np.round(random.random(ROWS), 4),
            "region": random.choice(["north", "south", "east"], ROWS),
            "age": random.integers(20, 80, ROWS),
        }
    )


FRAME = portfolio()
PEOPLE = People(FRAME, identifier="customer", orders=[["bill_1", "limit", "bill_2", "paid", "use", "age", "status"]])
SCANNER = Scanner(PEOPLE)
INPUTS = [name for name in FRAME.columns if name != "customer"]
PERSON = FRAME.iloc[123]


def found(name: str, content: str | bytes) -> list[str]:
    """The places at which a file of this name and content discloses somebody."""
    raw = content.encode() if isinstance(content, str) else content
    return [each.place for each in scan_file(SCANNER, name, raw)[1]]


def html(rows: list[list[object]]) -> str:
    """A page with one table."""
    cells = ["<tr>" + "".join(f"<td><p>{cell}</p></td>" for cell in row) + "</tr>" for row in rows]
    return f"<html><body><p>Words 12 of 30.</p><table class='t'>{''.join(cells)}</table></body></html>"


def long_table(person: pd.Series) -> list[list[object]]:
    """Input, value, contribution: as a chapter explains one score, in an order of its own."""
    order = ["use", "age", "bill_2", "limit", "status", "paid", "bill_1"]
    return [["Input", "Value", "Effect"], *([name, person[name], f"{0.1 * at:+.3f}"] for at, name in enumerate(order))]


def pdf(text: str) -> bytes:
    """A PDF of some HTML, made as the report's is."""
    import weasyprint

    return bytes(weasyprint.HTML(string=text).write_pdf())


def word(path: Path, rows: list[list[object]]) -> bytes:
    """A Word document with one table, its cells cut into two runs as Word does when it formats."""
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    grid = "".join(
        "<w:tr>" + "".join(cell.format(str(each)[:1], str(each)[1:]) for each in row) + "</w:tr>" for row in rows
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document><w:body><w:tbl>{grid}</w:tbl></w:body></w:document>")
    return path.read_bytes()


def notebook(text: str = "", page: str = "") -> str:
    """A notebook with one output."""
    shown = {"output_type": "display_data", "data": {"text/plain": text, "text/html": page}, "metadata": {}}
    return json.dumps({"cells": [{"cell_type": "code", "source": ["show()"], "outputs": [shown]}]})


WIDE: list[list[object]] = [INPUTS, [PERSON[name] for name in INPUTS]]
BARE = " ".join(str(PERSON[name]) for name in INPUTS)
SAID = ", ".join(f"{name} = {PERSON[name]}" for name in INPUTS)
ORDER = ["bill_1", "limit", "bill_2", "paid", "use", "age", "status"]
ENCODED = base64.b64encode(json.dumps({name: str(PERSON[name]) for name in INPUTS}).encode()).decode()
FAILED = {"cell_type": "code", "source": "", "outputs": [{"output_type": "error", "evalue": SAID, "traceback": []}]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", html(WIDE)),
        ("a.html", html(long_table(PERSON))),
        ("a.html", f"<p>The worst row: {SAID}.</p>"),
        ("a.html", html([["of one person", *WIDE[1]]])),
        ("a.svg", f"<svg><!-- {SAID} --><path d='M 1 2'/></svg>"),
        ("a.ipynb", notebook(FRAME.iloc[[123]][INPUTS].to_string())),
        ("a.ipynb", notebook(PERSON[INPUTS].to_string())),
        ("a.ipynb", notebook(FRAME.iloc[122:125][ORDER].to_string(line_width=40))),
        ("a.ipynb", notebook(page=FRAME.iloc[[123]][INPUTS].to_html())),
        ("a.json", json.dumps({"rows": [{name: str(PERSON[name]) for name in INPUTS}]})),
        ("a.json", json.dumps({"case": {name: str(PERSON[name]) for name in INPUTS}})),
        ("a.json", json.dumps({f"case.{name}": {"value": str(PERSON[name])} for name in INPUTS})),
        ("a.json", json.dumps([float(PERSON[name]) for name in INPUTS if name != "region"])),
        ("a.csv", FRAME.iloc[100:130][INPUTS].to_csv(index=False)),
        ("a.csv", "1,2,3,4,5,6,7,8\n" + ",".join(str(each) for each in WIDE[1]) + "\n"),
        ("a.qmd", "| Input | Value |\n|---|---|\n" + "".join(f"| {n} | {PERSON[n]} |\n" for n in INPUTS)),
        ("a.csv", FRAME.iloc[100:130][INPUTS].to_csv(index=False, sep=";", decimal=",")),
        ("a.tsv", FRAME.iloc[100:130][INPUTS].to_csv(index=False, sep="\t")),
        ("a.json", json.dumps([[name, str(PERSON[name])] for name in INPUTS])),
        ("a.html", f"<p title='{SAID}'>hover</p>"),
        ("a.html", f'<img alt="A drawing of {SAID}" src="x.png">'),
        ("a.html", f"<a href='data:application/json;base64,{ENCODED}'>data</a>"),
        ("a.svg", f"<svg><text aria-label='{SAID}'>12</text></svg>"),
        ("a.ipynb", json.dumps({"cells": [], "metadata": {"row": {name: str(PERSON[name]) for name in INPUTS}}})),
        ("a.ipynb", json.dumps({"cells": [FAILED]})),
        ("notes", SAID),
        ("a.js", f"var row = {json.dumps({name: str(PERSON[name]) for name in INPUTS})};"),
        ("a.txt", f"somebody: {BARE}"),
        ("a.txt", f"id {PERSON['customer']} was declined"),
    ],
)
def test_a_planted_row_is_found_in_every_format(name: str, content: str) -> None:
    assert found(name, content)


def test_a_planted_row_is_found_in_pdf_and_word_and_parquet(tmp_path: Path) -> None:
    assert found("a.pdf", pdf(html(WIDE))) == ["page 1, line 3"]
    assert found("a.pdf", pdf(html(long_table(PERSON))))
    assert found("a.pdf", pdf(f"<title>{SAID}</title><p>Nothing.")) == ["document information, line 6"]
    assert found("a.docx", word(tmp_path / "w.docx", WIDE))
    assert found("a.docx", word(tmp_path / "l.docx", long_table(PERSON)))
    FRAME.iloc[5:9].drop(columns="customer").to_parquet(tmp_path / "a.parquet")
    assert found("a.parquet", (tmp_path / "a.parquet").read_bytes())


def test_printed_digits_are_enough() -> None:
    # the ratio rounded to two digits and the amounts grouped, as tables print them
    told = {
        **{name: f"{PERSON[name]:,}" for name in ("limit", "bill_1", "bill_2", "paid")},
        "use": f"{PERSON['use']:.2f}",
    }
    assert found("a.html", html([["Input", "Value"], *([name, text] for name, text in told.items())]))


def means(frame: pd.DataFrame) -> list[list[object]]:
    """A table of aggregates by input."""
    numeric = frame.select_dtypes("number")
    return [
        ["Input", "Mean", "Median", "Minimum", "Maximum"],
        *([n, f"{numeric[n].mean():.2f}", numeric[n].median(), numeric[n].min(), numeric[n].max()] for n in numeric),
    ]


def banded(person: pd.Series) -> list[list[object]]:
    """One person in bands."""
    numeric = [name for name in INPUTS if name != "region"]
    cut = {n: pd.qcut(FRAME[n], 5, duplicates="drop").iloc[123] for n in numeric}
    return [["Input", "Value"], *([n, f"{cut[n].left:,.0f} to {cut[n].right:,.0f}"] for n in numeric)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", html(means(FRAME))),
        ("a.html", html(banded(PERSON))),
        # somebody who is not in the data: every amount one off
        ("a.html", html([INPUTS, [PERSON[n] if n == "region" else PERSON[n] + 1 for n in INPUTS]])),
        # two thirds of a person's values, the rest another's
        ("a.html", html([INPUTS, [(PERSON if at % 3 else FRAME.iloc[7])[n] for at, n in enumerate(INPUTS)]])),
        # each value right, in an order no row is printed in, and without names
        ("a.txt", " ".join(str(PERSON[n]) for n in ("age", "bill_2", "use", "limit", "status", "paid", "bill_1"))),
        ("a.csv", FRAME[["status", "age"]].to_csv(index=False)),
        ("a.json", json.dumps({"index": list(range(3000)), "shares": [0.5] * 40})),
        ("a.svg", "<svg><path d='" + " ".join(str(each) for each in WIDE[1]) + "'/></svg>"),
        ("a.html", "<style>p{margin:0 1 2 3 4 5 6 7}</style><p>2026-09-30, 1,234 of 5,678</p>"),
    ],
)
def test_aggregates_bands_and_near_misses_are_left_alone(name: str, content: str) -> None:
    assert found(name, content) == []


def test_a_combination_that_many_share_tells_of_nobody() -> None:
    same = pd.DataFrame({f"x{at}": np.r_[np.full(10, 100 + 37 * at), np.arange(500) * (at + 3)] for at in range(6)})
    record = [["x" + str(at), 100 + 37 * at] for at in range(6)]
    page = html([["a", "b"], *record])
    assert not scan_file(Scanner(People(same, minimum_cell=10)), "a.html", page.encode())[1]
    assert scan_file(Scanner(People(same.iloc[1:], minimum_cell=10)), "a.html", page.encode())[1]


@given(st.integers(0, ROWS - 1), st.permutations([n for n in INPUTS if n != "region"]), st.integers(5, 7))
@settings(max_examples=60, deadline=None)
def test_any_row_is_found_by_any_of_its_values_that_are_telling(row: int, order: list[str], number: int) -> None:
    # Two amounts of five digits and three more values agree by chance once in 1e5 · 1e4 draws, beyond 2000 · 2**10.
    chosen = list(dict.fromkeys(["bill_1", "bill_2", "paid", *order]))[:number]
    told = html([["Input", "Value"], *([name, FRAME[name].iloc[row]] for name in chosen)])
    assert found("a.html", told)


@given(st.lists(st.integers(0, 90_000), min_size=7, max_size=7))
@settings(max_examples=200, deadline=None)
def test_numbers_that_are_nobodys_are_not_found(values: list[int]) -> None:
    names = [name for name in INPUTS if name != "region"]
    people = FRAME[names].to_numpy()
    if (people == np.array(values)).sum(axis=1).max() < 5:  # an oracle that looks at every row
        assert not found("a.html", html([names, [*values]]))


def test_identifiers_are_sought_by_name_where_they_look_like_numbers() -> None:
    frame = FRAME.assign(customer=np.arange(1, ROWS + 1))
    scanner = Scanner(People(frame, identifier="customer"))
    assert scan_file(scanner, "a.csv", b"customer,score\n17,0.2\n")[1]
    assert not scan_file(scanner, "a.csv", b"rank,score\n17,0.2\n")[1]
    named = Scanner(People(frame.rename(columns={"customer": "customer_id"}), identifier="customer_id"))
    for name, content in (("a.html", b"<p>customer_id 17</p>"), ("a.json", b'{"customer_id": 17}')):
        assert scan_file(named, name, content)[1]
    assert not scan_file(named, "a.html", b"<p>rank 17</p>")[1]
    assert is_telling("C-0000017") and is_telling("20260930") and not is_telling("17") and not is_telling("north")


def test_a_number_is_read_to_its_printed_digit() -> None:
    assert printed_number("16,581") == (16581.0, 0.5)
    assert printed_number("−0.37") == (-0.37, pytest.approx(0.005))
    assert printed_number("1,2") is None and printed_number("north") is None


def test_a_scan_names_file_and_place_and_nobody(tmp_path: Path) -> None:
    (tmp_path / "clean.html").write_text(html(means(FRAME)))
    (tmp_path / "evidence").mkdir()
    FRAME.iloc[[3]][INPUTS].to_parquet(tmp_path / "evidence" / "case.parquet")
    (tmp_path / "evidence" / "case.csv").write_bytes(
        FRAME.iloc[[3]][INPUTS].to_csv(index=False, lineterminator="\n").encode()
    )
    (tmp_path / "model.ubj").write_bytes(b"\x00")
    scan = scan_files(PEOPLE, files_below(tmp_path))
    assert scan.files == {"csv": 1, "html": 1, "parquet": 1}
    assert [(each.file, each.place) for each in scan.disclosures] == [("evidence/case.parquet", "rows, row 1")]
    with pytest.raises(RenderError, match=r"evidence/case.parquet: A row of the data.*'disclosure'") as caught:
        require_none(scan, allowed=False)
    assert str(FRAME["bill_1"].iloc[3]) not in caught.value.line()
    require_none(scan, allowed=True)
    require_none(Scan({}, 0, ()), allowed=False)


def test_what_is_no_text_and_of_no_known_kind_is_left_out() -> None:
    assert scan_file(SCANNER, "model.ubj", b"\x00\x01") == (0, [])
    assert scan_file(SCANNER, "picture.png", b"\x89PNG\xff") == (0, [])


def test_a_file_that_cannot_be_read_is_an_error_of_one_line() -> None:
    for name in ("a.pdf", "a.docx", "a.json", "a.ipynb", "a.parquet"):
        with pytest.raises(InputError, match=rf"{name}: The file cannot be read as"):
            scan_file(SCANNER, name, b"not this")
