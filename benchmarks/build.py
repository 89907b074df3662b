"""How long a build takes beside the library calls it cannot avoid, measured in one run.

    .venv/bin/python benchmarks/build.py [report.yml]

Prints wall time and peak memory of: a cold build, an unchanged rebuild, a changed sentence to new HTML; and the floor:
the sum of the raw calls (fit of every candidate, prediction, Shapley values, WeasyPrint on the same print HTML), each
made once more outside the pipeline. Uses data/uci/report.yml when its data is in place, else the demo.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall time a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def command(*arguments: str, cwd: Path) -> float:
    """Seconds a respml command takes in a process of its own."""
    return timed(lambda: subprocess.run([sys.executable, "-m", "respml", *arguments], cwd=cwd, check=True))


def copied_project(spec: Path, folder: Path) -> Path:
    """The spec's folder and the template, copied so that a chapter can be edited."""
    shutil.copytree(spec.parent, folder / "project", ignore=shutil.ignore_patterns("output"))
    shutil.copytree(ROOT / "report_templates", folder / "project" / "report_templates")
    return folder / "project" / "report.yml"


def floor(run: Path, spec_path: Path) -> dict[str, float]:
    """The raw calls behind the run, by name, in seconds."""
    from respml.candidates.candidate import Candidates
    from respml.candidates.fit import fit_candidates
    from respml.portfolio.build import build_portfolio
    from respml.spec import load_spec

    loaded = load_spec(spec_path)
    spec = loaded.spec
    portfolio = build_portfolio(spec.data, spec.partitions, spec.seed, loaded.folder)
    parts = {"fit": timed(lambda: fit_candidates(portfolio, spec.candidates, spec.seed, spec.compute.workers))}
    candidates = Candidates.read(run / "candidates")
    frames = [portfolio.features(name) for name in portfolio.partitions]
    parts["predict"] = timed(lambda: [candidates[name].predict(frame) for name in candidates for frame in frames])
    test = portfolio.features("test")
    parts["Shapley values"] = timed(lambda: [candidates[name].contributions(test) for name in candidates])
    parts["WeasyPrint"] = timed(lambda: _print(run, spec.model.as_of.isoformat()))
    return parts


def _print(run: Path, as_of: str) -> None:
    from datetime import date

    from respml.document.engines import render_html
    from respml.document.pdf import write_pdf

    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        shutil.copytree(run / "document", project)
        html = render_html(project, "print", "auto")
        write_pdf(html, Path(folder) / "report.pdf", as_of=date.fromisoformat(as_of))


def main() -> None:
    """Run and print."""
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data" / "uci" / "report.yml"
    if not any(given.parent.glob("*.parquet")):
        given = ROOT / "data" / "demo" / "report.yml"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spec = copied_project(given, folder)
        cold = command("build", str(spec), "-q", "--explain", cwd=folder)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        again = command("build", str(spec), "-q", cwd=folder)
        chapter = spec.parent / "report_templates" / "model_risk" / "chapters" / "findings.qmd"
        chapter.write_text(chapter.read_text() + "\nOne sentence more.\n")
        sentence = command("build", str(spec), "-q", "--to", "html", cwd=folder)
        run = next(path.parent for path in (folder / "output").glob("*/*/manifest.json"))
        parts = floor(run, spec)
        sizes = {
            each: (run / each).stat().st_size / 1e6 for each in ("report.html", "report.pdf") if (run / each).exists()
        }
    total = sum(parts.values())
    print(json.dumps({"cores": os.cpu_count(), "spec": given.parent.name}))
    print(f"cold build                 {cold:7.1f} s   peak of the largest process {peak:.2f} GB")
    for part, seconds in parts.items():
        print(f"  floor: {part:<17} {seconds:7.1f} s")
    print(f"floor                      {total:7.1f} s   ratio {cold / total:.2f} (goal 1.5)")
    print(f"unchanged rebuild          {again:7.2f} s   (goal 2)")
    print(f"changed sentence to HTML   {sentence:7.2f} s   (goal 5)")
    for each, size in sizes.items():
        print(f"{each:<26} {size:7.2f} MB")


if __name__ == "__main__":
    main()
