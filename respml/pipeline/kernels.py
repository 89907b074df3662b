"""Where notebooks get their kernels: this very interpreter, started anew or forked ready-made."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import math
import os
import queue
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

import respml
from respml.pipeline.forkserver import PRELOADED, ForkServer, fork_is_available

_LONGEST_SOCKET_PATH = 90
"""Unix sockets allow 107 bytes, of which file name and port take a part."""

_DROPPED = ("PYTHONSTARTUP", "JPY_PARENT_PID", "JPY_SESSION_NAME", "PYTHONHASHSEED", "MPLBACKEND")
_FIXED = {
    # Equal results everywhere: set order, no display, and sums of BLAS that do not depend on the number of cores.
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # ipykernel warns about frozen modules, which only matter to a debugger.
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


def kernel_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment variables of a kernel: this process's, without what would make results differ."""
    inherited = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    return {**inherited, **_FIXED, **_package_path(), **(extra or {})}


def _package_path() -> dict[str, str]:
    """What makes kernels find this very package where it is not installed but run from its source folder."""
    folder = str(Path(respml.__file__).parent.parent)
    if folder in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        return {}
    return {"PYTHONPATH": os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])])}


class Kernels:
    """Gives notebooks their kernels, one each, and ends them all.

    Forking starts at once, in the background, so make this object before the first stage runs. Use it as a context
    manager, or call ``close``.

    Parameters
    ----------
    environment: environment variables added to those of every kernel.
    modules: what forked kernels have imported already.
    forked: whether to fork; left out, wherever that is possible.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        modules: Iterable[str] = PRELOADED,
        *,
        forked: bool | None = None,
    ) -> None:
        self.environment = kernel_environment(environment)
        self.server = (
            ForkServer(self.environment, modules) if (fork_is_available() if forked is None else forked) else None
        )
        self._lock = threading.Lock()
        self._live: set[_Provisioner] = set()

    @contextlib.contextmanager
    def manager(self, working_folder: Path) -> Iterator[KernelHandle]:
        """A manager for one kernel of this interpreter; the kernel is ended and its files removed on leaving.

        No kernel specification is looked up: what is installed under the name ``python3`` plays no part. The user's
        IPython profile (startup scripts, settings) is left out as well.

        Parameters
        ----------
        working_folder: the kernel's current folder.
        """
        folder = Path(tempfile.mkdtemp(prefix="respml-"))
        environment = {**self.environment, "IPYTHONDIR": str(folder / "ipython")}
        manager = _PinnedManager(connection_file=str(folder / "kernel.json"))
        if sys.platform != "win32" and len(str(folder).encode()) < _LONGEST_SOCKET_PATH:
            manager.transport = "ipc"
            manager.ip = str(folder / "kernel")
        provisioner = _Provisioner(kernel_id=str(uuid.uuid4()), kernel_spec=manager.kernel_spec, parent=manager)
        provisioner.source = self
        provisioner.working_folder = working_folder
        manager.client_factory = _Client
        manager.kernel_id = provisioner.kernel_id
        manager.provisioner = provisioner
        try:
            yield KernelHandle(manager, environment, provisioner)
        finally:
            provisioner.end()
            with self._lock:
                self._live.discard(provisioner)
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """End all kernels, and what they are forked from; may be called from any thread and more than once."""
        with self._lock:
            live = list(self._live)
        for provisioner in live:
            provisioner.end()
        if self.server is not None:
            self.server.close()

    def __enter__(self) -> Kernels:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _launched(self, provisioner: _Provisioner) -> None:
        with self._lock:
            self._live.add(provisioner)


_shared: list[Kernels] = []
_sharing = threading.Lock()


def start_kernels(environment: Mapping[str, str] | None = None, modules: Iterable[str] = PRELOADED) -> Kernels:
    """This process's own source of kernels, made on the first call; ended by ``stop_kernels`` and with the process.

    Call it as soon as it is known that notebooks will run: the imports then happen beside the first stages.
    """
    with _sharing:
        if not _shared:
            _shared.append(Kernels(environment, modules))
            atexit.register(stop_kernels)
        return _shared[0]


def stop_kernels() -> None:
    """End this process's kernels, if any; made for ``run_stages(…, on_interrupt=stop_kernels)``."""
    with _sharing:
        while _shared:
            _shared.pop().close()


