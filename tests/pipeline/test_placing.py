"""A run is put in place whole, and what a person put into the one it replaces is kept."""

from __future__ import annotations

import json
import os

import pytest

from respml.pipeline.manifest import differences
from respml.pipeline.placing import place_run, recover


def lay_out(text, **more):
    """Writes a run of a report, a file below a folder, and whatever else."""

    def fill(fresh):
        (fresh / "evidence").mkdir(parents=True)
        (fresh / "report.html").write_text(text)
        (fresh / "evidence" / "numbers.csv").write_text("a\n1\n")
        for name, content in more.items():
            (fresh / name).write_text(content)

    return fill


def place(folder, text, **more):
    return place_run(
        folder, lay_out(text, **more), {"version": "1.0.0", "text": text, "spec": {}, "stages": {}}, is_version=True
    )


@pytest.fixture
def folder(tmp_path):
    run = tmp_path / "model" / "1.0.0"
    assert place(run, "one") == (True, ())
    return run


def test_the_same_run_is_left_alone(folder):
    (folder / "minutes.md").write_text("Of the committee.")
    assert place(folder, "one") == (False, ())
    assert (folder / "minutes.md").read_text() == "Of the committee."


def test_another_run_takes_its_place_and_the_manifest_of_the_old_one_is_kept(folder):
    before = (folder / "manifest.json").read_bytes()
    assert place(folder, "two") == (True, ())
    assert (folder / "report.html").read_text() == "two"
    assert differences(folder) == []
    (kept,) = (folder.parent / ".replaced").iterdir()
    assert kept.read_bytes() == before


def test_files_that_no_build_wrote_and_files_that_were_changed_are_kept(folder):
    (folder / "minutes.md").write_text("Of the committee.")
    (folder / "evidence" / "notes").mkdir()
    (folder / "evidence" / "notes" / "a.txt").write_text("Mine.")
    (folder / "report.html").write_text("one, with a pencil mark")
    (folder / "link").symlink_to("/nowhere")
    written, kept = place(folder, "two")
    assert written
    (place_kept,) = (each for each in (folder.parent / ".replaced").iterdir() if each.is_dir())
    assert {path.relative_to(place_kept).as_posix() for path in kept} == {
        "minutes.md",
        "evidence/notes/a.txt",
        "report.html",
        "link",
    }
    texts = {path.name: path.read_text() for path in kept if not path.is_symlink()}
    assert texts == {"minutes.md": "Of the committee.", "a.txt": "Mine.", "report.html": "one, with a pencil mark"}
    assert differences(folder) == []


def test_under_a_damaged_manifest_only_what_the_new_run_does_not_hold_is_a_persons(folder):
    (folder / "minutes.md").write_text("Of the committee.")
    (folder / "manifest.json").write_text("{")
    _, kept = place(folder, "two")
    assert [path.name for path in kept] == ["minutes.md"]


def test_a_run_that_cannot_be_laid_out_leaves_everything_as_it_was(folder):
    def fill(fresh):
        lay_out("two")(fresh)
        raise RuntimeError("no")

    before = json.loads((folder / "manifest.json").read_text())
    with pytest.raises(RuntimeError):
        place_run(folder, fill, {"version": "1.0.0", "text": "two"})
    assert json.loads((folder / "manifest.json").read_text()) == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def dead_process():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_a_build_that_was_killed_between_its_two_renames_is_undone(folder):
    """The run in place was set aside, the new one not yet put there."""
    before = (folder / "manifest.json").read_bytes()
    process = dead_process()
    folder.rename(folder.parent / f".1.0.0.{process}.old")
    lay_out("two")(folder.parent / f".1.0.0.{process}.new")
    recover(folder)
    assert [each.name for each in folder.parent.iterdir()] == ["1.0.0"]
    assert (folder / "manifest.json").read_bytes() == before


def test_what_a_running_build_lays_out_is_left_alone(folder):
    mine = folder.parent / f".1.0.0.{os.getpid()}.new"
    lay_out("two")(mine)
    lay_out("two")(folder.parent / ".1.0.0.notes.new")
    recover(folder)
    assert mine.is_dir() and (folder.parent / ".1.0.0.notes.new").is_dir()
