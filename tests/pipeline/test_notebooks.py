import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from respml.errors import AnalysisError, InputError
from respml.pipeline.code_digest import notebook_digest
from respml.pipeline.notebooks import check_parameters, declared_parameters, run_notebook
from tests.pipeline.notebook_files import printed, write_notebook


def run(kernels, tmp_path, *cells, given=None, parameters="number = 1", **options):
    """Write and run a notebook; the executed copy."""
    source = write_notebook(tmp_path / "essay.ipynb", *cells, parameters=parameters)
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    run_notebook(source, tmp_path / "executed.ipynb", given or {}, work, kernels=kernels, **options)
    return tmp_path / "executed.ipynb"


def error_line(kernels, tmp_path, *cells, **options):
    with pytest.raises(AnalysisError) as caught:
        run(kernels, tmp_path, *cells, **options)
    assert not (tmp_path / "executed.ipynb").exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_parameters_reach_the_notebook(kernels, tmp_path):
    given = {"number": 2, "words": ["a", "b'"], "nothing": None}
    executed = run(
        kernels, tmp_path, "print(number, words, nothing)", given=given, parameters="number=1\nwords=[]\nnothing=1"
    )
    assert printed(executed) == "2 ['a', \"b'\"] None\n"


def test_the_kernel_works_in_its_folder_and_can_import_this_package(kernels, tmp_path):
    executed = run(
        kernels, tmp_path, "import respml\nopen('left', 'w').close()\nprint(respml.__name__)", parameters="x: int = 1"
    )
    assert printed(executed) == "respml\n"
    assert (tmp_path / "work" / "left").exists()


def test_two_executions_give_the_same_bytes_whichever_the_kernel(forked, plain, tmp_path):
    cells = (
        "import warnings, os\nwarnings.warn('careful')\nprint(os.getcwd())",
        "print(sorted({'a', 'b'}), list({'a', 'b', 'c', 'd'}))",
        "class Thing: pass\nThing()",
        "import respml\nrespml.__file__",
    )
    copies = []
    for name, kernels in {"one": forked, "two": forked, "three": plain}.items():
        (tmp_path / name).mkdir()
        copies.append(run(kernels, tmp_path / name, *cells, given={"number": 3}).read_bytes())
    assert copies[0] == copies[1] == copies[2]
    for local in (tmp_path, Path.cwd(), Path.home()):
        assert str(local).encode() not in copies[0]


def test_the_executed_copy_names_its_source_by_digest_and_holds_no_times(forked, tmp_path):
    executed = nbformat.read(run(forked, tmp_path, "1 + 1"), as_version=4)
    assert executed.metadata.respml.source_sha256 == notebook_digest(tmp_path / "essay.ipynb")
    assert "papermill" not in executed.metadata
    assert all(not {"papermill", "execution"} & set(cell.metadata) for cell in executed.cells)
    nbformat.validate(executed)


def test_an_unknown_parameter_is_refused_with_the_nearest_name_before_anything_runs(tmp_path):
    source = write_notebook(tmp_path / "essay.ipynb", parameters="threshold = 1\nresamples: int = 2")
    with pytest.raises(InputError, match=r"essay\.ipynb: The notebook has no parameter treshold\. Did you mean thresh"):
        run_notebook(source, tmp_path / "executed.ipynb", {"treshold": 2}, tmp_path)
    assert declared_parameters(source) == ("threshold", "resamples")
    assert check_parameters(source, {"resamples": 5}) == {"resamples": 5}


def test_a_value_that_json_cannot_hold_is_no_parameter(tmp_path):
    source = write_notebook(tmp_path / "essay.ipynb")
    with pytest.raises(InputError, match="Parameter number is a set"):
        check_parameters(source, {"number": {1}})


def test_a_notebook_without_parameters_cell_is_refused(tmp_path):
    source = write_notebook(tmp_path / "essay.ipynb")
    content = json.loads(source.read_text())
    content["cells"][1]["metadata"] = {}
    source.write_text(json.dumps(content))
    with pytest.raises(InputError, match="No cell is tagged parameters"):
        check_parameters(source, {})


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"cells": 1}'])
def test_what_is_no_notebook_is_refused(tmp_path, content):
    source = tmp_path / "essay.ipynb"
    if content is not None:
        source.write_text(content)
    with pytest.raises(InputError, match=r"^essay\.ipynb: "):
        check_parameters(source, {})


