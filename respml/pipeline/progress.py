"""What a person sees while a report is built: one live line on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from functools import partial
from typing import Protocol, TextIO

from respml.pipeline.stage import Note, silent


class Progress(Protocol):
    """Told by the executor what happens to stages; may be called from several threads."""

    def begin(self, total: int) -> None:
        """The build starts; it has ``total`` stages."""

    def started(self, name: str, reason: str) -> None:
        """A stage is handed to a worker, and why it must be computed."""

    def note(self, name: str) -> Note:
        """The function by which the stage reports how far it is."""

    def finished(self, name: str, elapsed: float, reused: bool, reason: str) -> None:
        """A stage is done after ``elapsed`` seconds, or was in the store."""

    def failed(self, name: str, message: str) -> None:
        """A stage failed, with a one-line message."""

    def end(self) -> None:
        """The build is over, however it went."""


def progress_for(stream: TextIO | None = None, *, quiet: bool = False) -> Progress:
    """The fitting progress for a stream: live on a terminal, plain lines elsewhere, silent when asked.

    Parameters
    ----------
    stream: where to write; standard error when left out.
    quiet: write nothing.
    """
    target = sys.stderr if stream is None else stream
    if quiet:
        return Quiet()
    return Live(target) if target.isatty() else Plain(target)


class Quiet:
    """Writes nothing."""

    def begin(self, total: int) -> None:
        """Nothing."""

    def started(self, name: str, reason: str) -> None:
        """Nothing."""

    def note(self, name: str) -> Note:
        """A note nobody reads."""
        return silent

    def finished(self, name: str, elapsed: float, reused: bool, reason: str) -> None:
        """Nothing."""

    def failed(self, name: str, message: str) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


class Plain:
    """One line a computed stage, and a last line with the counts: for logs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._total = 0
        self._computed = 0
        self._reused = 0
        self._failed = 0
        self._begun = 0.0

    def begin(self, total: int) -> None:
        """Start the clock."""
        self._total = total
        self._computed = self._reused = self._failed = 0
        self._begun = time.monotonic()

    def started(self, name: str, reason: str) -> None:
        """Nothing: a log tells what was done, once it is."""

    def note(self, name: str) -> Note:
        """A note nobody reads: a log has one line a stage."""
        return silent

    def finished(self, name: str, elapsed: float, reused: bool, reason: str) -> None:
        """Write the stage's line; reused stages are only counted."""
        with self._lock:
            if reused:
                self._reused += 1
            else:
                self._computed += 1
                self._line(f"[{self._count()}] {name}  {elapsed:.1f} s  ({reason})")

    def failed(self, name: str, message: str) -> None:
        """Write the failure at once; the build still finishes what is in flight."""
        with self._lock:
            self._failed += 1
            self._line(f"[{self._count()}] {name}  failed: {message}")

    def end(self) -> None:
        """Write the counts."""
        with self._lock:
            self._line(self._summary())

    def _count(self) -> str:
        done = self._computed + self._reused + self._failed
        return f"{done:>{len(str(self._total))}}/{self._total}"

    def _summary(self) -> str:
        elapsed = time.monotonic() - self._begun
        failures = f", {self._failed} failed" if self._failed else ""
        return f"{self._computed} computed, {self._reused} unchanged{failures}, {elapsed:.1f} s"

    def _line(self, text: str) -> None:
        self._stream.write(_printable(text) + "\n")
        self._stream.flush()


class Live(Plain):
    """The plain lines, and below them one line that is rewritten: counts, time, stages in flight."""

    _SECONDS_BETWEEN_PAINTS = 0.2

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._running: dict[str, str] = {}
        self._stop = threading.Event()
        self._painter: threading.Thread | None = None

    def begin(self, total: int) -> None:
        """Start the clock and the line."""
        super().begin(total)
        self._running.clear()
        self._stop.clear()
        self._painter = threading.Thread(target=self._keep_painting, name="progress", daemon=True)
        self._painter.start()

    def started(self, name: str, reason: str) -> None:
        """Show the stage on the line."""
        with self._lock:
            self._running[name] = ""

    def note(self, name: str) -> Note:
        """Shows the stage's words and count behind its name."""
        return partial(self._annotate, name)

    def finished(self, name: str, elapsed: float, reused: bool, reason: str) -> None:
        """Take the stage off the line and write its own."""
        with self._lock:
            self._running.pop(name, None)
        super().finished(name, elapsed, reused, reason)

    def failed(self, name: str, message: str) -> None:
        """Take the stage off the line and write the failure."""
        with self._lock:
            self._running.pop(name, None)
        super().failed(name, message)

    def end(self) -> None:
        """Stop the line and write the counts."""
        self._stop.set()
        if self._painter is not None:
            self._painter.join()
        super().end()

    def _annotate(self, name: str, text: str, done: int | None = None, total: int | None = None) -> None:
        count = "" if done is None else f" {done}" if total is None else f" {done}/{total}"
        with self._lock:
            if name in self._running:
                self._running[name] = f" {text}{count}"

    def _keep_painting(self) -> None:
        while not self._stop.wait(self._SECONDS_BETWEEN_PAINTS):
            with self._lock:
                self._paint()

    def _paint(self) -> None:
        elapsed = time.monotonic() - self._begun
        running = ", ".join(name + words for name, words in self._running.items())
        width = shutil.get_terminal_size().columns - 1
        self._stream.write("\r\x1b[2K" + _printable(f"[{self._count()}] {elapsed:.0f} s  {running}")[:width])
        self._stream.flush()

    def _line(self, text: str) -> None:
        self._stream.write("\r\x1b[2K")
        super()._line(text)


def _printable(text: str) -> str:
    """Text from notebooks and data without control characters, which a terminal would obey."""
    return "".join(character for character in text if character.isprintable())
