"""No model file runs code: what would is refused, unless a person consents, and the consent is kept for the report."""

from __future__ import annotations

import json
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from respml.adapters.bringing import bring_external
from respml.adapters.external_model import Artefact
from respml.adapters.sklearn_model import open_sklearn
from respml.candidates.candidate import load_candidate
from respml.errors import AnalysisError, InputError, RespmlError
from respml.spec.external import External
from tests.adapters.made_elsewhere import NUMBERS, portfolio, train


class Hostile:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.target,))


def bring(entry: dict[str, Any], folder: Path, *, trust_pickle: bool = False) -> Any:
    external = {"vendor": External.model_validate({"label": "Vendor's model", **entry})}
    return bring_external(external, portfolio(), folder, trust_pickle=trust_pickle)["vendor"]


def fitted() -> LogisticRegression:
    rows, outcome = train(NUMBERS)
    return LogisticRegression().fit(rows.fillna(40.0), outcome)


FILL = {"preprocessing": {"fill": {"age": 40.0}}}


@pytest.mark.parametrize("suffix", ["pkl", "pickle", "joblib"])
@pytest.mark.parametrize("adapter", [None, "sklearn"])
def test_a_pickle_is_not_opened(tmp_path: Path, suffix: str, adapter: str | None) -> None:
    target = tmp_path / "was here"
    (tmp_path / f"model.{suffix}").write_bytes(pickle.dumps(Hostile(target)))
    with pytest.raises(InputError, match="--trust-pickle"):
        bring({"path": f"model.{suffix}", "adapter": adapter}, tmp_path)
    assert not target.exists()


@pytest.mark.parametrize(
    "adapter", ["sklearn", "xgboost", "onnx", "catboost", "lightgbm", "ebm", "coefficients", "h2o_mojo"]
)
def test_a_pickle_under_another_name_is_not_opened_either(tmp_path: Path, adapter: str) -> None:
    target = tmp_path / "was here"
    (tmp_path / "model.bin").write_bytes(pickle.dumps(Hostile(target)))
    with pytest.raises(InputError):
        bring({"path": "model.bin", "adapter": adapter}, tmp_path, trust_pickle=True)
    assert not target.exists()


def test_a_trusted_pickle_is_opened_kept_as_skops_and_told(tmp_path: Path) -> None:
    pytest.importorskip("skops", reason="the extra skops is not installed")
    made = fitted()
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(made))
    candidate = bring({"path": "model.pkl", **FILL}, tmp_path, trust_pickle=True)
    assert any("--trust-pickle" in note for note in candidate.parameters["notes"])
    candidate.save(tmp_path / "a")
    assert [path.name for path in (tmp_path / "a" / "files").iterdir()] == ["model.skops"]
    rows = portfolio().features("test")
    expected = made.predict_proba(rows[NUMBERS].fillna(40.0))[:, 1]
    np.testing.assert_allclose(load_candidate(tmp_path / "a").predict(rows), expected, atol=1e-12)
    again = bring({"path": "model.pkl", **FILL}, tmp_path, trust_pickle=True)
    assert again.artefact.main == candidate.artefact.main


def test_types_that_nobody_listed_are_not_made(tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io", reason="the extra skops is not installed")
    skops.dump(fitted(), tmp_path / "model.skops")
    with zipfile.ZipFile(tmp_path / "model.skops") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members["schema.json"])
    schema["__class__"], schema["__module__"] = "Popen", "subprocess"
    members["schema.json"] = json.dumps(schema).encode()
    with zipfile.ZipFile(tmp_path / "hostile.skops", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match=r"not trusted: subprocess\.Popen"):
        bring({"path": "hostile.skops", **FILL}, tmp_path)
    assert bring({"path": "model.skops", **FILL}, tmp_path).parameters["trusted_types"] == []


