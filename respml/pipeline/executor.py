"""Runs a graph of stages: each as soon as its inputs are there, and only those whose result is not in the store."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from respml.errors import AnalysisError, RespmlError
from respml.pipeline.progress import Progress, Quiet
from respml.pipeline.reasons import reason_to_build, reason_to_reuse
from respml.pipeline.stage import Note, Stage, StageRun, silent
from respml.pipeline.store import KeyParts, Store

_SECONDS_FOR_INTERRUPTED_STAGES = 3.0


@dataclass(frozen=True)
class StageResult:
    """What became of a stage in this build.

    Attributes
    ----------
    name: the stage's name.
    key: its key in the store.
    folder: its published folder; read, never written.
    digest: Merkle digest of that folder.
    elapsed: seconds it took; 0 when reused.
    reused: whether the result was in the store already.
    reason: why it was computed, or could be reused.
    """

    name: str
    key: str
    folder: Path
    digest: str
    elapsed: float
    reused: bool
    reason: str


def run_stages(
    stages: Iterable[Stage],
    store: Store,
    workers: int = 2,
    progress: Progress | None = None,
    executor: Executor | None = None,
    *,
    run: str = "default",
    baseline: str | None = None,
    keep_failed: bool = False,
    on_interrupt: Callable[[], None] | None = None,
    done: Mapping[str, StageResult] | None = None,
) -> dict[str, StageResult]:
    """Bring all stages up to date.

    When a stage fails, those in flight finish and are published, nothing else starts, and the first error is raised
    with the stage's name. Where several stages are ready, those declared first start first.

    Parameters
    ----------
    stages: the stages, in any order.
    store: where results are kept. Workers in other processes must reach its folder.
    workers: how many stages run at a time; not used with an executor of one's own.
    progress: told what happens; silent when left out.
    executor: anything with the interface of ``concurrent.futures.Executor``; threads when left out.
    run: the name of the run, under which key parts are kept for the next build's reasons.
    baseline: another run to tell the changes from, for stages that this one has no record of.
    keep_failed: whether what a failing stage wrote is kept in the store's ``failed/<stage>``.
    on_interrupt: called on Ctrl-C, to stop what stages have started outside this process's threads.
    done: results of stages brought up to date before, by name, that stages may read.

    Returns
    -------
    The stages' results by name, in the order of declaration.

    Raises
    ------
    RespmlError: the first error a stage met; other exceptions are wrapped into an ``AnalysisError``.
    ValueError: a name is used twice, an input is no stage, or stages need one another in a circle.
    """
    declared = _by_name(stages, done or {})
    build = _Build(declared, store, run, baseline, progress or Quiet(), keep_failed, done or {})
    pool = executor or ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="stage")
    build.progress.begin(len(declared))
    try:
        build.go(pool, in_threads=isinstance(pool, ThreadPoolExecutor))
    except KeyboardInterrupt:
        _abandon(build.waiting, on_interrupt)
        raise
    finally:
        build.progress.end()
        if executor is None:
            pool.shutdown(wait=False, cancel_futures=True)
    return {name: build.results[name] for name in declared}


def build_stage(
    stage: Stage, inputs: Mapping[str, Path], store: Store, key: str, note: Note, keep_failed: bool
) -> float:
    """Run one stage and publish its result; a function of a module, so that a cluster can call it.

    Returns
    -------
    The seconds it took.
    """
    started = time.perf_counter()
    description = {"stage": stage.name}
    with store.publish(key, description, keep_failed=keep_failed) as folder:
        parameters = {**stage.parameters, **stage.settings}
        stage.run(StageRun(stage.name, inputs, folder, parameters, stage.seed, note))
    return time.perf_counter() - started


class _Build:
    """The state of one build: what is done, what is in flight, what went wrong first."""

    def __init__(
        self,
        stages: Mapping[str, Stage],
        store: Store,
        run: str,
        baseline: str | None,
        progress: Progress,
        keep_failed: bool,
        done: Mapping[str, StageResult],
    ) -> None:
        self.stages = stages
        self.store = store
        self.run = run
        self.baseline = baseline
        self.progress = progress
        self.keep_failed = keep_failed
        self.results: dict[str, StageResult] = dict(done)
        self.waiting: dict[Future[float], tuple[Stage, KeyParts, str]] = {}
        self.error: RespmlError | None = None

    def go(self, pool: Executor, *, in_threads: bool) -> None:
        sorter = TopologicalSorter(
            {name: [each for each in stage.inputs if each in self.stages] for name, stage in self.stages.items()}
        )
        try:
            sorter.prepare()
        except CycleError as error:
            raise ValueError(f"stages need one another in a circle: {' -> '.join(error.args[1])}") from None
        order = {name: position for position, name in enumerate(self.stages)}
        while sorter.is_active():
            for name in sorted(sorter.get_ready(), key=order.__getitem__):
                if self.error is None and self._start(self.stages[name], pool, in_threads):
                    sorter.done(name)
            if not self.waiting:
                if self.error is not None:
                    raise self.error
                continue
            finished, _ = wait(self.waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                done = self._finish(future)
                if done is not None:
                    sorter.done(done)
        if self.error is not None:
            raise self.error

    def _start(self, stage: Stage, pool: Executor, in_threads: bool) -> bool:
        """Reuse the stage's result if it is in the store, else submit the stage; says whether it is done."""
        try:
            parts = stage.key_parts({name: self.results[name].digest for name in stage.inputs})
        except RespmlError as error:
            self._failed(error, stage.name)
            return False
        key = parts.key()
        previous = self.store.recorded(self.run, stage.name)
        if previous is None and self.baseline is not None:
            previous = self.store.recorded(self.baseline, stage.name)
        published = self.store.get(key)
        if published is not None:
            reason = reason_to_reuse(previous, parts)
            self.store.record(self.run, parts)
            self._done(StageResult(stage.name, key, published.folder, published.digest, 0.0, True, reason))
            return True
        reason = reason_to_build(previous, parts)
        inputs = {name: self.results[name].folder for name in stage.inputs}
        note = self.progress.note(stage.name) if in_threads else silent
        self.progress.started(stage.name, reason)
        future = pool.submit(build_stage, stage, inputs, self.store, key, note, self.keep_failed)
        self.waiting[future] = (stage, parts, reason)
        return False

    def _finish(self, future: Future[float]) -> str | None:
        """Take note of a finished stage; its name, or nothing when it failed."""
        stage, parts, reason = self.waiting.pop(future)
        raised = future.exception()
        if raised is not None:
            self._failed(raised, stage.name)
            return None
        key = parts.key()
        published = self.store.get(key)
        if published is None:
            raise AnalysisError(
                "The result is not in the store.", where=f"stage {stage.name}", remedy="Share the store's folder."
            )
        self.store.record(self.run, parts)
        self._done(StageResult(stage.name, key, published.folder, published.digest, future.result(), False, reason))
        return stage.name

    def _failed(self, raised: BaseException, name: str) -> None:
        error = _with_stage(raised, name)
        self.progress.failed(name, error.line())
        self.error = self.error or error

    def _done(self, result: StageResult) -> None:
        self.results[result.name] = result
        self.progress.finished(result.name, result.elapsed, result.reused, result.reason)


