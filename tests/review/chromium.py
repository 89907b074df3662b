"""A headless Chromium driven over a pipe: no port, no driver, no further library."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
PATIENCE = 30.0


def found() -> str | None:
    """The browser's path, where there is one."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One page; ``requests`` and ``complaints`` fill up with what it asked for and what its console said."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="chromium-")
        to_child, self._write = os.pipe()
        self._read, from_child = os.pipe()
        script = f'exec "$@" 3<&{to_child} 4>&{from_child}'
        command = [
            "bash",
            "-c",
            script,
            "chromium",
            str(found()),
            *FLAGS,
            f"--user-data-dir={self._home.name}",
            "about:blank",
        ]
        self._process = subprocess.Popen(
            command, pass_fds=(to_child, from_child), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_child)
        os.close(from_child)
        self._buffer, self._number, self._session = b"", 0, ""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._frames: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        self._call("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._write)
        os.close(self._read)
        shutil.rmtree(self._home.name, ignore_errors=True)

    def open(self, url: str) -> None:
        """Go to an address and wait until it has loaded."""
        self._call("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until an expression is true; a page on its way to the next one counts as not yet."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
            if answer.get("result", {}).get("value") is True:
                return
            time.sleep(0.05)
        raise AssertionError(f"never true: {expression}")

    def submit(self, form: str, **fields: str) -> None:
        """Fill in a form as a reader does and press its button; returns when the next page has loaded."""
        for name, value in fields.items():
            self.evaluate(
                f"document.querySelector({json.dumps(form)}).elements[{json.dumps(name)}].value = {json.dumps(value)}"
            )
        self.evaluate("window.before = true")
        self.evaluate(f"document.querySelector({json.dumps(form + ' button')}).click()")
        self.wait_for("window.before === undefined && document.readyState === 'complete'")

    def frame_text(self, ending: str) -> str:
        """The text of a sandboxed frame by the end of its address; such a frame is a target of its own."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for session in list(self._frames):
                here = self._call(
                    "Runtime.evaluate", session, expression="location.pathname + '\\n' + document.body.innerText"
                )
                path, _, text = str(here["result"].get("value")).partition("\n")
                if path.endswith(ending):
                    return text
            time.sleep(0.1)
            self.evaluate("0")
        raise AssertionError(f"no frame {ending}")

    def _send(self, method: str, session: str, **parameters: Any) -> int:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        return self._number

    def _call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = self._send(method, self._session if session is None else session, **parameters)
        while True:
            answer = self._next()
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            block = os.read(self._read, 1 << 16)
            if not block:
                raise AssertionError("the browser has ended")
            self._buffer += block
        raw, self._buffer = self._buffer.split(b"\0", 1)
        message: dict[str, Any] = json.loads(raw)
        return message

    def _note(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Target.attachedToTarget":
            session = event["params"]["sessionId"]
            if event["params"]["targetInfo"]["type"] == "iframe":
                self._frames.append(session)
                for domain in ("Network", "Log"):
                    self._send(f"{domain}.enable", session)
            self._send("Runtime.runIfWaitingForDebugger", session)
        if event.get("method") == "Target.detachedFromTarget" and event["params"]["sessionId"] in self._frames:
            self._frames.remove(event["params"]["sessionId"])
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
        if event.get("method") == "Log.entryAdded":
            self.complaints.append(event["params"]["entry"]["text"])
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(event["params"]["exceptionDetails"]))
