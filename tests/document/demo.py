"""A document of the report's kind, made from nothing: evidence, chapters, findings, a decision sheet."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from respml.document.assemble import assemble
from respml.document.engines import render_html
from respml.document.markdown import facts_table, finding_block, signoff_table
from respml.document.pdf import Attached, write_pdf
from respml.evidence import Column, Evidence, EvidenceWriter, read_evidence
from respml.figures.style import apply_style, model_line, new_figure, rasterised

TEMPLATE = Path(__file__).parents[2] / "report_templates" / "model_risk"
FONTS = Path(tempfile.gettempdir()) / "respml-test-fonts"
AS_OF = date(2026, 10, 31)
MODELS = {"glm": "GLM", "mgbm": "Monotone GBM", "gbm": "GBM", "hybrid": "Hybrid"}
PROSE = (
    "The monotone model ranks defaults better than the linear one in every partition, and most of the difference "
    "comes from two inputs: the most recent repayment status and the utilisation of the limit. The gain is smaller "
    "where the repayment record is short, because both models then rest on the same few columns."
)


def write_evidence(folder: Path, sections: int = 6, rows: int = 12) -> Evidence:
    """Evidence of one analysis: figures, tables and the numbers its statements cite."""
    writer = EvidenceWriter("comparison", folder / "comparison", "notebooks/comparison.ipynb")
    generator = np.random.default_rng(7)
    values = {"glm": 0.7303, "mgbm": 0.7776, "gbm": 0.7859, "hybrid": 0.7791}
    for name, value in values.items():
        writer.metric(f"auc.{name}", value, interval=(value - 0.012, value + 0.012), n=9054, format="ratio3",
                      method="DeLong", partition="test")  # fmt: skip
    writer.metric("gain", 0.0473, interval=(0.0381, 0.0566), n=9054, format="signed3", method="paired DeLong",
                  partition="test")  # fmt: skip
    writer.metric("share", 0.2212, n=9054, format="percent1", partition="test")
    writer.statement(
        "verdict",
        "The monotone GBM ranks defaults better than the GLM: its AUC is {auc.mgbm:interval} against {auc.glm:interval}"
        ", a gain of {gain:interval} on {share} bad rate.",
    )
    headline = pd.DataFrame(
        {
            "model": list(MODELS.values()),
            "auc": list(values.values()),
            "low": [each - 0.012 for each in values.values()],
            "high": [each + 0.012 for each in values.values()],
            "ks": [0.372, 0.431, 0.438, 0.433],
            "loss": [0.4642, 0.4271, 0.4238, 0.4262],
            "air": [0.881, 0.862, 0.854, 0.859],
            "value": [1_482_300, 2_106_450, 2_198_020, 2_121_900],
        }
    )
    writer.table(
        "headline", headline, caption="Candidates on the test partition, with 95 % intervals".replace("95 % ", ""),
        columns={
            "model": Column("Model"), "auc": Column("AUC", "ratio3", interval=("low", "high")),
            "ks": Column("KS", "ratio3"), "loss": Column("Log-loss", "ratio4"), "air": Column("Lowest AIR", "ratio3"),
            "value": Column("Value", "money0", "NT$"),
        },
        strong=headline["model"] == "Monotone GBM", note="Intervals are DeLong for the AUC.",
    )  # fmt: skip
    wide = pd.DataFrame({"segment": [f"Segment {each}" for each in range(14)]})
    for number in range(10):
        wide[f"m{number}"] = generator.normal(0.1, 0.05, 14)
    writer.table(
        "wide", wide, caption="Segments by every measure",
        columns={"segment": Column("Segment"), **{f"m{n}": Column(f"Measure {n}", "ratio3") for n in range(10)}},
    )  # fmt: skip
    long = pd.DataFrame({"code": [f"RML-X{each:02d}" for each in range(75)], "meaning": PROSE[:90], "limit": 0.2})
    writer.table(
        "long", long, caption="Thresholds in force", limit=70,
        columns={"code": Column("Code", width=1), "meaning": Column("Meaning", width=5),
                 "limit": Column("Limit", "ratio2", width=1)},
    )  # fmt: skip
    grid = np.linspace(0, 1, 60)
    with apply_style():
        for number in range(sections):
            _section_evidence(writer, generator, grid, number, rows, values)
    writer.close()
    return read_evidence([folder / "comparison"])


def _section_evidence(
    writer: EvidenceWriter, generator: np.random.Generator, grid: np.ndarray, number: int, rows: int, values: dict
) -> None:
    figure = new_figure(3.1)
    axes = figure.subplots(1, 2)
    for position, name in enumerate(MODELS):
        curve = grid ** (0.55 - 0.06 * position)
        axes[0].plot(grid, curve, label=MODELS[name], **model_line(name))
        axes[0].annotate(MODELS[name], (grid[6 + 9 * position], curve[6 + 9 * position]), xytext=(6, -9 - 3 * position),
                         textcoords="offset points", color=model_line(name)["color"], fontsize=8)  # fmt: skip
    axes[0].set(xlabel="Share of good customers (%)", ylabel="Share of bad customers (%)", title="All rows")
    points = generator.normal(size=(3000, 2))
    axes[1].scatter(*points.T, s=3, alpha=0.4, linewidths=0, rasterized=rasterised(len(points)))
    axes[1].set(xlabel="Utilisation (log)", ylabel="Contribution (log-odds)", title="Test rows")
    writer.figure(
        f"roc{number}", figure, pd.DataFrame({"x": grid}), caption="Receiver operating characteristic by candidate",
        statement="The monotone GBM lies above the GLM everywhere; its AUC is {auc.mgbm} against {auc.glm}.",
        alt="Curves of four candidates; the monotone GBM, {auc.mgbm}, lies above the GLM, {auc.glm}.",
    )  # fmt: skip
    frame = pd.DataFrame(
        {
            "input": [f"PAY_{each % 7} | <b>{each}</b>" for each in range(rows)],
            "meaning": ["Repayment status, months late" if each % 2 else "Amount of bill" for each in range(rows)],
            **{name: generator.normal(0.1, 0.05, rows) for name in ("psi", "iv", "rho", "vif")},
            "n": generator.integers(800, 21000, rows),
        }
    )
    writer.table(
        f"inputs{number}", frame, caption="Inputs by stability and strength",
        columns={
            "input": Column("Input"), "meaning": Column("Meaning"), "psi": Column("PSI", "ratio3"),
            "iv": Column("Information value", "ratio3"), "rho": Column("ρ", "signed3"), "vif": Column("VIF", "ratio2"),
            "n": Column("n", "integer"),
        },
        note="PSI compares train with test.", limit=200,
    )  # fmt: skip


def chapter(number: int, sections: range) -> str:
    """A chapter in the template's subset."""
    parts = [f"# Performance, part {number} {{#sec-part-{number}}}\n\n{PROSE} See @sec-part-1 and [@delong1988].\n"]
    return "\n".join([*parts, *(SECTION.replace("EACH", str(each)).replace("PROSE", PROSE) for each in sections)])


