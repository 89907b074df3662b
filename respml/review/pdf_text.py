"""The text of a PDF, page by page, and the files attached to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pypdfium2 as pdfium


def page_texts(content: bytes) -> Iterator[str]:
    """The text of every page.

    Raises
    ------
    ValueError: it is no PDF that can be read.
    """
    with closing(_opened(content)) as document:
        for page in document:
            with closing(page), closing(page.get_textpage()) as text:
                yield text.get_text_range().replace("\r\n", "\n")


def information(content: bytes) -> list[str]:
    """Title, subject, author and whatever else the document says about itself.

    Raises
    ------
    ValueError: it is no PDF that can be read.
    """
    with closing(_opened(content)) as document:
        return [text for _, text in sorted(document.get_metadata_dict(skip_empty=True).items())]


def attachments(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of every attached file.

    Raises
    ------
    ValueError: it is no PDF that can be read.
    """
    with closing(_opened(content)) as document:
        for number in range(document.count_attachments()):
            attached = document.get_attachment(number)
            yield attached.get_name(), bytes(attached.get_data())


def _opened(content: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise ValueError(str(error)) from error
