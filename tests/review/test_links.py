"""Each way to break the chain of versions is caught from the run that is verified, with its cause in one line."""

from __future__ import annotations

import json
import shutil

import pytest

from respml.cli import main
from respml.review import consistency
from respml.review.links import check_links
from respml.review.versions import chain, keep_manifest
from tests.review.test_versions import after, write


@pytest.fixture
def three(tmp_path):
    """Versions 1.0.0, 1.1.0 and 1.2.0, each following the one before."""
    write(tmp_path, "1.0.0")
    write(tmp_path, "1.1.0", after(tmp_path, "1.0.0"))
    write(tmp_path, "1.2.0", after(tmp_path, "1.1.0"))
    return tmp_path


def broken(folder, version="1.2.0"):
    return [each.line for each in check_links(folder / version) if each.state == "broken"]


def edit(folder, version, **content):
    path = folder / version / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **content}))


def swap(folder, first, second):
    (folder / first).rename(folder / "aside")
    (folder / second).rename(folder / first)
    (folder / "aside").rename(folder / second)


def test_a_whole_chain_is_walked_to_its_beginning(three):
    assert [each.state for each in check_links(three / "1.2.0")] == ["whole", "whole"]
    assert [each.state for each in check_links(three / "1.0.0")] == []


@pytest.mark.parametrize(
    ("change", "version", "cause"),
    [
        (lambda f: edit(f, "1.1.0", note="x"), "1.2.0", "manifest of version 1.1.0 is not the one that 1.2.0 follows"),
        (lambda f: edit(f, "1.0.0", note="x"), "1.2.0", "manifest of version 1.0.0 is not the one that 1.1.0 follows"),
        (lambda f: edit(f, "1.0.0", note="x"), "1.0.0", "manifest of version 1.0.0 is not the one that 1.1.0 follows"),
        (lambda f: shutil.rmtree(f / "1.1.0"), "1.2.0", "version 1.1.0, which 1.2.0 follows, is gone"),
        (lambda f: shutil.rmtree(f / "1.0.0"), "1.2.0", "version 1.0.0, which 1.1.0 follows, is gone"),
        (lambda f: swap(f, "1.0.0", "1.1.0"), "1.2.0", "folder 1.1.0 holds the manifest of version 1.0.0"),
        (lambda f: swap(f, "1.1.0", "1.2.0"), "1.2.0", "folder 1.2.0 holds the manifest of version 1.1.0"),
        (lambda f: (f / "1.1.0" / "manifest.json").write_text("{"), "1.2.0", "holds a manifest that cannot be read"),
        (lambda f: edit(f, "1.2.0", previous={"version": "../1", "manifest_sha256": "a"}), "1.2.0", "cannot be read"),
        (lambda f: edit(f, "1.2.0", previous="1.1.0"), "1.2.0", "cannot be read"),
    ],
)  # fmt: skip
def test_each_break_has_its_cause(three, change, version, cause):
    change(three)
    lines = broken(three, version)
    assert any(cause in line for line in lines), lines
    assert all("\n" not in line for line in lines)


def test_a_link_in_a_circle_is_a_changed_order(tmp_path):
    """Each manifest would have to hold the digest of the other: only one of them can be kept, the first link breaks."""
    write(tmp_path, "1.0.0")
    write(tmp_path, "1.1.0", after(tmp_path, "1.0.0"))
    keep_manifest(tmp_path / "1.1.0")
    write(tmp_path, "1.1.0", after(tmp_path, "1.1.0"), note="follows itself")
    assert broken(tmp_path, "1.1.0") == ["version 1.1.0 follows 1.1.0, which comes after it: the order was changed"]


def test_a_draft_built_again_is_no_break_as_long_as_its_manifest_is_kept(three):
    kept = keep_manifest(three / "1.1.0")
    write(three, "1.1.0", after(three, "1.0.0"), note="built again")
    assert [each.state for each in check_links(three / "1.2.0")] == ["replaced", "whole"]
    assert [each.state for each in check_links(three / "1.1.0")] == ["whole", "replaced"]
    kept.write_text(kept.read_text() + " ")
    assert "manifest kept of version 1.1.0, which 1.2.0 follows, was edited" in broken(three)[0]
    assert [each.state for each in chain(three)] == ["first", "whole", "broken"]


def test_a_preview_is_verified_under_its_own_name(three):
    write(three, "preview-1.3.0", after(three, "1.2.0"), version="1.3.0")
    assert [each.state for each in check_links(three / "preview-1.3.0")] == ["whole"] * 3


def test_the_command_fails_with_the_cause_and_can_be_told_that_a_run_stands_alone(three, capsys, monkeypatch):
    # these runs are manifests alone; what runs hold is held against their evidence elsewhere
    monkeypatch.setattr(consistency, "run_steps", lambda run: [])
    assert main(["verify", str(three / "1.2.0")]) == 0
    assert "chain: 1.2.0 follows 1.1.0, which is as it was" in capsys.readouterr().out
    shutil.rmtree(three / "1.0.0")
    assert main(["verify", str(three / "1.2.0")]) == 2
    error = capsys.readouterr().err.strip()
    assert "chain of versions is broken: version 1.0.0, which 1.1.0 follows, is gone" in error
    assert len(error.splitlines()) == 1
    assert main(["verify", str(three / "1.2.0"), "--alone"]) == 0
    assert "not looked at" in capsys.readouterr().out
