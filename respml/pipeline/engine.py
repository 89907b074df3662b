"""Our papermill engine: kernels come from us, and the notebook is at hand however the execution ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from respml.pipeline.kernels import KernelHandle

ENGINE = "respml"

_SECONDS_TO_START = 120
_SECONDS_FOR_LATE_OUTPUT = 60


@dataclass
class Session:
    """What the engine is told, and what it leaves for whoever must explain a failure.

    Attributes
    ----------
    kernel: the kernel to start.
    working_folder: its current folder.
    timeout: seconds that a cell may take; unlimited when none.
    on_cell: called with the number of cells behind and of all cells, before each code cell.
    notebook: the notebook as far as it came.
    cell_index: the position in it of the last code cell that was started.
    """

    kernel: KernelHandle
    working_folder: Path
    timeout: int | None
    on_cell: Callable[[int, int], None]
    notebook: NotebookNode | None = None
    cell_index: int = -1

    def starting(self, cell: NotebookNode, cell_index: int) -> None:
        """A code cell is about to be executed."""
        self.cell_index = cell_index
        self.on_cell(cell_index, len(self.notebook.cells) if self.notebook else 0)


@cache
def register() -> None:
    """Make the engine known to papermill, once; papermill is slow to import, hence not before it is needed."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines

    quiet = logging.getLogger("respml.notebooks")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False

    class SessionEngine(Engine):  # type: ignore[misc]
        """Executes in the session's kernel; unlike papermill's own, without changing this process's folder."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **named: Any) -> None:
            session: Session = named["session"]
            session.notebook = nb_man.nb
            client = PapermillNotebookClient(
                nb_man,
                km=session.kernel.manager,
                kernel_name=kernel_name,
                timeout=session.timeout,
                startup_timeout=_SECONDS_TO_START,
                iopub_timeout=_SECONDS_FOR_LATE_OUTPUT,
                log=quiet,
                record_timing=False,
                coalesce_streams=True,
                store_widget_state=False,
                shutdown_kernel="immediate",
                resources={"metadata": {"path": str(session.working_folder)}},
                on_cell_execute=session.starting,
            )
            client.execute(env=session.kernel.environment, cleanup_kc=True)

    papermill_engines.register(ENGINE, SessionEngine)