def _by_name(stages: Iterable[Stage], done: Mapping[str, StageResult]) -> dict[str, Stage]:
    declared: dict[str, Stage] = {}
    for stage in stages:
        if stage.name in declared:
            raise ValueError(f"two stages are called {stage.name!r}")
        declared[stage.name] = stage
    for stage in declared.values():
        for name in stage.inputs:
            if name not in declared and name not in done:
                raise ValueError(f"stage {stage.name!r} reads {name!r}, which is no stage")
    return declared


def _with_stage(raised: BaseException, name: str) -> RespmlError:
    """The error with the stage's name in it; the original as its cause."""
    error: RespmlError
    if isinstance(raised, RespmlError):
        where = f"stage {name}, {raised.where}" if raised.where else f"stage {name}"
        error = type(raised)(raised.what, where=where, remedy=raised.remedy)
    else:
        message = str(raised) or "no message"
        error = AnalysisError(f"{type(raised).__name__}: {message}", where=f"stage {name}")
    error.__cause__ = raised
    return error


def _abandon(waiting: Iterable[Future[float]], on_interrupt: Callable[[], None] | None) -> None:
    """Give stages in flight a moment to clean up; what they still hold is removed when the next build starts."""
    futures = list(waiting)
    for future in futures:
        future.cancel()
    if on_interrupt is not None:
        on_interrupt()
    with contextlib.suppress(KeyboardInterrupt):
        wait(futures, timeout=_SECONDS_FOR_INTERRUPTED_STAGES)
