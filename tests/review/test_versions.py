"""Which version came before, and whether the chain holds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from respml.errors import InputError
from respml.review.versions import (
    ancestors,
    chain,
    keep_manifest,
    manifest_of,
    natural_order,
    previous_run,
    replaced,
    versions,
)


def write(folder, name, previous=None, **content):
    """A run that is nothing but its manifest; returns the manifest's digest."""
    run = folder / name
    run.mkdir(parents=True, exist_ok=True)
    body = {"version": name, "files": {}, "spec": {}, "stages": {}, "previous": previous, **content}
    (run / "manifest.json").write_text(json.dumps(body))
    return hashlib.sha256((run / "manifest.json").read_bytes()).hexdigest()


def after(folder, version):
    digest = hashlib.sha256((folder / version / "manifest.json").read_bytes()).hexdigest()
    return {"version": version, "manifest_sha256": digest}


def test_a_manifest_and_its_digest_are_of_one_moment(tmp_path, monkeypatch):
    write(tmp_path, "1.0.0", made="after")
    built_again = (tmp_path / "1.0.0" / "manifest.json").read_bytes()
    digest = write(tmp_path, "1.0.0", made="before")
    read_bytes = Path.read_bytes

    def then_replaced(path):
        found = read_bytes(path)
        path.write_bytes(built_again)
        return found

    monkeypatch.setattr(Path, "read_bytes", then_replaced)
    manifest, told = manifest_of(tmp_path / "1.0.0")
    assert (manifest["made"], told) == ("before", digest)


def test_versions_sort_as_people_do():
    given = ["1.10.0", "1.9.1", "2.0.0", "1.9.1-draft", "1.9", "2.0.0-rc2", "2.0.0-rc10"]
    assert sorted(given, key=natural_order) == [
        "1.9", "1.9.1-draft", "1.9.1", "1.10.0", "2.0.0-rc2", "2.0.0-rc10", "2.0.0",
    ]  # fmt: skip


def test_the_nearest_lower_version_with_a_whole_run_comes_before(tmp_path):
    write(tmp_path, "1.0.0")
    digest = write(tmp_path, "1.9.0")
    write(tmp_path, "1.10.0")
    (tmp_path / "1.9.5").mkdir()  # a folder without a manifest is no run
    found = previous_run(tmp_path, "1.9.7")
    assert (found.version, found.manifest_sha256) == ("1.9.0", digest)
    assert previous_run(tmp_path, "1.0.0") is None
    assert previous_run(tmp_path / "nowhere", "1.0.0") is None


def test_previews_and_broken_manifests_are_no_versions(tmp_path):
    write(tmp_path, "1.0.0")
    write(tmp_path, "preview-1.1.0", version="1.1.0")
    (tmp_path / "1.0.5").mkdir()
    (tmp_path / "1.0.5" / "manifest.json").write_text("{")
    assert versions(tmp_path) == ("1.0.0",)


def test_the_spec_may_name_another_one(tmp_path):
    write(tmp_path, "1.0.0")
    write(tmp_path, "1.1.0")
    assert previous_run(tmp_path, "1.2.0", "1.0.0").version == "1.0.0"
    with pytest.raises(InputError, match=r"no complete run of version 0\.9.*Built are: 1\.0\.0, 1\.1\.0"):
        previous_run(tmp_path, "1.2.0", "0.9")
    with pytest.raises(InputError, match="cannot follow itself"):
        previous_run(tmp_path, "1.1.0", "1.1.0")


def test_the_chain_never_runs_in_a_circle(tmp_path):
    write(tmp_path, "1.0.0")
    write(tmp_path, "1.1.0", after(tmp_path, "1.0.0"))
    with pytest.raises(InputError, match=r"1\.1\.0 follows 1\.0\.0"):
        previous_run(tmp_path, "1.0.0", "1.1.0")


def test_each_link_says_whether_what_it_follows_is_still_there(tmp_path):
    write(tmp_path, "1.0.0")
    write(tmp_path, "1.1.0", after(tmp_path, "1.0.0"))
    write(tmp_path, "1.2.0", after(tmp_path, "1.1.0"))
    assert [each.state for each in chain(tmp_path)] == ["first", "whole", "whole"]
    assert [each.version for each in ancestors(tmp_path, "1.2.0")] == ["1.2.0", "1.1.0", "1.0.0"]

    keep_manifest(tmp_path / "1.1.0")
    write(tmp_path, "1.1.0", after(tmp_path, "1.0.0"), note="built again")
    assert [each.state for each in chain(tmp_path)] == ["first", "whole", "replaced"]
    # what 1.2.0 followed is no longer there, so its history ends before it
    assert [each.version for each in ancestors(tmp_path, "1.2.0")] == ["1.2.0"]

    write(tmp_path, "1.0.0", note="altered, and nothing kept")
    assert [each.state for each in chain(tmp_path)] == ["first", "broken", "replaced"]


def test_a_replaced_manifest_is_kept_byte_for_byte_once(tmp_path):
    digest = write(tmp_path, "1.0.0")
    before = (tmp_path / "1.0.0" / "manifest.json").read_bytes()
    kept = keep_manifest(tmp_path / "1.0.0")
    assert keep_manifest(tmp_path / "1.0.0") == kept
    assert kept.name == f"1.0.0-{digest}.json"
    assert kept.read_bytes() == before
    assert replaced(tmp_path) == (kept,)
    assert keep_manifest(tmp_path / "none") is None


def test_a_damaged_manifest_does_not_stand_in_the_way_of_building_again(tmp_path):
    write(tmp_path, "1.0.0")
    (tmp_path / "1.0.0" / "manifest.json").write_text("not json")
    assert keep_manifest(tmp_path / "1.0.0") is None
    (tmp_path / "1.0.0" / "manifest.json").write_text("[]")
    assert keep_manifest(tmp_path / "1.0.0") is None
    assert not list(tmp_path.glob("*/*-*.json"))
