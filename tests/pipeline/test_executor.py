import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace

import pytest

from respml.errors import AnalysisError, InputError
from respml.pipeline.executor import run_stages
from respml.pipeline.stage import Stage
from respml.pipeline.store import Store


def write_text(run):
    (run.folder / "text").write_text(str(run.parameters.get("text", "")))


def join_inputs(run):
    texts = [(folder / "text").read_text() for _, folder in sorted(run.inputs.items())]
    (run.folder / "text").write_text("+".join(texts))


def write_first_letter(run):
    (run.folder / "text").write_text(run.parameters["text"][:1])


def chain(**parameters):
    """portfolio -> scores -> report, each writing one file."""
    return [
        Stage("report", join_inputs, inputs=("portfolio", "scores"), entry=("respml.errors",)),
        Stage("scores", join_inputs, inputs=("portfolio",)),
        Stage("portfolio", write_text, parameters={"text": "rows", **parameters}),
    ]


def built(results):
    return {name for name, result in results.items() if not result.reused}


def test_results_flow_from_input_to_dependant(tmp_path):
    results = run_stages(chain(), Store(tmp_path))
    assert list(results) == ["report", "scores", "portfolio"]
    assert (results["report"].folder / "text").read_text() == "rows+rows"
    assert {result.reason for result in results.values()} == {"first build"}


def test_nothing_runs_again_when_nothing_changed(tmp_path):
    first = run_stages(chain(), Store(tmp_path))
    second = run_stages(chain(), Store(tmp_path))
    assert built(second) == set()
    assert {result.reason for result in second.values()} == {"unchanged"}
    assert {name: result.key for name, result in first.items()} == {n: r.key for n, r in second.items()}


def test_a_changed_parameter_runs_its_stage_and_all_that_depend_on_it(tmp_path):
    run_stages(chain(), Store(tmp_path))
    results = run_stages(chain(text="other"), Store(tmp_path))
    assert built(results) == {"portfolio", "scores", "report"}
    assert results["portfolio"].reason == "parameter changed: text rows -> other"
    assert results["report"].reason == "input portfolio changed; input scores changed"


def test_a_stage_that_comes_to_the_same_result_stops_the_change(tmp_path):
    def stages(text):
        return [
            Stage("portfolio", write_first_letter, parameters={"text": text}),
            Stage("scores", join_inputs, inputs=("portfolio",)),
        ]

    run_stages(stages("apple"), Store(tmp_path))
    assert built(run_stages(stages("avocado"), Store(tmp_path))) == {"portfolio"}
    assert built(run_stages(stages("banana"), Store(tmp_path))) == {"portfolio", "scores"}


def test_a_result_of_an_earlier_build_is_found_again(tmp_path):
    run_stages(chain(), Store(tmp_path))
    run_stages(chain(text="other"), Store(tmp_path))
    back = run_stages(chain(), Store(tmp_path))
    assert built(back) == set()
    assert back["portfolio"].reason == "computed by an earlier build"


def test_reasons_name_seed_code_and_library(tmp_path):
    stage = Stage("portfolio", write_text, seed=1, entry=("respml.version",), libraries=("numpy",))
    run_stages([stage], Store(tmp_path))
    assert run_stages([replace(stage, seed=2)], Store(tmp_path))["portfolio"].reason == "seed changed"
    store = Store(tmp_path)
    parts = store.recorded("default", "portfolio")
    store.record("default", replace(parts, code={**parts.code, "respml/version.py": "old"}))
    store.record("default", replace(parts, code={**parts.code, "x.py": "1"}, libraries={"numpy": "1.0"}))
    reason = run_stages([replace(stage, seed=3)], store)["portfolio"].reason
    assert "code changed: x.py" in reason
    assert "numpy 1.0 -> " in reason


def test_runs_have_reasons_of_their_own_but_share_results(tmp_path):
    run_stages(chain(), Store(tmp_path), run="one")
    other = run_stages(chain(), Store(tmp_path), run="two")
    assert built(other) == set()
    assert run_stages(chain(text="new"), Store(tmp_path), run="three")["portfolio"].reason == "first build"


def test_settings_reach_the_function_but_not_the_key(tmp_path):
    stage = Stage("portfolio", write_text, settings={"text": "from settings"})
    results = run_stages([stage], Store(tmp_path))
    assert (results["portfolio"].folder / "text").read_text() == "from settings"
    assert run_stages([replace(stage, settings={"text": "other"})], Store(tmp_path))["portfolio"].reused


