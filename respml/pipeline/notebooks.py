"""Runs one notebook through papermill: parameters checked before, one-line errors, the same bytes every time."""

from __future__ import annotations

import ast
import difflib
import errno
import json
import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from respml.errors import AnalysisError, InputError, NothingToSay, RespmlError
from respml.pipeline.code_digest import notebook_digest
from respml.pipeline.disk import disk_full, place_errors
from respml.pipeline.engine import ENGINE, Session, register
from respml.pipeline.executed import cleaned, is_added
from respml.pipeline.forkserver import PLAIN_KERNELS
from respml.pipeline.parsing import parse_python

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from respml.pipeline.kernels import Kernels

_LONGEST_MESSAGE = 400


def run_notebook(
    source: Path,
    destination: Path,
    parameters: Mapping[str, Any],
    working_folder: Path,
    *,
    kernels: Kernels | None = None,
    timeout: int | None = None,
    partial: Path | None = None,
    on_cell: Callable[[int, int], None] | None = None,
) -> None:
    """Execute a notebook and write the executed copy.

    The copy carries no times, no process numbers and none of this machine's paths, so that equal inputs give equal
    bytes; the digest of the source is in its metadata under ``respml``. It appears under its name complete or not at
    all.

    Parameters
    ----------
    source: the notebook; one code cell is tagged ``parameters``.
    destination: where the executed copy goes.
    parameters: values for names assigned in the ``parameters`` cell, as JSON values.
    working_folder: the kernel's current folder; paths in ``parameters`` are best relative to it.
    kernels: where the kernel comes from; this process's own (``start_kernels``) when left out.
    timeout: seconds that one cell may take; unlimited when left out.
    partial: where the notebook goes, as far as it came, when it fails.
    on_cell: called with the number of cells behind and of all cells, before each code cell.

    Raises
    ------
    InputError: an unknown parameter, a notebook that cannot be read, a full disk; or raised so by the notebook.
    AnalysisError: a cell raised an exception or took too long, or the kernel was killed.
    """
    from respml.pipeline.kernels import start_kernels  # slow to import, and a build may run no notebook

    given = check_parameters(source, parameters)
    with (kernels or start_kernels()).manager(working_folder) as kernel:
        session = Session(kernel, working_folder, timeout, on_cell or _ignore)
        failure = _execute(source, given, session)
    executed = session.notebook
    target = destination if failure is None else partial
    if executed is not None and target is not None:
        _write(cleaned(executed, notebook_digest(source), working_folder), target)
    if failure is not None:
        raise failure