def test_the_trusted_types_are_listed_in_the_candidate(tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io", reason="the extra skops is not installed")
    from sklearn.isotonic import IsotonicRegression

    skops.dump(IsotonicRegression(), tmp_path / "other.skops")
    with pytest.raises(InputError, match="predicts no probability"):
        open_sklearn(Artefact({"model.skops": (tmp_path / "other.skops").read_bytes()}, {}))
    skops.dump(fitted(), tmp_path / "model.skops")
    entry = {"path": "model.skops", "options": {"trusted": ["somebody.elses.Type"]}, **FILL}
    assert bring(entry, tmp_path).parameters["trusted_types"] == ["somebody.elses.Type"]


def test_a_function_runs_only_with_consent_and_from_the_specs_folder(tmp_path: Path) -> None:
    inner = tmp_path / "spec"
    inner.mkdir()
    for folder in (inner, tmp_path):
        (folder / "code.py").write_text(f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n")
    with pytest.raises(ValueError, match="allow_code"):
        External.model_validate({"label": "x", "adapter": "python", "function": "code:p"})
    for function in ("../code:p", "os.path:join", "/etc/passwd:p", "code"):
        with pytest.raises(ValueError, match="module:function"):
            External.model_validate({"label": "x", "adapter": "python", "function": function, "allow_code": True})
    entry = {"adapter": "python", "function": "json:loads", "allow_code": True}
    with pytest.raises(InputError, match=r"no readable file 'json\.py' in the spec's folder"):
        bring(entry, inner)
    with pytest.raises(InputError, match="leads out of the spec's folder"):
        bring({**entry, "function": "code:p", "options": {"files": ["../code.py"]}}, inner)
    (tmp_path / "secret.py").write_text("def p(rows): return [0.5] * len(rows)\n")
    (inner / "linked.py").symlink_to(tmp_path / "secret.py")
    with pytest.raises(InputError, match="leads out of the spec's folder"):
        bring({**entry, "function": "linked:p"}, inner)
    assert not (tmp_path / "ran").exists()
    with pytest.raises(InputError, match="no function 'p'"):
        bring({**entry, "function": "code:p"}, inner)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("return [2.0] * len(rows)", "outside 0 to 1"),
        ("return [float('nan')] * len(rows)", "returned no value for"),
        ("return [0.5]", "returned 1 values for 50 rows"),
        ("return 'high'", "no numbers"),
        ("raise KeyError('gone')", "raised KeyError"),
        ("raise SystemExit(0)", "raised SystemExit: 0"),
        ("return [[0.2, 0.8]] * len(rows)", "returned 100 values for 50 rows"),
    ],
)
def test_a_function_that_does_not_keep_its_promise_is_named(tmp_path: Path, body: str, why: str) -> None:
    (tmp_path / "card.py").write_text(f"def score(rows):\n    {body}\n")
    with pytest.raises(AnalysisError, match=why):
        bring({"adapter": "python", "function": "card:score", "allow_code": True}, tmp_path)


IMPORTS = "import numpy as np\nfrom itertools import count\nCALLS, RANDOM = count(), np.random.default_rng()\n"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("(np.arange(len(rows)) + 0.5) / len(rows)", "depends on its place among the rows"),
        ("RANDOM.random(len(rows))", "other scores when it is called again"),
        ("np.full(len(rows), 0.1 + 0.01 * next(CALLS))", "other scores when it is called again"),
        (
            "np.full(len(rows), 0.5 if rows.index.is_monotonic_increasing else np.nan)",
            "depends on its place among the rows",
        ),
        ("rows['income'].rank(pct=True) / 2", "depends on the other rows scored with it"),
        ("1 / (1 + np.exp(-(rows['income'] - rows['income'].mean()) / 1e4))", "depends on the other rows scored"),
        ("np.full(len(rows), rows['income'].iloc[7] > 0)", r"raised IndexError.*when asked for 1 of the rows"),
    ],
)
def test_a_score_depends_on_its_row_alone_and_is_the_same_twice(tmp_path: Path, body: str, why: str) -> None:
    (tmp_path / "card.py").write_text(f"{IMPORTS}def score(rows):\n    return {body}\n")
    with pytest.raises(RespmlError, match=why) as caught:
        bring({"adapter": "python", "function": "card:score", "allow_code": True}, tmp_path)
    assert caught.value.where == "key 'candidates.external.vendor'" and caught.value.remedy


