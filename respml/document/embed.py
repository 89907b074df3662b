"""Making the screen document one file that asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import html as entities
import re
from pathlib import Path

from respml.document.svg import inline_svg
from respml.errors import RenderError

_IMAGE = re.compile(r"<img\b([^>]*?)/?>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_STYLESHEET = re.compile(r'<link\b(?=[^>]*\brel="stylesheet")[^>]*?\bhref="([^"]+)"[^>]*>')
_CSS_URL = re.compile(r'url\("?([^")]+)"?\)')
_SCRIPT = re.compile(r'<script src="([^"]+)"></script>')
_REQUESTS = re.compile(
    r'<(?:img|script|iframe|object|embed|video|audio|source|link)\b[^>]*\b(?:src|href|data)="(?!data:|#)([^"]*)"'
    r'|url\((?!["\']?(?:data:|#))([^)]*)\)|@import',
)
_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".woff2": "font/woff2"}
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; script-src {}; "
    "base-uri 'none'; form-action 'none'"
)


def inside(folder: Path, relative: str) -> Path:
    """A file of the project.

    Raises
    ------
    RenderError: when it is missing or outside the project.
    """
    target = (folder / entities.unescape(relative).lstrip("/")).resolve()
    if "://" in relative or not target.is_relative_to(folder.resolve()) or not target.is_file():
        raise RenderError(f"There is no file '{relative}' in the project.", where=folder.name)
    return target


def data_uri(path: Path) -> str:
    """A file as ``data:`` address."""
    if path.suffix not in _TYPES:
        raise RenderError(f"A file of the kind '{path.suffix}' cannot be embedded.", where=path.name)
    return f"data:{_TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def embed_images(html: str, folder: Path) -> str:
    """Drawings become inline SVG, pictures ``data:`` addresses."""
    count = 0

    def embedded(match: re.Match[str]) -> str:
        nonlocal count
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        source = attributes.get("src", "")
        if source.startswith("data:"):
            return match[0]
        path = inside(folder, source)
        if path.suffix == ".svg":
            count += 1
            return inline_svg(path, f"drawing-{count}", entities.unescape(attributes.get("alt", "")))
        return match[0].replace(f'src="{source}"', f'src="{data_uri(path)}"')

    return _IMAGE.sub(embedded, html)


def embed_stylesheets(html: str, folder: Path) -> str:
    """Stylesheets become style elements, their fonts ``data:`` addresses."""

    def embedded(match: re.Match[str]) -> str:
        path = inside(folder, match[1])

        def address(found: re.Match[str]) -> str:
            if found[1].startswith("data:"):
                return found[0]
            return f'url("{data_uri(inside(path.parent, found[1]))}")'

        return "<style>\n" + _CSS_URL.sub(address, path.read_text(encoding="utf-8")) + "</style>"

    return _STYLESHEET.sub(embedded, html)


def embed_script(html: str, folder: Path) -> str:
    """Our script inside the page, and a policy that lets no other run."""
    hashes: list[str] = []

    def embedded(match: re.Match[str]) -> str:
        script = "\n" + inside(folder, match[1]).read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        hashes.append(f"'sha256-{digest}'")
        return f"<script>{script}</script>"

    html = _SCRIPT.sub(embedded, html)
    policy = _POLICY.format(" ".join(hashes) or "'none'")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return html.replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n{meta}', 1)


def require_no_requests(html: str) -> None:
    """Refuse a page that would load anything.

    Raises
    ------
    RenderError: naming the first address.
    """
    found = _REQUESTS.search(re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL))
    if found:
        raise RenderError(f"The document would load '{(found[1] or found[2] or found[0])[:80]}'.", where="report.html")
