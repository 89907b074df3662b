"""Forks kernels that have everything imported, instead of starting each from nothing."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from respml.errors import AnalysisError

PLAIN_KERNELS = "RESPML_PLAIN_KERNELS"
"""The environment variable that turns forking off."""

PRELOADED = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "sqlite3",
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "scipy.stats",
    "sklearn.metrics",
    "xgboost",
    "respml.analysis.*",
    "respml.candidates",
    "respml.measures.*",
    "respml.explain.*",
    "respml.debug.*",
    "respml.figures.*",
)
"""What the zygote imports: what notebooks import, so that none of them has to."""


def fork_is_available() -> bool:
    """Whether kernels can be forked here: on Linux, unless ``RESPML_PLAIN_KERNELS=1`` says otherwise.

    macOS has ``fork`` too, but its own libraries (Accelerate, fonts) do not survive it.
    """
    return sys.platform == "linux" and os.environ.get(PLAIN_KERNELS, "") in ("", "0")


class ForkServer:
    """The zygote process, seen from the process that needs kernels.

    It starts importing at once, in the background; the first ``fork`` waits for it. Requests may come from several
    threads. All kernels end with it, and it ends with this process, however that ends.

    Parameters
    ----------
    environment: the environment variables of the zygote; those that libraries read when imported
        (``OPENBLAS_NUM_THREADS``, ``MPLBACKEND``, ``PYTHONHASHSEED``) must be set here.
    modules: what to import; ``package.*`` means all modules directly below a package.
    """

    def __init__(self, environment: Mapping[str, str], modules: Iterable[str] = PRELOADED) -> None:
        ours, theirs = socket.socketpair()
        self._control = ours
        self._forking = threading.Lock()
        self._changed = threading.Condition()
        self._ready = False
        self._closed = False
        self._requests = 0
        self._started: dict[int, int] = {}
        self._ended: dict[int, int] = {}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "respml.pipeline.zygote", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._send(list(modules))
        threading.Thread(target=self._listen, name="forkserver", daemon=True).start()

    def fork(self, arguments: list[str], folder: Path, environment: Mapping[str, str]) -> ForkedProcess:
        """A new kernel process.

        Parameters
        ----------
        arguments: the kernel's command line after the program's name.
        folder: its working folder.
        environment: its environment variables.

        Raises
        ------
        AnalysisError: the zygote has ended.
        """
        with self._forking, self._changed:
            self._changed.wait_for(lambda: self._ready or self._closed)
            self._requests += 1
            request = self._requests
            if not self._closed:
                asked = {"arguments": arguments, "folder": str(folder), "environment": dict(environment)}
                self._send({"request": request, **asked})
            self._changed.wait_for(lambda: request in self._started or self._closed)
            if request not in self._started:
                raise AnalysisError(
                    "The process that notebook kernels are forked from has ended.",
                    remedy=f"Build again; if it stays so, set {PLAIN_KERNELS}=1.",
                )
            return ForkedProcess(self, self._started.pop(request))

    def wait_until_ready(self) -> bool:
        """Wait for the imports; whether the zygote lives."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._closed)
            return self._ready

    def status(self, pid: int) -> int | None:
        """The exit code of a kernel (negative: a signal), or nothing while it lives."""
        with self._changed:
            if self._closed:
                return self._ended.get(pid, -signal.SIGKILL)
            return self._ended.get(pid)

    def wait(self, pid: int) -> int:
        """Wait for a kernel to end; its exit code."""
        with self._changed:
            self._changed.wait_for(lambda: pid in self._ended or self._closed)
        return self.status(pid) or 0

    def close(self) -> None:
        """End the zygote and all its kernels."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._process.kill()
        self._process.wait()
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _send(self, message: Any) -> None:
        # A zygote that has ended is noticed by the listener, which tells all who wait.
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps(message).encode() + b"\n")

    def _listen(self) -> None:
        with self._control.makefile("rb") as lines, contextlib.suppress(OSError):
            for line in lines:
                self._take_note(json.loads(line))
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take_note(self, message: dict[str, int]) -> None:
        with self._changed:
            if "ready" in message:
                self._ready = True
            elif "started" in message:
                self._started[message["request"]] = message["started"]
            else:
                self._ended[message["ended"]] = message["status"]
            self._changed.notify_all()


class ForkedProcess:
    """A forked kernel with the part of ``subprocess.Popen`` that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, pid: int) -> None:
        self._server = server
        self.pid = pid

    @property
    def returncode(self) -> int | None:
        """The exit code (negative: a signal), or nothing while it lives."""
        return self._server.status(self.pid)

    def poll(self) -> int | None:
        """The exit code (negative: a signal), or nothing while it lives."""
        return self._server.status(self.pid)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; the exit code."""
        return self._server.wait(self.pid)

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel and to what it has started; nothing when it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)