def test_a_function_that_reads_columns_by_place_must_say_which_they_are(tmp_path: Path) -> None:
    (tmp_path / "card.py").write_text("def score(rows):\n    return 1 / (1 + rows.iloc[:, 1].abs())\n")
    entry = {"adapter": "python", "function": "card:score", "allow_code": True}
    with pytest.raises(InputError, match="depend on the order of the data's columns"):
        bring(entry, tmp_path)
    # the first column turned round is the last, which is text
    (tmp_path / "text.py").write_text("def score(rows):\n    return 1 / (1 + rows.iloc[:, 0].abs())\n")
    with pytest.raises(InputError, match="depend on the order of the data's columns"):
        bring({**entry, "function": "text:score"}, tmp_path)
    listed = bring({**entry, "options": {"features": ["income", "arrears"]}}, tmp_path)
    rows = portfolio().features("test")
    np.testing.assert_allclose(listed.predict(rows[rows.columns[::-1]]), 1 / (1 + rows["arrears"].abs()))


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("FACTOR = float(open(OTHER).read())\ndef score(rows):\n    return [0.5] * len(rows)\n", "The module reads"),
        (
            "def score(rows):\n    return [float(open(OTHER).read())] * len(rows)\n",
            "While it scores rows, the function",
        ),
        ("import sys\nsys.path.append(str(OTHER.parent))\nimport other_code\nscore = other_code.score\n", "The module"),
    ],
)
def test_every_file_that_a_function_reads_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, why: str
) -> None:
    """A file that nobody lists could change, and every result would be reused all the same."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    other = tmp_path / "elsewhere" / "factor.txt"
    other.parent.mkdir()
    other.write_text("0.5")
    (other.parent / "other_code.py").write_text("def score(rows):\n    return [0.5] * len(rows)\n")
    head = f"from pathlib import Path\nOTHER = Path({str(other)!r})\n"
    (tmp_path / "card.py").write_text(head + source)
    with pytest.raises(InputError, match=f"{why}.* reads 'other_code|{why}.* '(factor|other_code)") as caught:
        bring({"adapter": "python", "function": "card:score", "allow_code": True}, tmp_path)
    assert "options.files does not list" in caught.value.what
    assert caught.value.where.startswith("key 'candidates.external.vendor'")


def test_what_python_and_the_function_itself_bring_is_no_file_to_list(tmp_path: Path) -> None:
    (tmp_path / "weights.txt").write_text("0.5")
    (tmp_path / "card.py").write_text(
        "import statistics, tempfile\n"
        "from pathlib import Path\n"
        "WEIGHT = float((Path(__file__).parent / 'weights.txt').read_text())\n"
        "def score(rows):\n"
        "    import wave\n"
        "    with tempfile.TemporaryDirectory() as folder:\n"
        "        kept = Path(folder) / 'weight'\n"
        "        kept.write_text(str(WEIGHT))\n"
        "        return [float(kept.read_text())] * len(rows)\n"
    )
    entry = {"adapter": "python", "function": "card:score", "allow_code": True, "options": {"files": ["weights.txt"]}}
    assert (bring(entry, tmp_path).predict(portfolio().features("test")) == 0.5).all()


def test_a_module_that_exits_when_it_is_imported_is_named(tmp_path: Path) -> None:
    (tmp_path / "card.py").write_text("import sys\nsys.exit('bye')\n")
    with pytest.raises(InputError, match="cannot be run: SystemExit: bye") as caught:
        bring({"adapter": "python", "function": "card:score", "allow_code": True}, tmp_path)
    assert caught.value.where == "key 'candidates.external.vendor', card.py"


def test_a_function_cannot_change_the_rows_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "card.py").write_text("def score(rows):\n    rows['income'] = 0\n    return [0.5] * len(rows)\n")
    candidate = bring({"adapter": "python", "function": "card:score", "allow_code": True}, tmp_path)
    rows = portfolio().features("test")
    before = rows.copy()
    candidate.predict(rows)
    assert rows.equals(before)


def test_a_candidates_folder_does_not_point_out_of_itself(tmp_path: Path) -> None:
    (tmp_path / "card.py").write_text("def score(rows):\n    return [0.5] * len(rows)\n")
    bring({"adapter": "python", "function": "card:score", "allow_code": True}, tmp_path).save(tmp_path / "kept")
    header = json.loads((tmp_path / "kept" / "candidate.json").read_text())
    header["files"] = ["../../card.py"]
    (tmp_path / "kept" / "candidate.json").write_text(json.dumps(header))
    with pytest.raises(InputError, match="lacks its file"):
        load_candidate(tmp_path / "kept")
