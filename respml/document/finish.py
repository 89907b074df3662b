"""From an engine's HTML to the finished document: lists, anchors, table headers; for the screen, one file."""

from __future__ import annotations

import html as entities
import json
import re
from pathlib import Path

from respml.document.assemble import METRICS
from respml.document.breaks import breakable
from respml.document.embed import embed_images, embed_script, embed_stylesheets, require_no_requests
from respml.document.project import Project
from respml.errors import RenderError

_CAPTION = re.compile(r"(<(?:fig)?caption[^>]*>\s*(?:<p>)?)((?:Figure|Table)(?:&nbsp;|\u00a0| )\d+):\s*")
_NUMBERED = re.compile(
    r'id="((fig|tbl)-[^"]+)"(?:(?! id="(?:fig|tbl)-[A-Za-z0-9-]+" ).)*?<(?:fig)?caption[^>]*>(.*?)</(?:fig)?caption>',
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]+>")
_SECTION = re.compile(
    r'<(section)\s[^>]*?id="([^"]+)"[^>]*>|<p>|<(table|li|figcaption|nav)\b|</(table|li|figcaption|nav)>'
)
_METRIC = re.compile(r'<span class="metric" data-id="([^"]+)"')
LINE = 108
_LIST = '<div id="list-of-{}">'
_TITLES = {"figures": "List of figures", "tables": "List of tables"}


def finish(html: str, project: Project) -> str:
    """The document as it is written: alike from both engines.

    Raises
    ------
    RenderError: when a file the document shows is missing, or it would ask another host for anything.
    """
    html = scope_headers(html)
    html = classed_alignment(html)
    html = label_captions(html)
    html = fill_lists(html, on_paper=project.on_paper)
    if project.on_paper:
        return breakable(place_contents(html))
    html = anchor_paragraphs(html)
    html = html.replace('<div id="contents">', '<div id="contents" hidden>')
    html = embed_images(html, project.folder)
    html = embed_metrics(html, project.folder / METRICS)
    html = embed_stylesheets(html, project.folder)
    html = embed_script(html, project.folder)
    require_no_requests(html)
    return html


def scope_headers(html: str) -> str:
    """Header cells say that they head a column."""
    return re.sub(r"<th(?=[\s>])(?![^>]*\bscope=)", '<th scope="col"', html)


def classed_alignment(html: str) -> str:
    """Alignment of cells by class: thousands of style attributes cost WeasyPrint seconds."""
    html = html.replace(' style="text-align: left;"', "")
    return re.sub(r'(<t[dh][^>]*) style="text-align: (right|center);"', r'\1 class="\2"', html)


def label_captions(html: str) -> str:
    """The label of a caption can be styled apart from its text."""
    return _CAPTION.sub(r'\1<span class="label">\2:</span> ', html)


def captions(html: str) -> list[tuple[str, str, str]]:
    """Anchor, kind (``fig`` or ``tbl``) and caption of each numbered float, in order."""
    found: dict[str, tuple[str, str, str]] = {}
    for match in _NUMBERED.finditer(html):
        text = re.sub(r"[ \t\n]+", " ", _TAG.sub("", match[3])).strip(" ")
        if not match[1].endswith(("-caption", "-title")) and re.match(r"(Figure|Table)(&nbsp;|\u00a0| )\d+:", text):
            found.setdefault(match[1], (match[1], match[2], text))
    return list(found.values())


def fill_lists(html: str, *, on_paper: bool) -> str:
    """Lists of figures and tables, where the document has a place for them; on the screen they are folded."""
    for kind, word in (("fig", "figures"), ("tbl", "tables")):
        place = _LIST.format(word)
        if place not in html:
            continue
        entries = "".join(
            f'<li><a href="#{id}">{_one_line(text) if on_paper else text}</a></li>'
            for id, each, text in captions(html)
            if each == kind
        )
        items = f"<ul>{entries}</ul>" if entries else "<p>None.</p>"
        title = _TITLES[word]
        block = (
            f'<p class="list-title">{title}</p>{items}'
            if on_paper
            else f'<details class="method"><summary>{title}</summary>{items}</details>'
        )
        html = html.replace(place, f'<div id="list-of-{word}" class="list-of">{block}', 1)
    return html


def _one_line(caption: str) -> str:
    """A caption short enough for its page number to stand on the same line."""
    words = entities.unescape(_TAG.sub("", caption))
    if len(words) <= LINE:
        return caption
    return entities.escape(words[:LINE].rsplit(" ", 1)[0].rstrip(",;:")) + " …"


def place_contents(html: str) -> str:
    """The contents stand where the document asks for them, behind the decision sheet."""
    contents = re.search(r'<nav id="TOC".*?</nav>\s*', html, re.DOTALL)
    place = '<div id="contents">'
    if not contents or place not in html:
        return html
    html = html.replace(contents[0], "", 1)
    title = '<p class="list-title">Contents</p>'
    return html.replace(place, place + title + contents[0], 1)


def anchor_paragraphs(html: str) -> str:
    """Every paragraph of running text has an anchor: its section and its number in it."""
    section, number, depth = "document", 0, 0

    def anchored(match: re.Match[str]) -> str:
        nonlocal section, number, depth
        if match[1]:
            section, number = match[2], 0
        elif match[3]:
            depth += 1
        elif match[4]:
            depth = max(0, depth - 1)
        elif not depth:
            number += 1
            return f'<p id="{section}-p{number}">'
        return match[0]

    return _SECTION.sub(anchored, html)


def embed_metrics(html: str, path: Path) -> str:
    """What is known about each number the text cites, as data in the page."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    cited = sorted({entities.unescape(match) for match in _METRIC.findall(html)})
    unknown = [each for each in cited if each not in known]
    if unknown:
        raise RenderError(f"The number '{unknown[0]}' is not in {METRICS}.", remedy="Assemble the document again.")
    data = json.dumps({each: known[each] for each in cited}, ensure_ascii=False, sort_keys=True)
    # "<" never appears inside the element, so nothing in the data can close it
    data = data.replace("<", "\\u003c")
    element = f'<script type="application/json" id="metrics">{data}</script>\n'
    # before our script, which reads it as soon as it runs
    place = html.find("<script src=")
    place = html.rfind("</body>") if place < 0 else place
    return html[:place] + element + html[place:]
