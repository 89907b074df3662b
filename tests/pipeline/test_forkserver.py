import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from respml.errors import AnalysisError
from respml.pipeline.forkserver import PLAIN_KERNELS, PRELOADED, ForkServer, fork_is_available
from respml.pipeline.kernels import Kernels, kernel_environment, start_kernels, stop_kernels
from respml.pipeline.notebooks import run_notebook
from tests.pipeline.conftest import SMALL
from tests.pipeline.notebook_files import printed, write_notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


def is_alive(pid):
    """Whether a process runs; one that has ended and was not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def run_cell(kernels, folder, cell):
    source = write_notebook(folder / "essay.ipynb", cell)
    run_notebook(source, folder / "executed.ipynb", {}, folder, kernels=kernels, timeout=60)
    return printed(folder / "executed.ipynb")


@pytest.fixture(scope="module")
def full():
    """Kernels that have everything imported, as in a build."""
    with Kernels(modules=PRELOADED, forked=True) as kernels:
        yield kernels


THREADS = """
import sys
print("xgboost" in sys.modules, "pandas" in sys.modules)
import numpy as np, pandas as pd, xgboost as xgb
from sklearn.metrics import roc_auc_score
rows = np.random.default_rng(1).normal(size=(2000, 5))
outcome = (rows[:, 0] > 0).astype(int)
model = xgb.train({"nthread": 2, "objective": "binary:logistic"}, xgb.DMatrix(rows, outcome, nthread=2), 5)
print(roc_auc_score(outcome, model.predict(xgb.DMatrix(rows))) > 0.99)
print((rows @ rows.T).shape)
pd.DataFrame(rows, columns=list("abcde")).to_parquet("rows.parquet")
print(pd.read_parquet("rows.parquet").shape)
"""


def test_threads_of_xgboost_blas_and_arrow_work_in_a_forked_kernel(full, tmp_path):
    expected = "True True\nTrue\n(2000, 2000)\n(2000, 5)\n"
    assert run_cell(full, tmp_path, THREADS) == expected
    assert run_cell(full, tmp_path, THREADS) == expected


def test_figures_are_drawn_without_a_display(full, tmp_path):
    cell = "import matplotlib, matplotlib.pyplot as plt\nplt.plot([1])\nplt.savefig('a.svg')\n"
    cell += "print(matplotlib.get_backend().lower())"
    assert run_cell(full, tmp_path, cell) == "agg\n"


def test_kernels_are_forked_and_know_nothing_of_one_another(forked, tmp_path):
    cell = "import os, numpy\nprint(os.getppid(), os.getpgid(0) == os.getpid(), hasattr(numpy, 'mark'))\nnumpy.mark = 1"
    zygote = forked.server._process.pid
    for _ in range(2):
        assert run_cell(forked, tmp_path, cell) == f"{zygote} True False\n"


def test_sets_have_the_same_order_every_time(forked, plain, tmp_path):
    cell = "print(hash('a'), list({'a', 'b', 'c', 'd', 'e'}))"
    assert run_cell(forked, tmp_path, cell) == run_cell(plain, tmp_path, cell)


def test_the_users_own_ipython_and_python_start_files_are_not_run(tmp_path, monkeypatch):
    startup = tmp_path / "home" / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "mine.py").write_text("print('mine')")
    (tmp_path / "start.py").write_text("print('mine')")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "home" / ".ipython"))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "start.py"))
    for is_forked in (True, False):
        with Kernels(modules=SMALL, forked=is_forked) as kernels:
            assert run_cell(kernels, tmp_path, "print('only this')") == "only this\n"


def test_channels_are_socket_files_only_this_user_can_reach(forked, tmp_path):
    with forked.manager(tmp_path) as kernel:
        folder = Path(kernel.manager.ip).parent
        assert kernel.manager.transport == "ipc"
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_closing_ends_the_zygote_and_its_kernels(tmp_path):
    server = ForkServer(kernel_environment(), SMALL)
    kernel = server.fork(["-f", str(tmp_path / "kernel.json")], tmp_path, kernel_environment())
    zygote = server._process.pid
    assert is_alive(kernel.pid)
    server.close()
    assert wait_for(lambda: not is_alive(kernel.pid) and not is_alive(zygote))
    assert kernel.poll() is not None


def test_kernels_end_with_a_killed_zygote_and_the_next_fork_says_so(tmp_path):
    server = ForkServer(kernel_environment(), SMALL)
    kernel = server.fork(["-f", str(tmp_path / "kernel.json")], tmp_path, kernel_environment())
    server._process.kill()
    assert wait_for(lambda: not is_alive(kernel.pid))
    with pytest.raises(AnalysisError, match=PLAIN_KERNELS):
        server.fork(["-f", str(tmp_path / "other.json")], tmp_path, kernel_environment())
    server.close()


def test_all_end_with_a_killed_parent(tmp_path):
    parent = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from respml.pipeline.forkserver import ForkServer
        from respml.pipeline.kernels import kernel_environment
        folder = Path(sys.argv[1])
        server = ForkServer(kernel_environment(), sys.argv[2:])
        kernel = server.fork(["-f", str(folder / "kernel.json")], folder, kernel_environment())
        print(server._process.pid, kernel.pid, flush=True)
        time.sleep(60)
    """)
    process = subprocess.Popen([sys.executable, "-c", parent, str(tmp_path), *SMALL], stdout=subprocess.PIPE, text=True)
    pids = [int(word) for word in process.stdout.readline().split()]
    assert all(is_alive(pid) for pid in pids)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert wait_for(lambda: not any(is_alive(pid) for pid in pids))


