"""Word is a format like the others: asked for in the spec, listed in the manifest, held against it, always the same."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from respml.evidence import read_evidence
from tests.end_to_end.conftest import Built
from tests.end_to_end.projects import RUN, command, computed, write_spec


@pytest.mark.slow
def test_a_spec_that_asks_for_word_gets_it_beside_the_others(copy: Built, tmp_path: Path) -> None:
    assert not (copy.run / "report.docx").exists(), "nobody pays for a format that is not asked for"
    before = {name: (copy.run / name).read_bytes() for name in ("report.html", "report.pdf")}
    write_spec(copy.spec.parent, render={"formats": ["html", "pdf", "docx"]})
    assert computed(copy.spec, copy.output) == {"word", "scan"}
    word = copy.run / "report.docx"
    assert {name: (copy.run / name).read_bytes() for name in before} == before
    assert "report.docx" in json.loads((copy.run / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert command("verify", copy.run).returncode == 0

    evidence = read_evidence(sorted((copy.run / "evidence").iterdir()))
    with zipfile.ZipFile(word) as archive:
        body = archive.read("word/document.xml").decode()
    page = before["report.html"].decode()
    assert body.count("<w:tbl>") == page.count("<table") >= len(evidence.tables) // 2
    assert body.count("<wp:inline ") == page.count("<figcaption") > 0

    first = word.read_bytes()
    shutil.rmtree(copy.output / ".store" / "objects")
    word.unlink()
    assert command("verify", copy.run).returncode != 0
    elsewhere = tmp_path / "elsewhere"
    assert command("build", copy.spec, "--output", elsewhere, "-q").returncode == 0
    assert (elsewhere / RUN / "report.docx").read_bytes() == first


@pytest.mark.slow
def test_a_preview_in_word_leaves_the_run_as_it_is(copy: Built) -> None:
    before = sorted(path.name for path in copy.run.iterdir())
    assert command("build", copy.spec, "--output", copy.output, "--to", "docx", "-q").returncode == 0
    preview = copy.output / "small" / "preview-1.0.0"
    assert zipfile.is_zipfile(preview / "report.docx")
    assert not (preview / "report.pdf").exists()
    assert sorted(path.name for path in copy.run.iterdir()) == before


@pytest.mark.slow
def test_a_word_document_that_was_changed_is_named(copy: Built) -> None:
    write_spec(copy.spec.parent, render={"formats": ["html", "pdf", "docx"]})
    computed(copy.spec, copy.output)
    word = copy.run / "report.docx"
    content = bytearray(word.read_bytes())
    content[len(content) // 2] ^= 1
    word.write_bytes(bytes(content))
    result = command("verify", copy.run)
    assert result.returncode != 0 and "report.docx" in result.stdout + result.stderr
