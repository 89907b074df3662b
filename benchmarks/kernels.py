"""What starting kernels costs: seven notebooks that import pandas, Matplotlib and XGBoost, and do nothing else.

Run ``python benchmarks/kernels.py``. Compared in one run: papermill as it comes, one notebook after another, and this
project's forked kernels, the time of the process they are forked from included.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import papermill
from nbformat.v4 import new_code_cell, new_notebook

sys.path.insert(0, str(Path(__file__).parents[1]))

from respml.pipeline.kernels import Kernels
from respml.pipeline.notebooks import run_notebook

NOTEBOOKS = 7
IMPORTS = "import matplotlib.pyplot as plt\nimport pandas as pd\nimport xgboost as xgb"


def write_notebook(path: Path) -> Path:
    """A notebook of a parameters cell and the imports."""
    parameters = new_code_cell("number = 0", metadata={"tags": ["parameters"]}, id="parameters")
    notebook = new_notebook(cells=[parameters, new_code_cell(IMPORTS, id="imports")])
    nbformat.write(notebook, path)
    return path


def with_papermill(source: Path, folder: Path) -> float:
    """Seconds that papermill's own kernels take."""
    started = time.perf_counter()
    for number in range(NOTEBOOKS):
        target = folder / f"papermill-{number}.ipynb"
        given = {"number": number}
        papermill.execute_notebook(source, target, given, kernel_name="python3", language="python", progress_bar=False)
    return time.perf_counter() - started


def with_forks(source: Path, folder: Path, workers: int) -> tuple[float, float]:
    """Seconds that forked kernels take, from nothing; and those of them spent waiting for the first imports."""

    def run(number: int) -> None:
        run_notebook(source, folder / f"forked-{number}.ipynb", {"number": number}, folder, kernels=kernels)

    started = time.perf_counter()
    with Kernels(forked=True) as kernels, ThreadPoolExecutor(workers) as pool:
        if kernels.server is not None:
            kernels.server.wait_until_ready()
        ready = time.perf_counter() - started
        list(pool.map(run, range(NOTEBOOKS)))
    return time.perf_counter() - started, ready


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = write_notebook(folder / "imports.ipynb")
        rows = [("forked", 1, *with_forks(source, folder, 1)), ("forked", 2, *with_forks(source, folder, 2))]
        plain = with_papermill(source, folder)
    print(f"{NOTEBOOKS} notebooks       at a time   all    imports   rest    ratio, all   ratio, rest")
    print(f"papermill           1      {plain:6.2f} s                        1.0           1.0")
    for label, workers, total, ready in rows:
        rest = total - ready
        print(
            f"{label:<15} {workers:>5}      {total:6.2f} s {ready:6.2f} s {rest:6.2f} s"
            f"   {plain / total:6.1f}        {plain / rest:6.1f}"
        )


if __name__ == "__main__":
    main()
