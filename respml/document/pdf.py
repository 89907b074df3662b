"""Paper: the print HTML as a tagged, archivable PDF that is the same every time."""

from __future__ import annotations

import datetime
import gc
import hashlib
import html
import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import weasyprint
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from respml.document.fonts import SANS, SERIF, font_folder
from respml.document.markdown import plain
from respml.errors import RenderError

Variant = Literal["pdf/a-3a", "pdf/ua-1", "plain"]
VARIANTS: tuple[str, ...] = ("pdf/a-3a", "pdf/ua-1", "plain")
_LOGGERS = ("weasyprint", "fontTools")


@dataclass(frozen=True)
class Attached:
    """A file inside the PDF.

    Attributes
    ----------
    path: the file.
    description: one line on what it holds.
    relationship: ``Data`` (what the document was made from), ``Source``, ``Supplement`` or ``Alternative``.
    name: file name in the PDF; the file's own when empty.
    """

    path: Path
    description: str
    relationship: str = "Data"
    name: str = ""


class ProjectFetcher(URLFetcher):  # type: ignore[misc]
    """Reads files of the project and of the font packages, and refuses every other address."""

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=("file", "data"), allow_redirects=False, fail_on_errors=True)
        self._folders = [folder.resolve(), *(font_folder(family).resolve() for family in (SERIF, SANS))]

    def fetch(self, url: str, headers: Any = None) -> Any:
        """The content behind an address; an address outside ends the rendering."""
        parts = urlsplit(url)
        if parts.scheme == "data":
            return super().fetch(url, headers)
        path = Path(unquote(parts.path)).resolve()
        allowed = parts.scheme == "file" and not parts.netloc and any(path.is_relative_to(f) for f in self._folders)
        if not allowed:
            raise FatalURLFetchingError(f"The document may not load '{url[:120]}'.")
        if not path.is_file():
            raise FatalURLFetchingError(f"There is no file '{path.name}'.")
        return super().fetch(url, headers)


class _Collected(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def collected_logs() -> Iterator[list[str]]:
    """What WeasyPrint and its font library warn of meanwhile, in place of what they would print."""
    handler = _Collected()
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    kept = [(each, each.handlers[:], each.propagate) for each in loggers]
    for each in loggers:
        each.handlers, each.propagate = [handler], False
    try:
        yield handler.messages
    finally:
        for logger, handlers, propagate in kept:
            logger.handlers, logger.propagate = handlers, propagate


@contextmanager
def _no_collection() -> Iterator[None]:
    """Layout builds millions of objects that all live until the end: looking for garbage costs a sixth of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@contextmanager
def _fixed_clock(as_of: datetime.date) -> Iterator[datetime.datetime]:
    """The build's date as the only date that libraries find."""
    moment = datetime.datetime(as_of.year, as_of.month, as_of.day, tzinfo=datetime.UTC)
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = str(int(moment.timestamp()))
    try:
        yield moment
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before


def write_pdf(
    print_html: Path,
    destination: Path,
    *,
    variant: Variant = "pdf/a-3a",
    attachments: Sequence[Attached] = (),
    as_of: datetime.date,
    title: str = "",
) -> Path:
    """Make the PDF and return its path; it appears only when it is whole.

    Parameters
    ----------
    print_html: from :func:`respml.document.engines.render_html` with the profile ``print``.
    destination: the PDF.
    variant: ``pdf/a-3a`` (archive, tagged, attachments), ``pdf/ua-1`` (accessibility) or ``plain``.
    attachments: files inside the PDF, in this order.
    as_of: the document's date, and the only date in the file.
    title: checked against the HTML's title when given, so that a document never carries another's name.

    Raises
    ------
    RenderError: for every warning or error WeasyPrint logs (missing alternative text, invalid style, unknown font),
        for an address outside the project, or an unknown variant.
    """
    if variant not in VARIANTS:
        raise RenderError(f"There is no PDF variant '{variant}'.", remedy=f"Use one of {', '.join(VARIANTS)}.")
    source = print_html.read_bytes()
    with _fixed_clock(as_of) as moment, collected_logs() as messages, _no_collection():
        files = [_attachment(each, moment) for each in attachments]
        fetcher = ProjectFetcher(print_html.parent)
        try:
            page = weasyprint.HTML(string=source.decode(), base_url=print_html.resolve().as_uri(), url_fetcher=fetcher)
            content = page.write_pdf(
                pdf_variant=None if variant == "plain" else variant,
                pdf_tags=True,
                pdf_identifier=hashlib.sha256(source).digest()[:16],
                attachments=files,
            )
        except FatalURLFetchingError as error:
            raise RenderError(str(error), where=print_html.name) from error
    if messages:
        more = f" ({len(messages)} messages)" if len(messages) > 1 else ""
        raise RenderError(f"WeasyPrint complains{more}: {messages[0][:300]}", where=print_html.name)
    _require_title(source.decode(), title, print_html.name)
    partial = destination.with_name(f".{destination.name}.partial")
    partial.write_bytes(content)
    partial.replace(destination)
    return destination


def _attachment(each: Attached, moment: datetime.datetime) -> weasyprint.Attachment:
    if not each.path.is_file():
        raise RenderError("A file to attach is missing.", where=each.path.name)
    return weasyprint.Attachment(
        string=each.path.read_bytes(),
        name=each.name or each.path.name,
        description=each.description,
        created=moment,
        modified=moment,
        relationship=each.relationship,
    )


def _require_title(source: str, title: str, where: str) -> None:
    found = re.search(r"<title>(.*?)</title>", source, re.DOTALL)
    shown = html.unescape(found[1]).strip() if found else ""
    # The document shows a title without hidden marks, as any text; beyond that it must be the given one.
    if not shown or (title and " ".join(plain(title).split()) != " ".join(shown.split())):
        raise RenderError(f"The document is titled '{shown}', not '{title}'.", where=where)
