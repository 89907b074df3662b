"""Properties of a Word file: what it is called, of which day it is, and nothing about who or what packed it."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping

from respml.document.word_package import Package

_CORE, _CUSTOM, _APP = "docProps/core.xml", "docProps/custom.xml", "docProps/app.xml"
_DC = "http://purl.org/dc/elements/1.1/"
_TERMS = "http://purl.org/dc/terms/"
_CP = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_CUSTOM_SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VALUES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_APP_SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_NAMES = {"model": "Model", "version": "Version", "classification": "Classification", "date": "As of"}

for _prefix, _address in {"dc": _DC, "dcterms": _TERMS, "cp": _CP, "xsi": _XSI, "vt": _VALUES}.items():
    ElementTree.register_namespace(_prefix, _address)


def custom_words(package: Package) -> dict[str, str]:
    """What the document's metadata says, as plain text: ``title``, ``subtitle``, ``model``, ``version``, …"""
    words = {"title": "", "subtitle": "", "model": "", "version": "", "classification": "", "date": ""}
    found = package.tree(_CORE).find(f"{{{_DC}}}title")
    words["title"] = "" if found is None else found.text or ""
    for each in package.tree(_CUSTOM):
        name = each.get("name", "").removeprefix("document-")
        if name in words:
            words[name] = "".join(each.itertext())
    return words


def set_properties(package: Package, words: Mapping[str, str], as_of: datetime.date) -> None:
    """Write core, custom and application properties anew, with nothing of who or what packed the file."""
    moment = f"{as_of.isoformat()}T00:00:00Z"
    core = ElementTree.Element(f"{{{_CP}}}coreProperties")
    for name, text in (("title", words["title"]), ("subject", words["subtitle"])):
        ElementTree.SubElement(core, f"{{{_DC}}}{name}").text = text
    for name in ("created", "modified"):
        each = ElementTree.SubElement(core, f"{{{_TERMS}}}{name}", {f"{{{_XSI}}}type": "dcterms:W3CDTF"})
        each.text = moment
    ElementTree.SubElement(core, f"{{{_CP}}}category").text = words["classification"]
    package.put(_CORE, core)
    custom = ElementTree.Element("Properties", {"xmlns": _CUSTOM_SPACE})
    shown = [(name, words[key]) for key, name in _NAMES.items() if words[key]]
    for number, (name, text) in enumerate(shown, start=2):
        entry = ElementTree.SubElement(custom, "property", {"fmtid": _FORMAT, "pid": str(number), "name": name})
        ElementTree.SubElement(entry, f"{{{_VALUES}}}lpwstr").text = text
    package.put(_CUSTOM, custom)
    application = ElementTree.Element("Properties", {"xmlns": _APP_SPACE})
    ElementTree.SubElement(application, "Application").text = "Microsoft Word"
    package.put(_APP, application)
