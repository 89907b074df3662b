"""The process that kernels are forked from: it imports what notebooks import, once, and calls none of it.

After OpenMP has run (XGBoost, scikit-learn), a forked child hangs in its first parallel loop; hence nothing is called.
The idle threads that pandas' Arrow starts when imported are no such danger: Arrow makes them anew in the child.

Run as ``python -m respml.pipeline.zygote <descriptor>``, where the descriptor is one end of a socket pair. Messages are
JSON, one a line. The first line received lists the modules to import; each later one asks for a kernel. What is sent
tells of readiness, of kernels started and of kernels that ended. When the other end closes, everything ends.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import importlib.util
import json
import os
import pkgutil
import select
import signal
import socket
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1


def main(descriptor: int) -> None:
    """Import, then serve requests until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=descriptor)
    preload(_receive(control))
    gc.collect()
    # Objects made so far are left alone by the collectors of all kernels, so that their memory stays shared.
    gc.freeze()
    _send(control, {"ready": os.getpid()})
    # Python writes a byte into this pair whenever a child ends, which wakes the wait below.
    wake, waker = socket.socketpair()
    waker.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    alive: set[int] = set()
    while True:
        readable, _, _ = select.select([control, wake], [], [])
        if wake in readable:
            wake.recv(4096)
            for pid, status in _ended():
                alive.discard(pid)
                _send(control, {"ended": pid, "status": status})
        if control in readable:
            request = _receive(control)
            if request is None:
                break
            pid = os.fork()
            if pid == 0:
                for inherited in (control, wake, waker):
                    inherited.close()
                become_kernel(request)
            _lead_group(pid)
            alive.add(pid)
            _send(control, {"started": pid, "request": request["request"]})
    for pid in alive:
        os.killpg(pid, signal.SIGKILL)


def preload(names: Iterable[str]) -> None:
    """Import modules; ``package.*`` means all modules directly below a package.

    A module that is absent or broken is passed over: the notebook that needs it will say so, in its own words.
    """
    for name in _expanded(names):
        try:
            importlib.import_module(name)
        except (ImportError, SyntaxError):
            continue


def become_kernel(request: dict[str, Any]) -> NoReturn:
    """Turn this forked process into a Jupyter kernel, and end with it.

    Parameters
    ----------
    request: ``arguments`` of the kernel's command line, its working ``folder``, and its ``environment``.
    """
    status = 1
    try:
        _lead_group(os.getpid())
        _end_with_parent()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        from ipykernel.kernelapp import IPKernelApp

        application: Any = IPKernelApp.instance()
        application.initialize(request["arguments"])
        application.start()
        status = 0
    finally:
        os._exit(status)


def _expanded(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if not name.endswith(".*"):
            yield name
            continue
        package = name.removesuffix(".*")
        try:
            specification = importlib.util.find_spec(package)
        except (ImportError, SyntaxError):
            continue
        if specification is not None:
            yield package
            for module in pkgutil.iter_modules(specification.submodule_search_locations):
                yield f"{package}.{module.name}"


def _ended() -> Iterator[tuple[int, int]]:
    """The children that have ended, with their exit codes (negative: the signal that ended them)."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def _lead_group(pid: int) -> None:
    """Give a child a process group of its own; both sides do it, so that neither can be too late."""
    try:
        os.setpgid(pid, pid)
    except (PermissionError, ProcessLookupError):
        return


def _end_with_parent() -> None:
    """Ask the system to kill this process when the zygote ends, even by a signal."""
    zygote = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != zygote:
        os._exit(1)


def _receive(control: socket.socket) -> Any:
    """Wait for a message; nothing when the other end has closed.

    The other end sends one only after the one before was answered, so that none waits unseen behind another.
    """
    line = b""
    while not line.endswith(b"\n"):
        received = control.recv(1 << 16)
        if not received:
            return None
        line += received
    return json.loads(line)


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
