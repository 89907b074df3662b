"""Measure what the checks find on simulated portfolios: clean ones, and ones with one planted defect each.

    .venv/bin/python tools/power.py --work FOLDER            20 seeds; writes respml/checks/power.csv
    .venv/bin/python tools/power.py --work FOLDER --seeds 2  a short look, printed only

Each portfolio goes through the same stages, notebooks and rules as a report; only the attacks draw fewer random rows,
and the GBM and the hybrid are left out. FOLDER keeps what each portfolio said, so a run that was interrupted goes on.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from respml.checks import all_checks, judge, threshold_register
from respml.checks.power import COLUMNS, FILE, PowerLine
from respml.evidence import read_evidence
from respml.measures.intervals import wilson
from respml.pipeline.executor import run_stages
from respml.pipeline.judging import write_thresholds
from respml.pipeline.stages import KernelSource, analysis_stages
from respml.pipeline.store import Store
from respml.pipeline.template import read_template
from respml.portfolio.demo import write_simulation
from respml.portfolio.simulate import SimulationTruths
from respml.resources import template_folder
from respml.spec import load_spec
from respml.version import __version__

# thresholds were looked at on seeds below a hundred, so none of those is measured
ROWS, MORE_ROWS, FIRST_SEED, SEEDS = 12_000, 30_000, 101, 20
CLEAN = "none"
# planted truth -> the check that must find it, the others that may, and the analyses these need
PLANTED: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "weak_segment": ("RML-B01", ("RML-B02", "RML-S07"), ("residuals", "robustness")),
    "drift": ("RML-S05", (), ("robustness",)),
    "leak": ("RML-D06", (), ("data",)),
    "over_strong": ("RML-S09", ("RML-M03",), ("methodology", "robustness")),
    "missing_backdoor": ("RML-A07", ("RML-A04", "RML-S03"), ("robustness", "attacks")),
}
# what takes many rows to find is put to larger portfolios too, with these analyses
LARGER = {"weak_segment": ("residuals",)}
MEASURED = ("data", "methodology", "performance", "comparison", "residuals", "robustness", "attacks")
FEWER = {
    "attacks": {"random_rows": 20_000, "trial_rows": 300, "queries": [100, 1000]},
    "residuals": {"background_rows": 100},
}


def spec_text(analyses: Iterable[str], seed: int) -> str:
    """A report of one simulated portfolio with these analyses only."""
    template = read_template(template_folder("model_risk", Path.cwd()))
    switches: dict[str, dict[str, object]] = {}
    for each in template.analyses:
        if each.name not in analyses:
            switches[each.name] = {"run": False, "reason": "not measured here"}
        elif each.name in FEWER:
            switches[each.name] = {"parameters": FEWER[each.name]}
    person = {"name": "simulation"}
    content = {
        "model": {
            "id": "power",
            "name": "Power of the checks",
            "version": "1",
            "as_of": "2026-01-01",
            **dict.fromkeys(("owner", "developer", "validator"), person),
            "intended_use": "none",
            "population": "simulated",
        },
        "data": {
            "source": "portfolio.parquet",
            "dictionary": "dictionary.yml",
            "target": "default_12m",
            "event": 1,
            "identifier": "customer_id",
            "time": "snapshot_month",
            "protected": ["sex", "age_band", "group"],
            "segments": ["employment_type", "region"],
        },
        "partitions": {"rule": "time", "out_of_time_from": "2024-09-01"},
        "candidates": {
            "champion": "mgbm",
            "benchmark": "glm",
            "order": ["glm", "mgbm"],
            "boosting": {"selection": "all"},
        },
        "analyses": switches,
        "seed": seed,
    }
    # JSON is YAML, without the aliases that a spec refuses
    return json.dumps(content, indent=1)


def states_of(planted: str, rows: int, seed: int, work: Path, kernels: KernelSource) -> dict[str, str]:
    """State of every check on one portfolio; kept in ``work`` for the next call."""
    kept = work / f"{planted}-{rows}-{seed}.json"
    if kept.is_file():
        states: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))
        return states
    folder = work / f"{planted}-{rows}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    truths = SimulationTruths() if planted == CLEAN else SimulationTruths(**{planted: 1.0})
    write_simulation(folder, rows, seed, truths)
    analyses = _analyses(planted, rows)
    (folder / "report.yml").write_text(spec_text(analyses, seed), encoding="utf-8")
    loaded = load_spec(folder / "report.yml")
    template = read_template(template_folder(loaded.spec.template, loaded.folder))
    results = run_stages(analysis_stages(loaded, template, kernels), Store(folder / "store"), 2)
    register = threshold_register({})
    write_thresholds(register, folder / "threshold")
    evidence = read_evidence([folder / "threshold", *(results[name].folder / "evidence" for name in analyses)])
    states = {each.code: each.state for each in judge(loaded.spec, evidence, register)}
    shutil.rmtree(folder)
    kept.write_text(json.dumps(states, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return states


def _analyses(planted: str, rows: int) -> tuple[str, ...]:
    if rows == ROWS:
        return MEASURED if planted == CLEAN else PLANTED[planted][2]
    needed = LARGER.values() if planted == CLEAN else [LARGER[planted]]
    return tuple(dict.fromkeys(each for names in needed for each in names))


Found = dict[tuple[str, int], list[dict[str, str]]]


def lines_of(found: Found) -> list[PowerLine]:
    """One line for each planted defect, size and check, then one for every other check put to clean portfolios.

    ``found``: planted truth, or none, and rows -> states by check, one mapping a seed.
    """
    titles = {each.code: each.title for each in all_checks()}
    sizes = [(truth, rows) for truth, rows in found if truth != CLEAN]
    pairs = [
        (code, truth, rows)
        for truth, rows in sizes
        for code in (PLANTED[truth][0], *PLANTED[truth][1])
        if any(states.get(code, "not run") != "not run" for states in found[truth, rows])
    ]
    named, clean = {code for code, _, _ in pairs}, found[CLEAN, ROWS]
    put_to_clean = {code for states in clean for code, state in states.items() if state != "not run"}
    judged = [code for code in titles if code in put_to_clean - named]
    lines = []
    for code, truth, rows in [*pairs, *((code, "", ROWS) for code in judged)]:
        hits = _flags(found[truth, rows], code) if truth else ""
        alarms = _flags(found[CLEAN, rows], code)
        role = "" if not truth else "must" if code == PLANTED[truth][0] else "may"
        lines.append(
            PowerLine(truth, code, titles[code], role, rows, *_rate(hits), *_rate(alarms), hits, alarms, __version__)
        )
    return lines


def _flags(states: list[dict[str, str]], code: str) -> str:
    return "".join("1" if each.get(code) == "finding" else "0" for each in states)


def _rate(flags: str) -> tuple[int, float, float, float]:
    if not flags:
        return 0, float("nan"), float("nan"), float("nan")
    count = flags.count("1")
    low, high = wilson(count, len(flags))
    return len(flags), count / len(flags), float(low), float(high)


def portfolios() -> list[tuple[str, int]]:
    """Planted truth, or none, and rows, of all kinds of portfolios."""
    first = [(truth, ROWS) for truth in (CLEAN, *PLANTED)]
    return [*first, *((truth, MORE_ROWS) for truth in (CLEAN, *LARGER))]


def measure(kinds: Iterable[tuple[str, int]], seeds: Iterable[int], work: Path) -> Found:
    """States of all checks on every portfolio asked for."""
    work.mkdir(parents=True, exist_ok=True)
    wanted = list(kinds)
    kernels = KernelSource()
    try:
        found: Found = {}
        for seed in seeds:
            for truth, rows in wanted:
                states = states_of(truth, rows, seed, work, kernels)
                found.setdefault((truth, rows), []).append(states)
                print(
                    truth, rows, seed, sorted(code for code, state in states.items() if state == "finding"), flush=True
                )
    finally:
        kernels.close()
    return found


def main() -> None:
    """Measure, print, and write the file where all seeds were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for intermediate results")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    arguments = parser.parse_args()
    found = measure(portfolios(), range(FIRST_SEED, FIRST_SEED + arguments.seeds), arguments.work.resolve())
    lines = lines_of(found)
    for line in lines:
        print(
            line.truth or "-",
            line.check,
            line.rows,
            f"{line.rate:.2f} of {line.runs}",
            f"alarms {line.alarm_rate:.2f}",
            line.title,
        )
    if arguments.seeds >= SEEDS:
        with FILE.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(line.cells() for line in lines)


if __name__ == "__main__":
    main()
