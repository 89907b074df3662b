"""The stages that render an assembled project: screen, paper and Word, of the report or of a volume beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from respml.evidence.twin import TWIN
from respml.pipeline.layout import FINDINGS, PROJECT
from respml.pipeline.stage import Stage, StageRun
from respml.spec.report import ReportSpec

RENDERING = {"html": "screen", "pdf": "paper", "docx": "word"}
"""The stage that renders each format; its files end like the format."""


@dataclass(frozen=True)
class Publication:
    """One document of a run, and where its parts come from.

    Attributes
    ----------
    assembled: the stage that left its project.
    prefix: of the names of the stages that render it.
    stem: of its files' names in a run.
    findings: its checks' results, within the folder of the stage ``checks``.
    """

    assembled: str
    prefix: str
    stem: str
    findings: str

    def files(self) -> dict[str, str]:
        """The file that each rendering stage leaves, by the stage's name."""
        return {f"{self.prefix}{stage}": f"{self.stem}.{ending}" for ending, stage in RENDERING.items()}


REPORT = Publication("document", "", "report", FINDINGS)


def rendering_stages(spec: ReportSpec, publication: Publication, formats: tuple[str, ...]) -> list[Stage]:
    """The stages of one document, one for each format asked for.

    Parameters
    ----------
    formats: of ``html``, ``pdf`` and ``docx``.
    """
    from respml.document.engines import engine_identity
    from respml.document.pandoc_engine import pandoc_version

    engine, version = engine_identity(spec.render.engine)
    screen, paper, word = publication.files().items()
    source = publication.assembled
    rendered = {"assembled": source, "engine": engine, "version": version}
    as_of = spec.model.as_of.isoformat()
    stages = {
        "html": Stage(
            name=screen[0],
            run=run_screen,
            inputs=(source,),
            parameters={**rendered, "file": screen[1]},
            entry=("respml.document.engines", "respml.pipeline.rendering"),
        ),
        "pdf": Stage(
            name=paper[0],
            run=run_paper,
            inputs=(source, "checks"),
            parameters={
                **rendered,
                "file": paper[1],
                "findings": publication.findings,
                "variant": spec.render.pdf_variant,
                "as_of": as_of,
                "title": spec.model.name,
            },
            entry=("respml.document.engines", "respml.document.pdf", "respml.pipeline.rendering"),
            libraries=("weasyprint", "pydyf"),
        ),
        "docx": Stage(
            name=word[0],
            run=run_word,
            inputs=(source,),
            parameters={
                "assembled": source,
                "file": word[1],
                "pandoc": pandoc_version(),
                "paper": spec.render.paper,
                "as_of": as_of,
            },
            entry=("respml.document.word", "respml.pipeline.rendering"),
            libraries=("weasyprint", "pydyf", "pypdfium2", "pillow", "fonttools"),
        ),
    }
    return [stage for each, stage in stages.items() if each in formats]


def place_documents(folder: Path, stages: Mapping[str, Path], publication: Publication) -> None:
    """Copy what the rendering stages of a document left into the folder of a run."""
    for stage, name in publication.files().items():
        if stage in stages:
            shutil.copyfile(stages[stage] / name, folder / name)


@contextmanager
def _own_copy(run: StageRun) -> Iterator[Path]:
    """The assembled project, copied: rendering writes into it and the store's folders are read only."""
    project = run.folder / PROJECT
    shutil.copytree(run.inputs[run.parameters["assembled"]] / PROJECT, project)
    yield project
    shutil.rmtree(project)


def run_screen(run: StageRun) -> None:
    """Render the screen document."""
    from respml.document.engines import render_html

    with _own_copy(run) as project:
        rendered = render_html(project, profile="screen", engine=run.parameters["engine"])
        shutil.move(rendered, run.folder / run.parameters["file"])


def run_paper(run: StageRun) -> None:
    """Render the print document and make it a PDF with the evidence attached."""
    from respml.document.engines import render_html
    from respml.document.pdf import Attached, write_pdf

    findings, twin = run.inputs["checks"] / run.parameters["findings"], run.inputs[run.parameters["assembled"]] / TWIN
    with _own_copy(run) as project:
        write_pdf(
            render_html(project, profile="print", engine=run.parameters["engine"]),
            run.folder / run.parameters["file"],
            variant=run.parameters["variant"],
            attachments=[
                Attached(twin, "Every number of this document with interval, n and source"),
                Attached(findings, "Every check, its state and what it saw", "Supplement"),
            ],
            as_of=date.fromisoformat(run.parameters["as_of"]),
            title=run.parameters["title"],
        )


def run_word(run: StageRun) -> None:
    """Render the Word document; Pandoc does it under either engine."""
    from respml.document.word import write_word

    with _own_copy(run) as project:
        write_word(
            project,
            run.folder / run.parameters["file"],
            as_of=date.fromisoformat(run.parameters["as_of"]),
            paper=run.parameters["paper"],
        )
