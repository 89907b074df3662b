"""Words that a person put where nothing reads them are not passed over without a word."""

from __future__ import annotations

import pytest

from respml.errors import InputError
from respml.review.comments import read_comments
from respml.review.findings_register import read_findings
from respml.review.narrative import read_narrative
from respml.review.registers import read_register

READERS = {
    "narrative": lambda folder: read_narrative(folder.parent, folder.name, ["performance"]),
    "findings": read_findings,
    "registers": lambda folder: read_register(folder, "limitations"),
    "comments": read_comments,
}
UNREAD = [
    ("narrative", "performance.MD"),
    ("narrative", "performance.txt"),
    ("narrative", "sub/performance.md"),
    ("findings", "RML-P03.mgbm.yaml"),
    ("findings", "closed/RML-P03.mgbm.yml"),
    ("registers", "limitations.yaml"),
    ("registers", "risks.yml"),
    ("comments", "sec-data-1.yaml"),
    ("comments", "sec-data.yml"),
]


@pytest.mark.parametrize(("kind", "name"), UNREAD)
def test_a_file_that_nothing_reads_is_refused_by_name(tmp_path, kind, name):
    path = tmp_path / kind / name
    path.parent.mkdir(parents=True)
    path.write_text("text: Words of a person.\n")
    with pytest.raises(InputError, match="is not read") as caught:
        READERS[kind](tmp_path / kind)
    assert caught.value.where == f"{kind}/{name}"


@pytest.mark.parametrize("kind", READERS)
def test_hidden_files_and_what_editors_leave_are_nobodys_words(tmp_path, kind):
    folder = tmp_path / kind
    (folder / ".git").mkdir(parents=True)
    for name in (".bindings.yml", ".DS_Store", ".git/config", "performance.md~", "x.yml.bak", ".x.yml.swp"):
        (folder / name).write_text("")
    READERS[kind](folder)
    READERS[kind](tmp_path / "nowhere" / kind)