def test_a_failing_cell_is_named_with_its_place_first_line_and_exception(kernels, tmp_path):
    line = error_line(kernels, tmp_path, "fine = 1", "\n# why\nrate = 1 / (number - 3)\nmore = 2", given={"number": 3})
    assert line == "essay.ipynb, cell 4 (rate = 1 / (number - 3)): ZeroDivisionError: division by zero"


def test_the_partial_notebook_is_kept_where_the_caller_says(forked, tmp_path):
    partial = tmp_path / "failed" / "essay.ipynb"
    error_line(forked, tmp_path, "print('reached')", "raise ValueError('no')", "print('never')", partial=partial)
    assert printed(partial) == "reached\n"
    assert "ValueError" in partial.read_text()
    assert str(tmp_path) not in partial.read_text()


def test_the_end_of_the_process_within_a_cell_is_a_failure_even_with_code_zero(forked, tmp_path):
    assert "SystemExit" in error_line(forked, tmp_path, "import sys\nsys.exit(0)", "print('never')")


def test_a_message_of_many_lines_becomes_one(forked, tmp_path):
    line = error_line(forked, tmp_path, "raise KeyError('a\\nb' + 'x' * 10_000)")
    assert len(line) < 600


def test_an_input_error_of_the_library_stays_one(forked, tmp_path):
    cell = "from respml.errors import InputError\nraise InputError('One class only.', remedy='Give two.')"
    with pytest.raises(InputError, match=r"essay\.ipynb, cell 3 .*: One class only\. Give two\."):
        run(forked, tmp_path, cell)


def test_a_full_disk_within_the_notebook_is_an_input_error(forked, tmp_path):
    cell = "import errno, os\nraise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))"
    with pytest.raises(InputError, match="disk is full"):
        run(forked, tmp_path, cell)


def test_a_killed_kernel_is_reported_as_such(kernels, tmp_path):
    partial = tmp_path / "partial.ipynb"
    cell = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    line = error_line(kernels, tmp_path, "print('reached')", cell, partial=partial)
    assert line.startswith("essay.ipynb, cell 4 (import os, signal): The kernel was killed (SIGKILL)")
    assert printed(partial) == "reached\n"


def test_a_crash_and_an_exit_of_the_kernel_are_told_apart(forked, tmp_path):
    crash = error_line(forked, tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    assert "The kernel crashed (SIGSEGV)" in crash
    leave = error_line(forked, tmp_path, "import os\nos._exit(7)")
    assert "The kernel ended by itself with code 7" in leave


def test_a_cell_that_never_ends_is_stopped(kernels, tmp_path):
    cell = "import os\nopen('pid', 'w').write(str(os.getpid()))\nwhile True: pass"
    line = error_line(kernels, tmp_path, cell, timeout=2)
    assert "cell 3 (import os): The cell took longer than 2 s." in line
    pid = int((tmp_path / "work" / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def test_progress_counts_the_cells(forked, tmp_path):
    seen = []
    run(forked, tmp_path, "1", "2", on_cell=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4)]


def test_notebooks_run_side_by_side_without_knowing_of_one_another(forked, tmp_path):
    def one(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        cell = (
            f"import os\ntry:\n    print(seen)\nexcept NameError:\n    seen = {number}\nprint(number, os.getpid() > 0)"
        )
        return printed(run(forked, folder, cell, given={"number": number}))

    before = Path.cwd()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(8))) == [f"{number} True\n" for number in range(8)]
    assert Path.cwd() == before


def test_nothing_is_written_to_the_terminal(forked, tmp_path, capfd, caplog):
    error_line(forked, tmp_path, "print('inside')", "import sys\nprint('err', file=sys.stderr)\n1 / 0")
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
    assert [record for record in caplog.records if record.levelname != "INFO"] == []


def test_braces_in_paths_are_only_braces(forked, tmp_path):
    folder = tmp_path / "{odd} {0}"
    folder.mkdir()
    assert printed(run(forked, folder, "print(number)")) == "1\n"


def test_a_notebook_with_nothing_to_say_ends_there_and_has_not_failed(forked, tmp_path):
    executed = run(
        forked,
        tmp_path,
        "from respml.errors import NothingToSay\nprint('before')\nraise NothingToSay('nobody is declined')",
        "print('after')",
    )
    assert printed(executed) == "before\n"
    outputs = [each for cell in nbformat.read(executed, as_version=4).cells for each in cell.get("outputs", ())]
    assert [each.output_type for each in outputs] == ["stream"]
