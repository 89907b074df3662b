"""The stage that makes a Word document of an assembled project."""

from __future__ import annotations

import shutil
from datetime import date

from respml.pipeline.stage import Stage, StageRun
from respml.spec.report import ReportSpec

WORD = "report.docx"


def word_stage(spec: ReportSpec, *, name: str = "word", document: str = "document", file: str = WORD) -> Stage:
    """The stage of one Word document; Pandoc renders it under either engine.

    Parameters
    ----------
    name: the stage's.
    document: the stage that left the assembled ``project``.
    file: what the document is called in the run.
    """
    from respml.document.pandoc_engine import pandoc_version

    return Stage(
        name=name,
        run=run_word,
        inputs=(document,),
        parameters={
            "document": document,
            "file": file,
            "pandoc": pandoc_version(),
            "paper": spec.render.paper,
            "as_of": spec.model.as_of.isoformat(),
        },
        entry=("respml.document.word", "respml.pipeline.word_stage"),
        libraries=("weasyprint", "pydyf", "pypdfium2", "pillow", "fonttools"),
    )


def run_word(run: StageRun) -> None:
    """Render the Word document."""
    from respml.document.word import write_word

    project = run.folder / "project"
    shutil.copytree(run.inputs[run.parameters["document"]] / "project", project)
    write_word(
        project,
        run.folder / run.parameters["file"],
        as_of=date.fromisoformat(run.parameters["as_of"]),
        paper=run.parameters["paper"],
    )
    shutil.rmtree(project)
