"""The server of the review page: loopback only, a token in every address, nothing from or to another host."""

from __future__ import annotations

import contextlib
import hmac
import re
import secrets
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from respml.errors import InputError, RespmlError
from respml.review.web import pages
from respml.review.web.actions import ACTIONS, KEPT, VIEWS, carried, require_seen
from respml.review.web.pages import page
from respml.review.web.workspace import SCREEN, Workspace

ADDRESS = "127.0.0.1"
LARGEST_FORM = 1_000_000
"""Bytes of a form as it travels: four answers of 20,000 characters each, up to twelve bytes a character."""
_FORM = "application/x-www-form-urlencoded"
_CLOSED = "default-src 'none'; base-uri 'none'; "
_PAGE_POLICY = _CLOSED + "style-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'"
_FRAMED = _CLOSED + "style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'self'; "
_CHANGES_POLICY = _FRAMED + "sandbox"
# the report's own policy names the one script it may run; both policies hold
_REPORT_POLICY = _FRAMED + "img-src data:; font-src data:; script-src 'unsafe-inline'; sandbox allow-scripts"


class ReviewServer:
    """A server for one run; use it as a context, which ends it."""

    def __init__(self, workspace: Workspace, port: int = 0) -> None:
        self.workspace = workspace
        self.token = secrets.token_urlsafe(32)
        self.writing = threading.Lock()
        try:
            self._server = _Server((ADDRESS, port), _Handler)
        except (OSError, OverflowError) as error:
            raise InputError(f"Port {port} cannot be used: {error}.", where="--port", remedy="Use another.") from error
        self._server.review = self
        self.host = f"{ADDRESS}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="review", daemon=True)

    @property
    def origin(self) -> str:
        """The only origin that may ask."""
        return f"http://{self.host}"

    @property
    def url(self) -> str:
        """The address to open."""
        return f"{self.origin}/{self.token}/"

    def __enter__(self) -> ReviewServer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def current(self) -> Workspace:
        """The run as it lies there now; as it was last seen while it is being replaced."""
        with contextlib.suppress(RespmlError, OSError, ValueError):
            self.workspace = self.workspace.current()
        return self.workspace

    def wait(self) -> None:
        """Serve until interrupted."""
        while self._thread.is_alive():
            self._thread.join(0.5)


def serve(workspace: Workspace, port: int = 0) -> ReviewServer:
    """A server for a run on ``127.0.0.1``; ``port`` 0 takes a free one.

    Raises
    ------
    InputError: when the port is taken or not allowed.
    """
    return ReviewServer(workspace, port)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False
    request_queue_size = 64
    review: ReviewServer


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 30
    server_version, sys_version = "respml", ""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a log would hold the token."""

    def do_GET(self) -> None:
        """Show a page; changes nothing."""
        name = self._allowed_name()
        if name is None:
            return
        try:
            self._show(name)
        except (OSError, ValueError):
            # a query that is none, or a run that is just being replaced
            self._refuse(HTTPStatus.BAD_REQUEST)

    def _show(self, name: str) -> None:
        workspace = self.server.review.current()
        if name == "page.css":
            self._send(HTTPStatus.OK, Path(__file__).with_name("page.css").read_text(encoding="utf-8"), "text/css")
        elif name == SCREEN:
            text = (workspace.run / SCREEN).read_text(encoding="utf-8")
            self._send(HTTPStatus.OK, text, policy=_REPORT_POLICY)
        elif name == "changes.html" and workspace.previous is not None:
            self._send(HTTPStatus.OK, self._difference(workspace, workspace.previous), policy=_CHANGES_POLICY)
        elif name in VIEWS:
            fields = _fields(urlsplit(self.path).query)
            self._view(name, fields, KEPT.get(fields.get("kept", ""), ""))
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Write what a form says, then send the reader back to where it stood."""
        name = self._allowed_name(writing=True)
        if name is None:
            return
        if name not in ACTIONS:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        length = self.headers.get("Content-Length", "")
        size = int(length) if re.fullmatch("[0-9]{1,7}", length) else None
        if self.headers.get_content_type() != _FORM or size is None or size > LARGEST_FORM:
            # what is being sent is taken in, or the sender would see no answer
            self.rfile.read(size or 0)
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        try:
            fields = _fields(self.rfile.read(size).decode("ascii"))
        except ValueError:
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        view, act = ACTIONS[name]
        try:
            with self.server.review.writing:
                workspace = self.server.review.current()
                require_seen(workspace, fields)
                act(workspace, fields)
        except RespmlError as error:
            self._view(view, {}, _told(error), HTTPStatus.BAD_REQUEST, typed=fields)
            return
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", f"{view or '.'}?{urlencode({'kept': name, **carried(fields)})}")
        self._common_headers(_PAGE_POLICY)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _allowed_name(self, *, writing: bool = False) -> str | None:
        """The name behind the token, or nothing after a refusal: another host, another origin, or a wrong token."""
        review = self.server.review
        origins, hosts = self.headers.get_all("Origin") or [], self.headers.get_all("Host") or []
        same = hosts == [review.host] and all(each == review.origin for each in origins)
        fetched = self.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")
        path = self.path if self.path.startswith("/") else "/"
        token, slash, name = path.split("?", 1)[0][1:].partition("/")
        known = hmac.compare_digest(token.encode("utf-8", "surrogateescape"), review.token.encode())
        if not (same and fetched and known and slash) or (writing and len(origins) != 1):
            self._refuse(HTTPStatus.FORBIDDEN)
            return None
        return name

    def _difference(self, workspace: Workspace, previous: Path) -> str:
        try:
            return workspace.difference(previous, workspace.run)
        except RespmlError as error:
            return page(workspace, "changes", "", error.line())

    def _view(
        self,
        name: str,
        filters: Mapping[str, str],
        message: str = "",
        status: HTTPStatus = HTTPStatus.OK,
        *,
        typed: Mapping[str, str] = pages.NOTHING,
    ) -> None:
        workspace = self.server.review.current()
        try:
            body = VIEWS[name](workspace, filters, typed)
        except RespmlError as error:
            body, message = "", f"{message} {error.line()}".strip()
        except (OSError, ValueError):
            body, message = (
                "",
                f"{message} The run cannot be read: it may be being replaced. Load the page again.".strip(),
            )
        self._send(status, page(workspace, name, body, message))

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._send(status, f"{status.value} {status.phrase}\n", "text/plain")

    def _send(self, status: HTTPStatus, text: str, kind: str = "text/html", policy: str = _PAGE_POLICY) -> None:
        content = text.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self._common_headers(policy)
        self.end_headers()
        self.wfile.write(content)

    def _common_headers(self, policy: str) -> None:
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        # "no-referrer" would make browsers send the origin "null" with forms, which is refused
        self.send_header("Referrer-Policy", "same-origin")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")


def _told(error: RespmlError) -> str:
    """The error as the page says it: a field by its label rather than as an option of the command line."""
    label = {"--name": "Name", "--by": "Your name", "--as": "Role", "--comment": "Conditions or reasons"}
    return type(error)(error.what, where=label.get(error.where, error.where), remedy=error.remedy).line()


def _fields(text: str) -> dict[str, str]:
    """The fields of a form or a query, each once; a malformed one is a ``ValueError``."""
    found = parse_qs(text, keep_blank_values=True, max_num_fields=30, errors="strict")
    return {name: values[-1] for name, values in found.items()}
