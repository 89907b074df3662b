"""What the operating system refuses is one line and exit code 2, whoever met it."""

from __future__ import annotations

import errno
import os
import shutil

import pytest

from respml import cli
from respml.verbs import reading


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "place/file"),
            "respml: place/file: No space left on device.",
        ),
        (shutil.Error([("a" * 300, "b", "[Errno 5] Input/output error")]), "respml: [('aaa"),
    ],
)
def test_no_traceback(
    error: OSError, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: object) -> int:
        raise error

    monkeypatch.setattr(reading, "findings", refused)
    assert cli.main(["findings", "run"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(words)
    assert told.count("\n") == 1 and len(told) < 400
