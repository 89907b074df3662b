"""A bundle is the same bytes each time, holds no more data than allowed, and cannot write outside its folder."""

from __future__ import annotations

import json
import stat
import zipfile

import pandas as pd
import pytest
import yaml

from respml.errors import InputError
from respml.pipeline.manifest import write_manifest
from respml.review.archive import extract_archive, write_archive
from respml.review.bundle import SAMPLE, write_bundle
from respml.spec import load_spec


def pack(small, target, data="none", **more):
    return write_bundle(small.folder, target, data=data, stages=small.stages, loaded=small.loaded, **more)


def names(path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.mark.parametrize("data", ["none", "sample", "full"])
def test_equal_runs_give_equal_bytes(small, tmp_path, data):
    first = pack(small, tmp_path / "a" / "x.zip", data)
    for path in small.folder.rglob("*"):
        path.touch()
    assert pack(small, tmp_path / "b" / "x.zip", data) == first
    assert (tmp_path / "a" / "x.zip").read_bytes() == (tmp_path / "b" / "x.zip").read_bytes()


def test_without_data_no_row_travels(small, tmp_path):
    pack(small, tmp_path / "x.zip")
    found = names(tmp_path / "x.zip")
    assert found == sorted(found)
    assert not [each for each in found if "rows" in each or each.startswith("sample")]
    assert {"bundle.json", "lock.txt", "spec/report.yml", "run/report.pdf", "run/notebooks/performance.ipynb"} <= set(
        found
    )
    assert {"run/candidates/mgbm/model.ubj", "run/evidence/performance/index.json"} <= set(found)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        (tmp_path / "report.yml").write_bytes(archive.read("spec/report.yml"))
    assert load_spec(tmp_path / "report.yml").spec == small.loaded.spec


def test_a_sample_holds_features_and_scores_of_the_reported_partitions_alone(small, tmp_path):
    pack(small, tmp_path / "x.zip", "sample")
    with zipfile.ZipFile(tmp_path / "x.zip") as archive, archive.open(SAMPLE) as stream:
        sample = pd.read_parquet(stream)
    allowed = ("partition", "outcome", "feature.", "probability.")
    assert all(each.startswith(allowed) for each in sample.columns)
    assert set(sample["partition"]) == {"test"}
    assert 0 < len(sample) <= 500
    assert "rows.csv" not in " ".join(names(tmp_path / "x.zip"))


def test_full_data_is_the_source_as_it_was_given(small, tmp_path):
    pack(small, tmp_path / "x.zip", "full")
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.read("spec/rows.csv") == (small.loaded.folder / "rows.csv").read_bytes()
        assert archive.read("spec/report.yml").startswith(b"# kept as written")


@pytest.mark.parametrize(("allowed", "asked"), [("none", "sample"), ("sample", "full"), ("none", "full")])
def test_more_data_than_the_spec_allows_is_refused(small, tmp_path, allowed, asked):
    manifest = json.loads((small.folder / "manifest.json").read_text())
    manifest["spec"]["review"]["bundle_data"] = allowed
    write_manifest(small.folder, {key: each for key, each in manifest.items() if key != "files"})
    with pytest.raises(InputError, match=f"allows a bundle the data level '{allowed}'"):
        pack(small, tmp_path / "x.zip", asked)
    assert not (tmp_path / "x.zip").exists()


def test_a_run_that_is_not_what_was_built_is_not_packed(small, tmp_path):
    (small.folder / "report.html").write_text("other")
    with pytest.raises(InputError, match=r"report\.html was changed"):
        pack(small, tmp_path / "x.zip")


def test_another_spec_than_the_runs_is_refused_with_full_data(small, tmp_path):
    content = yaml.safe_load(small.loaded.path.read_text())
    small.loaded.path.write_text(yaml.safe_dump({**content, "seed": 4}))
    with pytest.raises(InputError, match="not the one this run was built from"):
        write_bundle(
            small.folder, tmp_path / "x.zip", data="full", stages=small.stages, loaded=load_spec(small.loaded.path)
        )


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/etc/evil", "C:/evil", "a\\..\\evil", "a//b", "./a", "a/", "nul\x01", "a:b"],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x")
    (tmp_path / "into").mkdir()
    with pytest.raises(InputError, match="no file of a bundle"):
        extract_archive(tmp_path / "x.zip", tmp_path / "into")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["into", "x.zip"]
    assert list((tmp_path / "into").iterdir()) == []


def test_links_and_names_given_twice_are_refused(tmp_path):
    (tmp_path / "into").mkdir()
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        entry = zipfile.ZipInfo("a")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(InputError, match="no file of a bundle"):
        extract_archive(tmp_path / "link.zip", tmp_path / "into")
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("a/b", "1")
        archive.writestr("A/b", "2")
    with pytest.raises(InputError, match="twice"):
        extract_archive(tmp_path / "twice.zip", tmp_path / "into")


def test_what_is_no_zip_or_a_damaged_one_is_refused(tmp_path):
    (tmp_path / "into").mkdir()
    (tmp_path / "x.zip").write_bytes(b"no zip")
    with pytest.raises(InputError, match="cannot be read"):
        extract_archive(tmp_path / "x.zip", tmp_path / "into")
    write_archive(tmp_path / "y.zip", {"a": b"some content"})
    raw = (tmp_path / "y.zip").read_bytes()
    (tmp_path / "y.zip").write_bytes(raw.replace(b"some content", b"other conten"))
    with pytest.raises(InputError, match="cannot be read"):
        extract_archive(tmp_path / "y.zip", tmp_path / "into")


def test_a_compressed_bundle_is_refused_before_it_is_unpacked(tmp_path):
    """Bundles are stored; what is compressed could be a thousand times larger than its file."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"0" * 1_000_000)
    (tmp_path / "into").mkdir()
    with pytest.raises(InputError, match="compressed"):
        extract_archive(path, tmp_path / "into")
    assert not list((tmp_path / "into").iterdir())