class KernelHandle:
    """One notebook's kernel.

    Attributes
    ----------
    manager: what nbclient starts the kernel with.
    environment: the environment variables to start it with.
    """

    def __init__(self, manager: AsyncKernelManager, environment: Mapping[str, str], provisioner: _Provisioner) -> None:
        self.manager = manager
        self.environment = dict(environment)
        self._provisioner = provisioner

    @property
    def exit_code(self) -> int | None:
        """The kernel's exit code (negative: a signal); nothing while it lives, or when it was never started."""
        launched = self._provisioner.launched
        return None if launched is None else launched.poll()


class _PinnedManager(AsyncKernelManager):
    """A manager whose kernel is this interpreter, whatever kernel specifications are installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The specification, made here."""
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
        )


class _Client(AsyncKernelClient):
    """A client that knows when the kernel is ready.

    The usual one, to be sure that no message of the start is left, listens until none has come for 0.2 s. But a kernel
    says when it is done with a request: nothing of the start can follow that.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel has answered and its answer's last message is read.

        Raises
        ------
        RuntimeError: the kernel died, or did not answer within ``timeout`` seconds.
        """
        deadline = time.monotonic() + (math.inf if timeout is None else timeout)
        while time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                request = self.kernel_info()
                while (await self.get_shell_msg(timeout=1))["parent_header"].get("msg_id") != request:
                    pass
                while not _says_idle(await self.get_iopub_msg(timeout=1), request):
                    pass
                return
            if not await self.is_alive():
                raise RuntimeError("it ended before it answered")
        raise RuntimeError(f"it did not answer within {timeout} s")


def _says_idle(message: Mapping[str, Any], request: str) -> bool:
    said = (message["parent_header"].get("msg_id"), message["content"].get("execution_state"))
    return said == (request, "idle")


class _Provisioner(LocalProvisioner):
    """Launches the kernel as a child process or as a fork, and remembers it to the end."""

    source: Kernels
    working_folder: Path
    launched: subprocess.Popen[bytes] | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Launch; a fork gets the arguments that follow the module's name on the command line."""
        if self.source.server is None:
            information = await super().launch_kernel(cmd, **{**kwargs, "cwd": str(self.working_folder)})
        else:
            arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
            process = self.source.server.fork(arguments, self.working_folder, kwargs["env"])
            self.process = cast("subprocess.Popen[bytes]", process)  # it has the part that the base class uses
            self.pid = self.pgid = process.pid
            self.cwd = self.working_folder
            information = self.connection_info
            await self._sockets_are_bound(information)
        self.launched = self.process
        self.source._launched(self)
        return information

    async def _sockets_are_bound(self, information: Mapping[str, Any]) -> None:
        """Wait for the socket that a kernel binds last, if sockets are files.

        A client that connects before it is there tries again a tenth of a second later, on each of five channels;
        a forked kernel needs less than that to start.
        """
        last = Path(f"{information['ip']}-{information['hb_port']}")
        while information["transport"] == "ipc" and not last.exists() and self.process and self.process.poll() is None:
            await asyncio.sleep(0.003)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and wait for it to be gone, rather than look ten times a second whether it is."""
        self.end()

    def end(self) -> None:
        """Kill the kernel, with all it has started, if it still lives; wait for it to be gone."""
        if self.launched is None or self.launched.poll() is not None:
            return
        if sys.platform == "win32":
            self.launched.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.launched.pid, signal.SIGKILL)
        self.launched.wait()