def check_parameters(source: Path, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, once it is certain that the notebook has them all.

    Raises
    ------
    InputError: the notebook has no ``parameters`` cell or does not assign one of the names there; or a value is not
        one that JSON can hold.
    """
    known = declared_parameters(source)
    for name, value in parameters.items():
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1)
            remedy = f"Did you mean {nearest[0]}?" if nearest else f"It knows {', '.join(known) or 'none'}."
            raise InputError(f"The notebook has no parameter {name}.", where=source.name, remedy=remedy)
        try:
            json.dumps(value)
        except TypeError:
            raise InputError(
                f"Parameter {name} is a {type(value).__name__}.", where=source.name, remedy="Give a JSON value."
            ) from None
    return dict(parameters)


def declared_parameters(source: Path) -> tuple[str, ...]:
    """The names that the notebook's ``parameters`` cell assigns, in their order.

    Raises
    ------
    InputError: there is no such cell, or the file is not a notebook.
    """
    for cell in _read(source).cells:
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            try:
                body = parse_python(cell.source).body
            except SyntaxError:
                raise InputError("The parameters cell is not Python.", where=source.name, remedy="Mend it.") from None
            return tuple(name for node in body for name in _assigned(node))
    raise InputError("No cell is tagged parameters.", where=source.name, remedy="Tag the first code cell.")


def _assigned(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        targets = []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _execute(source: Path, parameters: dict[str, Any], session: Session) -> RespmlError | None:
    """Run papermill; what went wrong, or nothing. What was executed is in the session either way."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    register()
    logging.getLogger("papermill").addHandler(logging.NullHandler())
    try:
        papermill.execute_notebook(
            _read(source),
            None,
            parameters=parameters,
            engine_name=ENGINE,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            autosave_cell_every=0,
            session=session,
        )
    except papermill.PapermillExecutionError:
        return _raised(source, session)
    except CellTimeoutError:
        what = f"The cell took longer than {session.timeout} s."
        return AnalysisError(what, where=_place(source, session), remedy="Allow more time or give it less to do.")
    except DeadKernelError:
        return AnalysisError(_death(session), where=_place(source, session), remedy="Free memory or use fewer workers.")
    except RuntimeError as error:
        # jupyter_client has no class of its own for a kernel that does not come up.
        what = _death(session) if session.kernel.exit_code is not None else f"The kernel did not start: {error}."
        return AnalysisError(what, where=source.name, remedy=f"Set {PLAIN_KERNELS}=1 and build again.")
    return _raised(source, session)


def _raised(source: Path, session: Session) -> RespmlError | None:
    """The error that a cell's outputs show, or nothing; that a notebook had nothing to say is none."""
    for index, cell in enumerate(session.notebook.cells if session.notebook else ()):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                session.cell_index = index
                if output.ename == NothingToSay.__name__:
                    cell.outputs = [each for each in cell.outputs if each is not output]
                    return None
                return _explained(output.ename, output.evalue, _place(source, session))
    return None


def _explained(name: str, message: str, place: str) -> RespmlError:
    if name == "OSError" and message.startswith(f"[Errno {errno.ENOSPC}]"):
        return disk_full(Path(place))
    words = " ".join(message.split())
    shortened = words if len(words) <= _LONGEST_MESSAGE else words[:_LONGEST_MESSAGE] + " …"
    if name == InputError.__name__:
        return InputError(shortened, where=place)
    return AnalysisError(f"{name}: {shortened}" if shortened else f"{name}.", where=place)


def _place(source: Path, session: Session) -> str:
    """The notebook, the cell's position in it as written, and the cell's first line."""
    cells = session.notebook.cells if session.notebook else []
    if not 0 <= session.cell_index < len(cells):
        return source.name
    cell = cells[session.cell_index]
    if is_added(cell):
        return f"{source.name}, parameters as given"
    number = sum(not is_added(each) for each in cells[: session.cell_index + 1])
    lines = [line.strip() for line in cell.source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return f"{source.name}, cell {number}" + (f" ({lines[0]})" if lines else "")


def _death(session: Session) -> str:
    code = session.kernel.exit_code
    if code == -signal.SIGKILL:
        return "The kernel was killed (SIGKILL), which the system does when memory runs out."
    if code is not None and code < 0:
        return f"The kernel crashed ({signal.Signals(-code).name})."
    return f"The kernel ended by itself with code {code}."


def _read(source: Path) -> NotebookNode:
    import nbformat

    try:
        notebook: NotebookNode = nbformat.reads(source.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]
        return notebook
    except OSError:
        raise InputError("There is no such notebook.", where=source.name, remedy="Correct the template.") from None
    except (ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError):
        raise InputError("This is not a notebook.", where=source.name, remedy="Save it from Jupyter again.") from None


def _write(text: str, destination: Path) -> None:
    """Write under a passing name, then rename."""
    with place_errors(destination.parent):
        destination.parent.mkdir(parents=True, exist_ok=True)
        draft = destination.with_name(f".{destination.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            draft.write_text(text, encoding="utf-8", newline="\n")
            draft.replace(destination)
        finally:
            draft.unlink(missing_ok=True)


def _ignore(done: int, total: int) -> None:
    """Nobody wants to know how far it is."""
