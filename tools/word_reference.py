"""``reference.docx`` from ``word.yml``: the styles, page, header and footer that Word documents take over.

    python tools/word_reference.py report_templates/model_risk/styles/word.yml

The file is written beside its definition and is the same bytes each time.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import yaml

from respml.document.word_package import CONTENT_TYPES, Package, namespaces

TARGET = "reference.docx"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PAPERS = {"A4": (11906, 16838), "letter": (12240, 15840)}
_PARTS = ("styles", "numbering", "settings", "fontTable", "header", "footer")
_FIELDS = {"[page]": "PAGE", "[pages]": "NUMPAGES", "[chapter]": 'STYLEREF "heading 1"'}
Style = Mapping[str, Any]


def twips(points: float) -> int:
    """Points as twentieths, in which Word measures."""
    return round(points * 20)


def reference_document(definition: Mapping[str, Any]) -> bytes:
    """The reference document of a definition."""
    page = definition["page"]
    width, height = _PAPERS[page["paper"]]
    margins = {side: twips(value * 72 / 25.4) for side, value in page["margins_mm"].items()}
    text_width = width - margins["left"] - margins["right"]
    fonts = definition["fonts"]
    parts = {
        "word/document.xml": _document(definition, width, height, margins),
        "word/styles.xml": _styles(definition, fonts, text_width),
        "word/numbering.xml": _numbering(definition["numbering"]),
        "word/settings.xml": _settings(),
        "word/fontTable.xml": _font_table(fonts),
        "word/theme/theme1.xml": _theme(fonts),
        "word/header1.xml": _band("hdr", "Header", definition["header"], text_width),
        "word/footer1.xml": _band("ftr", "Footer", definition["footer"], text_width),
        "word/_rels/document.xml.rels": _relations(
            [(name, f"{name}1.xml" if name in ("header", "footer") else f"{name}.xml") for name in _PARTS]
            + [("theme", "theme/theme1.xml")]
        ),
        "_rels/.rels": _relations([("officeDocument", "word/document.xml")]),
        CONTENT_TYPES: _content_types(),
    }
    return Package({name: text.encode() for name, text in parts.items()}).as_bytes()


def _element(name: str, content: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:{name} {namespaces()}>{content}</w:{name}>'


def _styles(definition: Mapping[str, Any], fonts: Style, text_width: int) -> str:
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{_font(fonts['serif']['name'])}"
        '<w:sz w:val="20"/><w:szCs w:val="20"/><w:lang w:val="en-GB" w:eastAsia="en-US" w:bidi="ar-SA"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
    )
    fixed = (
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
        '<w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
        '<w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
        '<w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
    )
    paragraphs = "".join(_paragraph(id, each, fonts, text_width) for id, each in definition["paragraphs"].items())
    characters = "".join(
        f'<w:style w:type="character" w:styleId="{id}"><w:name w:val={quoteattr(each.get("name", id))}/>'
        f'<w:basedOn w:val="DefaultParagraphFont"/><w:qFormat/><w:rPr>{_run(each, fonts)}</w:rPr></w:style>'
        for id, each in definition["characters"].items()
    )
    tables = "".join(_table(id, each) for id, each in definition["tables"].items())
    return _element("styles", defaults + fixed + paragraphs + characters + tables)


def _font(name: str) -> str:
    quoted = quoteattr(name)
    return f"<w:rFonts w:ascii={quoted} w:hAnsi={quoted} w:cs={quoted} w:eastAsia={quoted}/>"


def _run(style: Style, fonts: Style) -> str:
    """The properties of characters, in the order the schema asks for."""
    switches = (("bold", "b"), ("bold", "bCs"), ("strike", "strike"))
    parts = [_font(fonts[style["font"]]["name"])] if "font" in style else []
    parts += [f'<w:{tag} w:val="{int(style[key])}"/>' for key, tag in switches if key in style]
    if "colour" in style:
        parts.append(f'<w:color w:val="{style["colour"]}"/>')
    if "size" in style:
        parts += [f'<w:{tag} w:val="{round(style["size"] * 2)}"/>' for tag in ("sz", "szCs")]
    if style.get("underline"):
        parts.append('<w:u w:val="single"/>')
    if style.get("superscript"):
        parts.append('<w:vertAlign w:val="superscript"/>')
    return "".join(parts)


def _paragraph(id: str, style: Style, fonts: Style, text_width: int) -> str:
    default = ' w:default="1"' if id == "Normal" else ""
    based = f'<w:basedOn w:val="{style["based_on"]}"/>' if "based_on" in style else ""
    following = f'<w:next w:val="{style["next"]}"/>' if "next" in style else ""
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{id}"><w:name w:val={quoteattr(style.get("name", id))}/>'
        f"{based}{following}<w:qFormat/><w:pPr>{_layout(style, text_width)}</w:pPr>"
        f"<w:rPr>{_run(style, fonts)}</w:rPr></w:style>"
    )


def _layout(style: Style, text_width: int) -> str:
    """The properties of paragraphs, in the order the schema asks for."""
    switches = (("keep_next", "keepNext"), ("keep_lines", "keepLines"), ("page_break_before", "pageBreakBefore"),
                ("widow_control", "widowControl"))  # fmt: skip
    parts = [f'<w:{tag} w:val="{int(style[key])}"/>' for key, tag in switches if key in style]
    if "chapter_level" in style:
        parts.append(f'<w:numPr><w:ilvl w:val="{style["chapter_level"]}"/><w:numId w:val="1"/></w:numPr>')
    if bar := style.get("bar"):
        parts.append(
            f'<w:pBdr><w:left w:val="single" w:sz="{round(bar["width"] * 8)}" w:space="{bar["space"]}" '
            f'w:color="{bar["colour"]}"/></w:pBdr>'
        )
    if "fill" in style:
        parts.append(f'<w:shd w:val="clear" w:color="auto" w:fill="{style["fill"]}"/>')
    if style.get("leader"):
        parts.append(f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{text_width}"/></w:tabs>')
    spacing = "".join(f' w:{key}="{twips(style[key])}"' for key in ("before", "after") if key in style)
    if "line" in style:
        spacing += f' w:line="{round(240 * style["line"])}" w:lineRule="auto"'
    parts.append(f"<w:spacing{spacing}/>" if spacing else "")
    indent = "".join(f' w:{key}="{twips(style[key])}"' for key in ("left", "right") if key in style)
    if "hanging" in style:
        left = "" if "left" in style else f' w:left="{twips(style["hanging"])}"'
        indent += f'{left} w:hanging="{twips(style["hanging"])}"'
    parts.append(f"<w:ind{indent}/>" if indent else "")
    if "outline" in style:
        parts.append(f'<w:outlineLvl w:val="{style["outline"]}"/>')
    return "".join(parts)


def _rule(side: str, rule: Any) -> str:
    width, colour = rule
    return f'<w:{side} w:val="single" w:sz="{max(2, round(width * 8))}" w:space="0" w:color="{colour}"/>'


def _table(id: str, style: Style) -> str:
    padding = twips(style["padding"])
    header = ""
    if "header" in style:
        header = (
            '<w:tblStylePr w:type="firstRow"><w:tblPr/><w:tcPr><w:tcBorders>'
            f'{_rule("bottom", style["header"])}</w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>'
        )
    height = f'<w:trPr><w:trHeight w:val="{twips(style["row_height"])}"/></w:trPr>' if "row_height" in style else ""
    return (
        f'<w:style w:type="table" w:styleId="{id}"><w:name w:val={quoteattr(style.get("name", id))}/>'
        '<w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr><w:tblBorders>'
        f"{_rule('top', style['outer'])}{_rule('bottom', style['outer'])}{_rule('insideH', style['inner'])}"
        '</w:tblBorders><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
        f'<w:left w:w="{padding}" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="{padding}" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr>{height}{header}</w:style>"
    )


def _numbering(numbering: Mapping[str, Any]) -> str:
    lists, uses = [], []
    for number, (name, each) in enumerate(numbering.items(), start=1):
        levels = "".join(_level(level, each["first"], name == "chapters") for level in range(each["levels"]))
        lists.append(
            f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
        )
        uses.append(f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>')
    return _element("numbering", "".join(lists + uses))


def _level(level: int, first: str, linked: bool) -> str:
    text = ".".join(f"%{each}" for each in range(1, level + 2))
    style = f'<w:pStyle w:val="Heading{level + 1}"/>' if linked else ""
    return (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{first if level == 0 else "decimal"}"/>{style}'
        f'<w:suff w:val="space"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        '<w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr><w:rPr><w:color w:val="0B5C8A"/></w:rPr></w:lvl>'
    )


def _settings() -> str:
    # compatibility mode 15: laid out as by Word 2013 and later
    return _element(
        "settings",
        '<w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/>'
        '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode" '
        'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        '<w:themeFontLang w:val="en-GB"/><w:decimalSymbol w:val="."/><w:listSeparator w:val=","/>',
    )


def _font_table(fonts: Style) -> str:
    return _element(
        "fonts",
        "".join(
            f"<w:font w:name={quoteattr(each['name'])}><w:altName w:val={quoteattr(each['instead'])}/>"
            f'<w:panose1 w:val="{each["panose"]}"/><w:charset w:val="00"/><w:family w:val="{each["kind"]}"/>'
            '<w:pitch w:val="variable"/></w:font>'
            for each in fonts.values()
        ),
    )


def _band(tag: str, style: str, band: Style, text_width: int) -> str:
    stops = f'<w:tabs><w:tab w:val="right" w:pos="{text_width}"/></w:tabs>'
    sides = [_runs(band["left"], ""), "<w:r><w:tab/></w:r>", _runs(band["right"], band.get("right_style", ""))]
    return _element(tag, f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{stops}</w:pPr>{"".join(sides)}</w:p>')


def _runs(text: str, style: str) -> str:
    properties = f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>' if style else ""
    for mark in _FIELDS:
        text = text.replace(mark, f"\0{mark}\0")
    return "".join(_field(each) if each in _FIELDS else _words(each, properties) for each in text.split("\0") if each)


def _words(text: str, properties: str) -> str:
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _field(mark: str) -> str:
    shown = "{title}" if mark == "[chapter]" else "1"
    return f"<w:fldSimple w:instr={quoteattr(' ' + _FIELDS[mark] + ' ')}><w:r><w:t>{shown}</w:t></w:r></w:fldSimple>"


def _document(definition: Mapping[str, Any], width: int, height: int, margins: Mapping[str, int]) -> str:
    page = definition["page"]
    bands = {side: twips(page[f"{side}_mm"] * 72 / 25.4) for side in ("header", "footer")}
    shown = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{id}"/></w:pPr>{_words(str(each.get("name", id)), "")}</w:p>'
        for id, each in definition["paragraphs"].items()
    )
    references = "".join(
        f'<w:{kind}Reference w:type="default" r:id="rId{_PARTS.index(kind) + 1}"/>' for kind in ("header", "footer")
    )
    edges = "".join(f' w:{side}="{value}"' for side, value in {**margins, **bands}.items())
    return _element(
        "document",
        f'<w:body>{shown}<w:sectPr>{references}<w:pgSz w:w="{width}" w:h="{height}"/>'
        f'<w:pgMar{edges} w:gutter="0"/></w:sectPr></w:body>',
    )


def _relations(relations: list[tuple[str, str]]) -> str:
    entries = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(relations, start=1)
    )
    return f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'


def _content_types() -> str:
    kinds = {
        "document": f"{_MAIN}.document.main+xml",
        "header1": f"{_MAIN}.header+xml",
        "footer1": f"{_MAIN}.footer+xml",
        **{name: f"{_MAIN}.{name}+xml" for name in ("styles", "numbering", "settings", "fontTable")},
        "theme/theme1": "application/vnd.openxmlformats-officedocument.theme+xml",
    }
    parts = "".join(f'<Override PartName="/word/{name}.xml" ContentType="{kind}"/>' for name, kind in kinds.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{parts}</Types>'
    )


def _theme(fonts: Style) -> str:
    """Colours and fonts that Word offers in its menus."""
    colours = {"dk1": "1B1B1B", "lt1": "FFFFFF", "dk2": "12324A", "lt2": "EEF5FA", "accent1": "0B5C8A",
               "accent2": "A32A14", "accent3": "9A6200", "accent4": "1F6A99", "accent5": "155A33", "accent6": "5A6670",
               "hlink": "0B5C8A", "folHlink": "12324A"}  # fmt: skip
    scheme = "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in colours.items())
    typefaces = "".join(
        f"<a:{place}><a:latin typeface={quoteattr(fonts[font]['name'])}/>"
        f'<a:ea typeface=""/><a:cs typeface=""/></a:{place}>'
        for place, font in (("majorFont", "sans"), ("minorFont", "serif"))
    )
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    line = f'<a:ln w="9525">{fill}</a:ln>'
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="House"><a:themeElements>'
        f'<a:clrScheme name="House">{scheme}</a:clrScheme><a:fontScheme name="House">{typefaces}</a:fontScheme>'
        f'<a:fmtScheme name="House"><a:fillStyleLst>{fill * 3}</a:fillStyleLst><a:lnStyleLst>{line * 3}</a:lnStyleLst>'
        f"<a:effectStyleLst>{effect * 3}</a:effectStyleLst><a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst>"
        "</a:fmtScheme></a:themeElements></a:theme>"
    )


def main(path: Path) -> Path:
    """Write the reference document beside its definition."""
    definition = yaml.safe_load(path.read_text(encoding="utf-8"))
    target = path.with_name(TARGET)
    target.write_bytes(reference_document(definition))
    return target


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))
