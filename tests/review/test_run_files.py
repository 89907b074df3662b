"""A run that is not what a build writes is refused in one line."""

from __future__ import annotations

import json

import pytest

from respml.errors import InputError
from respml.review.run_files import read_run
from tests.review.small_run import rewrite_manifest


@pytest.mark.parametrize(
    "content",
    [
        {"spec": {}},
        {"spec": {"candidates": []}},
        {"stages": {"data": 1}},
    ],
)
def test_a_manifest_that_lacks_its_parts(small, content):
    path = small.folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **content}))
    with pytest.raises(InputError, match=r"is not as this respml writes one") as caught:
        read_run(small.folder)
    assert "\n" not in caught.value.line()


@pytest.mark.parametrize("text", ["{}", "[1]", "[" * 100_000])
def test_files_that_are_something_else(small, text):
    (small.folder / "evidence" / "performance" / "index.json").write_text(text)
    rewrite_manifest(small.folder)
    with pytest.raises(InputError):
        read_run(small.folder)