def test_closing_while_a_cell_runs_stops_the_notebook(tmp_path):
    kernels = Kernels(modules=SMALL, forked=True)
    source = write_notebook(tmp_path / "essay.ipynb", "import time\ntime.sleep(60)")
    started = time.monotonic()

    def stop(done, total):
        if done == 2:
            kernels.close()

    with pytest.raises(AnalysisError):
        run_notebook(source, tmp_path / "executed.ipynb", {}, tmp_path, kernels=kernels, on_cell=stop)
    assert time.monotonic() - started < 15


def test_the_environment_variable_turns_forking_off(monkeypatch):
    monkeypatch.delenv(PLAIN_KERNELS, raising=False)
    assert fork_is_available()
    monkeypatch.setenv(PLAIN_KERNELS, "1")
    assert not fork_is_available()
    with Kernels() as kernels:
        assert kernels.server is None


def test_elsewhere_kernels_are_plain(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not fork_is_available()


def test_a_module_that_cannot_be_imported_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "broken_on_purpose.py").write_text("1 +")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    modules = (*SMALL, "absent_module", "absent_package.*", "broken_on_purpose", "json.*")
    with Kernels(modules=modules, forked=True) as kernels:
        assert run_cell(kernels, tmp_path, "import sys\nprint('json.tool' in sys.modules)") == "True\n"


def test_starting_the_zygote_takes_no_time_from_the_caller():
    started = time.monotonic()
    kernels = Kernels(modules=PRELOADED, forked=True)
    assert time.monotonic() - started < 0.5
    kernels.close()


def test_a_process_has_one_source_of_kernels_until_it_is_stopped(tmp_path):
    kernels = start_kernels(modules=SMALL)
    try:
        assert start_kernels() is kernels
        source = write_notebook(tmp_path / "essay.ipynb", "import os\nprint(os.getppid())")
        run_notebook(source, tmp_path / "executed.ipynb", {}, tmp_path)
        assert printed(tmp_path / "executed.ipynb") == f"{kernels.server._process.pid}\n"
    finally:
        stop_kernels()
    assert not is_alive(kernels.server._process.pid)
    stop_kernels()