def test_independent_stages_run_side_by_side(tmp_path):
    meeting = threading.Barrier(2, timeout=10)

    def meet(run):
        meeting.wait()

    results = run_stages([Stage("a", meet), Stage("b", meet)], Store(tmp_path), workers=2)
    assert built(results) == {"a", "b"}


def test_a_failing_stage_lets_others_finish_and_starts_no_dependant(tmp_path):
    failing = threading.Event()
    started = []

    def fail(run):
        failing.set()
        raise ZeroDivisionError("division by zero")

    def finish(run):
        failing.wait(10)
        time.sleep(0.1)
        (run.folder / "text").write_text("done")

    def never(run):
        started.append(run.name)

    stages = [
        Stage("slow", finish),
        Stage("bad", fail),
        Stage("after.bad", never, inputs=("bad",)),
        Stage("after.slow", never, inputs=("slow",)),
    ]
    with pytest.raises(AnalysisError, match="stage bad: ZeroDivisionError: division by zero"):
        run_stages(stages, Store(tmp_path), workers=2)
    assert started == []
    assert run_stages([Stage("slow", finish)], Store(tmp_path))["slow"].reused


def test_an_error_of_ours_keeps_its_kind_and_place_and_gains_the_stage(tmp_path):
    def fail(run):
        raise InputError("There is no column AGE.", where="rows.csv", remedy="Add it.")

    with pytest.raises(InputError) as caught:
        run_stages([Stage("portfolio", fail)], Store(tmp_path))
    assert str(caught.value) == "stage portfolio, rows.csv: There is no column AGE. Add it."


def test_a_missing_library_is_named_with_the_stage(tmp_path):
    with pytest.raises(InputError, match="stage portfolio: The library no-such-library is not installed"):
        run_stages([Stage("portfolio", write_text, libraries=("no-such-library",))], Store(tmp_path))


def test_what_a_failing_stage_wrote_is_kept_on_request(tmp_path):
    def fail(run):
        (run.folder / "half").write_text("1")
        raise ValueError("no")

    with pytest.raises(AnalysisError):
        run_stages([Stage("bad", fail)], Store(tmp_path), keep_failed=True)
    assert (tmp_path / "failed" / "bad" / "half").read_text() == "1"


class InterruptedExecutor(ThreadPoolExecutor):
    """Ctrl-C arrives while a stage is being submitted."""

    def submit(self, *arguments, **named):
        super().submit(*arguments, **named)
        raise KeyboardInterrupt


def test_an_interrupt_leaves_nothing_under_a_final_name_and_tells_who_must_know(tmp_path):
    stop = threading.Event()

    def wait_for_end(run):
        (run.folder / "half").write_text("1")
        if stop.wait(10):
            raise RuntimeError("stopped")

    with InterruptedExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
        run_stages([Stage("slow", wait_for_end)], Store(tmp_path), executor=pool, on_interrupt=stop.set)
    assert stop.is_set()
    assert list((tmp_path / "objects").iterdir()) == []


def test_stages_can_be_sent_to_other_processes(tmp_path):
    with ProcessPoolExecutor(1) as pool:
        results = run_stages(chain(), Store(tmp_path), executor=pool)
    assert (results["report"].folder / "text").read_text() == "rows+rows"


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([Stage("a", write_text), Stage("a", write_text)], "two stages"),
        ([Stage("a", write_text, inputs=("b",))], "which is no stage"),
        ([Stage("a", write_text, inputs=("b",)), Stage("b", write_text, inputs=("a",))], "circle"),
    ],
)
def test_a_graph_that_makes_no_sense_is_refused(tmp_path, stages, message):
    with pytest.raises(ValueError, match=message):
        run_stages(stages, Store(tmp_path))


@pytest.mark.parametrize("name", ["Scores", "a/b", "", "a b", ".."])
def test_a_stage_name_is_plain(name):
    with pytest.raises(ValueError, match="stage name"):
        Stage(name, write_text)


def test_a_hundred_stages_that_did_not_change_take_well_under_a_second(tmp_path):
    stages = [Stage(f"s{n}", write_text, parameters={"text": n}, entry=("respml.errors",)) for n in range(100)]
    run_stages(stages, Store(tmp_path))
    started = time.process_time()
    assert built(run_stages(stages, Store(tmp_path))) == set()
    assert time.process_time() - started < 0.5
