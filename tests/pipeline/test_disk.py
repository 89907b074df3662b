"""A refusal of the operating system is one line that says what to do."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from respml.errors import InputError
from respml.pipeline.disk import place_errors


def refusing(number: int, destination: object = None) -> OSError:
    return OSError(number, os.strerror(number), str(destination) if destination else None)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk(tmp_path: Path, number: int) -> None:
    with pytest.raises(InputError, match="The disk is full"), place_errors(tmp_path):
        raise refusing(number)


@pytest.mark.parametrize(
    ("number", "message"), [(errno.ENOSPC, "The disk is full"), (errno.EACCES, "may not be written")]
)
def test_copying_a_tree_tells_it_as_text_only(tmp_path: Path, number: int, message: str) -> None:
    def refused(source: str, destination: str) -> None:
        raise refusing(number, destination)

    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "a").write_text("a")
    with pytest.raises(InputError, match=message), place_errors(tmp_path):
        shutil.copytree(tmp_path / "from", tmp_path / "to", copy_function=refused)


def test_refusals_elsewhere_are_left_to_whoever_knows(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), place_errors(tmp_path / "here"):
        raise refusing(errno.EACCES, tmp_path / "there")
    with pytest.raises(shutil.Error), place_errors(tmp_path / "here"):
        raise shutil.Error([("a", str(tmp_path / "there"), f"[Errno {errno.EACCES}] Permission denied")])
    with pytest.raises(shutil.Error), place_errors(tmp_path):
        raise shutil.Error("Destination path exists")