SECTION = """## Ranking on group EACH {#sec-group-EACH}

{{< include /evidence/comparison/verdict.qmd >}}

PROSE @fig-comparison-rocEACH shows it, @tbl-comparison-inputsEACH lists the inputs, and @sec-terms explains the words.

{{< include /evidence/comparison/rocEACH.qmd >}}

{{< include /evidence/comparison/inputsEACH.qmd >}}

::: {.method}
PROSE

Intervals follow DeLong [@delong1988, p. 840].
:::

PROSE

PROSE

### What follows

PROSE
"""


SHEET = """# Decision sheet {.unnumbered #decision}

:::::: {.decision-sheet}
{{< include /narrative/identity.qmd >}}

{{< include /evidence/comparison/verdict.qmd >}}

{{< include /evidence/comparison/headline.qmd >}}

### Findings {.unnumbered}

{{< include /narrative/findings-short.qmd >}}

### Conditions of use {.unnumbered}

- Only for revolving accounts of natural persons, open for at least six months.
- Override rate and rank stability reviewed every quarter.

### Not run {.unnumbered}

Out-of-time performance: the portfolio holds no later period.
::::::

::: {#contents}
:::

::: {#list-of-figures}
:::

::: {#list-of-tables}
:::
"""


def write_template(folder: Path, chapters: int = 2, sections: int = 6) -> Path:
    """The real template's styles with chapters of our own."""
    folder.mkdir(parents=True)
    for name in ("_quarto.yml", "_quarto-print.yml", "references.bib"):
        shutil.copyfile(TEMPLATE / name, folder / name)
    shutil.copytree(TEMPLATE / "styles", folder / "styles")
    (folder / "chapters").mkdir()
    (folder / "chapters" / "sheet.qmd").write_text(SHEET)
    each = -(-sections // chapters)
    names = []
    for number in range(1, chapters + 1):
        (folder / "chapters" / f"part{number}.qmd").write_text(
            chapter(number, range((number - 1) * each, min(sections, number * each)))
        )
        names.append(f"chapters/part{number}.qmd")
    (folder / "chapters" / "end.qmd").write_text(END)
    includes = ["chapters/sheet.qmd", *names, "chapters/end.qmd"]
    (folder / "report.qmd").write_text("\n\n".join(f"{{{{< include {name} >}}}}" for name in includes) + "\n")
    return folder


END = """# Findings {#sec-findings}

{{< include /narrative/findings.qmd >}}

::: {.content-visible when-meta="flags.air_breach"}
The adverse impact ratio is below its threshold.
:::

::: {.content-hidden when-meta="flags.air_breach"}
No group falls below the threshold of @sec-group-0.
:::

{{< include /narrative/signoff.qmd >}}

# Terms {#sec-terms .appendix}

Gini is 2·AUC − 1. The share of bad rows is {{< var comparison.share >}}.

## Symbols {#sec-symbols}

$\\rho$ is a rank correlation, as in @sec-terms and @sec-symbols.

# Full tables {#sec-full .appendix}

{{< include /evidence/comparison/long.qmd >}}

{{< include /evidence/comparison/wide.qmd >}}

What follows the wide table stands upright again.

1. First, a numbered list.
2. Second, with a long item that runs on until it has to be broken over two lines of this column of text.

Term
:   A definition, as the glossary has it.

# References {.unnumbered}

::: {#refs}
:::
"""


def write_project(folder: Path, chapters: int = 2, sections: int = 6, rows: int = 12) -> Path:
    """Assemble the whole demo and return the project."""
    template = write_template(folder / "template", chapters, sections)
    evidence = write_evidence(folder / "evidence", sections, rows)
    return assemble(
        template,
        evidence,
        {
            "model": {"name": "Card default <PD>", "version": "1.4.0"},
            "document": {
                "title": "Card default model: development and validation",
                "date": AS_OF.isoformat(), "model": "PD-CARD-07", "version": "1.4.0", "classification": "Confidential",
            },
        },
        {"air_breach": False},
        narrative(),
        folder / "document",
        analyses=("comparison", "fairness"),
        font_cache=FONTS,
    )  # fmt: skip


def narrative() -> dict[str, str]:
    """What the pipeline would make from the spec and the findings."""
    facts = {
        "Model": "PD-CARD-07, Card default", "Version": "1.4.0 of 31 October 2026", "Owner": "Retail Credit Risk",
        "Use": "Approve, decline, price revolving credit", "Tier": "1 (exposure NT$ 31 bn × automated decision)",
        "Champion": "Monotone GBM, 19 inputs", "Benchmark": "Elastic-net GLM", "Evidence": "sha256 41c0…9e",
    }  # fmt: skip
    findings = [
        ("RML-C04", "high", "Calibration fails in the lowest grade"),
        ("RML-D02", "medium", "Two inputs drift between train and test"),
        ("RML-P07", "low", "Cut-off sits on a flat part of the value curve"),
    ]
    body = [PROSE, "*To do:* recalibrate on the most recent twelve months; owner Retail Credit Risk."]
    return {
        "identity": facts_table(facts),
        "findings-short": "\n".join(finding_block(*each) for each in findings),
        "findings": "\n".join(finding_block(*each, body) for each in findings),
        "signoff": signoff_table([("Developer", "A. Lindqvist"), ("Validator", "M. Okafor"), ("Owner", "")]),
    }


def main(destination: Path, chapters: int, sections: int, rows: int) -> None:
    """Write the demo and say what each step took."""
    import resource
    import time

    started = time.perf_counter()

    def lap(step: str) -> None:
        nonlocal started
        now = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{step:28s} {now - started:6.2f} s   peak {peak:5.0f} MB")
        started = time.perf_counter()

    shutil.rmtree(destination, ignore_errors=True)
    project = write_project(destination, chapters, sections, rows)
    lap("evidence and assembly")
    screen = render_html(project, "screen", "pandoc")
    lap(f"screen ({screen.stat().st_size / 1e6:.2f} MB)")
    paper = render_html(project, "print", "pandoc")
    lap("print HTML")
    pdf = write_pdf(paper, destination / "report.pdf", as_of=AS_OF,
                    attachments=[Attached(project / "metrics.json", "Every number of the document")])  # fmt: skip
    lap(f"PDF ({pdf.stat().st_size / 1e6:.2f} MB)")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(each) for each in sys.argv[2:]))
