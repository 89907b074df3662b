import io
import re
import time

from respml.pipeline.executor import run_stages
from respml.pipeline.progress import Live, Plain, Quiet, progress_for
from respml.pipeline.stage import Stage
from respml.pipeline.store import Store


class Terminal(io.StringIO):
    def isatty(self):
        return True


def write(run):
    (run.folder / "text").write_text("1")


def fail(run):
    raise ValueError("no\x1b[31m way")


def test_the_kind_fits_the_stream():
    assert isinstance(progress_for(Terminal()), Live)
    assert type(progress_for(io.StringIO())) is Plain
    assert isinstance(progress_for(Terminal(), quiet=True), Quiet)


def test_a_log_has_a_line_a_computed_stage_and_the_counts(tmp_path):
    stream = io.StringIO()
    stages = [Stage("portfolio", write), Stage("scores", write, inputs=("portfolio",))]
    run_stages(stages, Store(tmp_path), progress=Plain(stream))
    lines = [re.sub(r"\d+\.\d s", "T s", line) for line in stream.getvalue().splitlines()]
    assert lines == [
        "[1/2] portfolio  T s  (first build)",
        "[2/2] scores  T s  (first build)",
        "2 computed, 0 unchanged, T s",
    ]


def test_what_did_not_change_is_only_counted(tmp_path):
    run_stages([Stage("portfolio", write)], Store(tmp_path))
    stream = io.StringIO()
    run_stages([Stage("portfolio", write)], Store(tmp_path), progress=Plain(stream))
    assert re.fullmatch(r"0 computed, 1 unchanged, \d+\.\d s\n", stream.getvalue())


def test_a_failure_is_told_at_once_and_its_control_characters_are_not_obeyed(tmp_path):
    stream = io.StringIO()
    try:
        run_stages([Stage("portfolio", fail)], Store(tmp_path), progress=Plain(stream))
    except Exception as error:
        assert "\x1b" not in str(error)
    assert "[1/1] portfolio  failed: stage portfolio: ValueError: no[31m way\n" in stream.getvalue()
    assert "0 computed, 0 unchanged, 1 failed" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_shows_what_is_in_flight_and_how_far_it_is(tmp_path):
    def slow(run):
        run.progress("fold", 2, 5)
        time.sleep(0.5)
        write(run)

    stream = Terminal()
    run_stages([Stage("candidates", slow)], Store(tmp_path), progress=Live(stream))
    text = stream.getvalue()
    assert re.search(r"\r\x1b\[2K\[0/1\] 0 s  candidates fold 2/5", text)
    assert re.search(r"\r\x1b\[2K\[1/1\] candidates  0\.\d s  \(first build\)\n", text)
    assert text.endswith(" s\n")


def test_quiet_is_quiet(tmp_path, capfd):
    run_stages([Stage("portfolio", write)], Store(tmp_path), progress=progress_for(quiet=True))
    assert capfd.readouterr() == ("", "")
