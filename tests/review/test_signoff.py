"""A signature holds for the exact bytes it was given for, and a signed version is not overwritten."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import yaml

from respml.cli import main
from respml.errors import InputError
from respml.pipeline.build import refuse_in_vain
from respml.pipeline.manifest import differences
from respml.pipeline.placing import place_run
from respml.review import signoff
from respml.review.signoff import is_signed, require_unsigned, sha256_of, sign, states
from tests.review.small_run import rewrite_manifest


def state_of(run) -> dict[str, str]:
    return {each.role: each.state for each in states(run)}


def test_an_unsigned_run_says_so_for_each_role(small):
    assert state_of(small.folder) == {"developer": "unsigned", "validator": "unsigned", "owner": "unsigned"}
    assert not is_signed(small.folder)


def test_a_signature_names_the_bytes_it_was_given_for(small):
    sign(small.folder, role="developer", name="Ada", day=date(2026, 10, 1))
    (entry,) = yaml.safe_load((small.folder / "signoff.yml").read_text())["signatures"]
    told = {**{key: str(value) for key, value in entry.items()}, "comment": "", "record_sha256": ""}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    assert entry.pop("record_sha256") == digest
    assert entry == {
        "role": "developer",
        "name": "Ada",
        "decision": "approve",
        "day": date(2026, 10, 1),
        "report_sha256": sha256_of(small.folder / "report.pdf"),
        "manifest_sha256": sha256_of(small.folder / "manifest.json"),
    }
    assert state_of(small.folder)["developer"] == "signed"
    assert differences(small.folder) == [], "the sign-off is no foreign file"


def test_without_a_day_the_signature_has_the_as_of_of_the_run(small):
    assert sign(small.folder, role="owner", name="Olga").day == date(2026, 9, 30)


@pytest.mark.parametrize("name", ["report.pdf", "manifest.json"])
def test_one_changed_byte_makes_a_signature_void(small, name):
    sign(small.folder, role="validator", name="Grace")
    path = small.folder / name
    raw = bytearray(path.read_bytes())
    raw[-2] ^= 1
    path.write_bytes(raw)
    (found,) = [each for each in states(small.folder) if each.role == "validator"]
    assert (found.state, found.reason) == ("void", f"{name} is not the file that was signed")


def test_a_missing_pdf_makes_a_signature_void(small):
    sign(small.folder, role="validator", name="Grace")
    (small.folder / "report.pdf").unlink()
    assert state_of(small.folder)["validator"] == "void"


def test_the_last_signature_of_a_role_counts_and_the_first_stays(small):
    sign(small.folder, role="validator", name="Grace", decision="reject", comment='Not yet: "why?"\nSee above.')
    sign(small.folder, role="validator", name="Grace")
    kept = yaml.safe_load((small.folder / "signoff.yml").read_text())["signatures"]
    assert [each["decision"] for each in kept] == ["reject", "approve"]
    assert kept[0]["comment"] == 'Not yet: "why?"\nSee above.'
    assert "approve by Grace" in next(each.line() for each in states(small.folder) if each.role == "validator")


@pytest.mark.parametrize("name", ["Ada Lovelace", "ada  lovelace", "ADA-LOVELACE", "Dev Eloper"])
def test_developer_and_validator_are_two_people(small, name):
    """The fourth is the developer of the spec, who has not signed."""
    sign(small.folder, role="developer", name="Ada Lovelace")
    with pytest.raises(InputError, match="must be somebody else"):
        sign(small.folder, role="validator", name=name)
    sign(small.folder, role="owner", name=name)
    sign(small.folder, role="validator", name="Grace Hopper")
    assert set(state_of(small.folder).values()) == {"signed"}


def test_one_person_written_into_both_roles_by_hand_is_void(small):
    sign(small.folder, role="developer", name="Ada")
    sign(small.folder, role="validator", name="Grace")
    path = small.folder / "signoff.yml"
    path.write_text(path.read_text().replace("Grace", "ada"))
    assert state_of(small.folder) == {"developer": "void", "validator": "void", "owner": "unsigned"}


@pytest.mark.parametrize(
    "given",
    [
        {"role": "auditor", "name": "A"},
        {"role": "owner", "name": " \n"},
        {"role": "owner", "name": "A", "decision": "maybe"},
        {"role": "owner", "name": "A", "decision": "reject"},
        {"role": "owner", "name": "A", "decision": "approve-with-conditions", "comment": "  "},
    ],
)
def test_signatures_that_say_too_little_are_refused(small, given):
    with pytest.raises(InputError):
        sign(small.folder, **given)
    assert not is_signed(small.folder)


def test_a_run_that_is_not_what_was_built_is_not_signed(small):
    (small.folder / "metrics.json").write_text("{}")
    with pytest.raises(InputError, match=r"metrics\.json was changed"):
        sign(small.folder, role="owner", name="Olga")


def test_a_signed_run_is_never_replaced_even_when_its_sign_off_is_damaged(small):
    require_unsigned(small.folder)
    sign(small.folder, role="owner", name="Olga")
    with pytest.raises(
        InputError, match=r"Version 1\.0\.0 is signed and is never overwritten\. Raise 'model\.version'"
    ):
        require_unsigned(small.folder)
    (small.folder / "signoff.yml").write_text("signatures: [")
    with pytest.raises(InputError):
        require_unsigned(small.folder)


def test_the_command_reports_each_role_and_fails_on_a_void_one(small, capsys):
    run = str(small.folder)
    assert main(["sign", run, "--as", "developer", "--name", "Ada"]) == 0
    assert main(["sign", run, "--as", "validator", "--name", "ada"]) == 2
    assert main(["verify", run]) == 0
    assert "developer: signed, approve by Ada on 2026-09-30\nvalidator: unsigned" in capsys.readouterr().out
    with (small.folder / "report.pdf").open("ab") as stream:
        stream.write(b" ")
    assert main(["verify", run]) == 2
    told = capsys.readouterr()
    assert "changed: report.pdf" in told.out
    assert "developer: void" in told.out


EDITS = {
    "a decision": lambda entries: entries[1].update(decision="approve"),
    "a condition": lambda entries: entries[1].pop("comment"),
    "a name": lambda entries: entries[0].update(name="Eve"),
    "a record removed": lambda entries: entries.pop(0),
    "records exchanged": lambda entries: entries.reverse(),
    "a record added by hand": lambda entries: entries.append({**entries[0], "role": "owner", "day": "2026-09-30"}),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_record_is_void(small, what):
    sign(small.folder, role="developer", name="Ada")
    sign(small.folder, role="validator", name="Val", decision="approve-with-conditions", comment="Recalibrate.")
    assert state_of(small.folder)["validator"] == "signed"
    shutil.rmtree(small.folder.parent / ".signed")  # the records speak for themselves, also where no copy is kept
    path = small.folder / "signoff.yml"
    content = yaml.safe_load(path.read_text())
    EDITS[what](content["signatures"])
    path.write_text(yaml.safe_dump(content))
    assert "signed" not in state_of(small.folder).values()
    assert "was edited or removed" in states(small.folder)[1].reason


def test_a_sign_off_that_was_removed_is_missed(small):
    """Without its copy the version would be unsigned, and a build could replace it."""
    sign(small.folder, role="validator", name="Val", decision="reject", comment="Not yet.")
    (small.folder / "signoff.yml").unlink()
    (found,) = (each for each in states(small.folder) if each.role == "validator")
    assert found.state == "void" and "is not the one that was kept" in found.reason
    assert found.signature is not None and found.signature.decision == "reject"
    assert main(["verify", str(small.folder)]) == 2
    with pytest.raises(InputError, match="is signed"):
        require_unsigned(small.folder)


def test_a_sign_off_that_was_made_anew_is_not_the_one_that_was_kept(small):
    """All digests of the file agree; that of the copy does not."""
    sign(small.folder, role="validator", name="Val", decision="reject", comment="Not yet.")
    (copy,) = (small.folder.parent / ".signed").iterdir()
    kept = copy.read_bytes()
    (small.folder / "signoff.yml").unlink()
    sign(small.folder, role="validator", name="Val", decision="approve")
    copy.write_bytes(kept)
    assert state_of(small.folder)["validator"] == "void"


@pytest.mark.parametrize(("found", "refused"), [([], True), (["data"], False)])
def test_a_build_that_would_end_at_a_signature_is_refused_before_it_computes(small, found, refused):
    """A signed version may be built again where nothing has to run, since it is then the same."""

    class Foreseen:
        results = dict.fromkeys(found)

        def add(self, stages):
            assert stages == ["data"]

    refuse_in_vain(small.folder, Foreseen(), ["data"])
    sign(small.folder, role="validator", name="Val")
    if refused:
        with pytest.raises(InputError, match="is signed"):
            refuse_in_vain(small.folder, Foreseen(), ["data"])
    else:
        refuse_in_vain(small.folder, Foreseen(), ["data"])


def test_only_a_kept_manifest_is_restored(tmp_path, capsys):
    (tmp_path / "manifest.json").write_text("{}")
    assert main(["restore", str(tmp_path / "manifest.json"), str(tmp_path / "x")]) == 2
    assert main(["restore", "/etc/passwd", str(tmp_path / "x")]) == 2
    assert "no kept manifest" in capsys.readouterr().err


def test_another_version_is_not_signed_with_it(small):
    sign(small.folder, role="validator", name="Val")
    other = small.folder.with_name(f"{small.folder.name}-draft")
    other.mkdir()
    assert not is_signed(other)


def test_comments_and_layout_of_the_file_are_no_part_of_a_record(small):
    sign(small.folder, role="validator", name="Val", decision="reject", comment="Not yet.\nSee § 2.")
    path = small.folder / "signoff.yml"
    path.write_text("# kept in the safe\n" + yaml.safe_dump(yaml.safe_load(path.read_text()), allow_unicode=True))
    assert state_of(small.folder)["validator"] == "signed"


def test_a_build_leaves_a_signed_version_alone(small):
    """The hook of the pipeline itself, with a run that differs from the one in place."""
    before = {path: path.read_bytes() for path in small.folder.rglob("*") if path.is_file()}
    sign(small.folder, role="owner", name="Olga")
    with pytest.raises(InputError, match="is signed"):
        place_run(small.folder, Path.mkdir, {"version": "1.0.0", "software": "another"})
    assert {path: path.read_bytes() for path in before} == before


def test_a_signature_given_while_a_build_lays_out_its_run_is_kept(small):
    def fill(fresh):
        fresh.mkdir()
        sign(small.folder, role="owner", name="Olga")

    with pytest.raises(InputError, match="is signed"):
        place_run(small.folder, fill, {"version": "1.0.0", "software": "another"})
    assert [each.state for each in states(small.folder) if each.role == "owner"] == ["signed"]
    assert sorted(each.name for each in small.folder.parent.iterdir()) == [".signed", small.folder.name]


def test_a_run_that_was_replaced_meanwhile_is_not_signed(small, monkeypatch):
    """The signer has looked at one run; while waiting for the build's lock another one takes its place."""

    @contextmanager
    def waiting(folder):
        (folder / "report.pdf").write_bytes(b"%PDF another")
        rewrite_manifest(folder)
        yield

    monkeypatch.setattr(signoff, "writing_in", waiting)
    with pytest.raises(InputError, match="built again"):
        sign(small.folder, role="owner", name="Olga")
    assert not (small.folder / "signoff.yml").exists()
