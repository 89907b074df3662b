"""What every adapter promises, whatever the format: the model's own predictions, kept and explained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from respml.adapters.bringing import bring_external
from respml.adapters.registry import adapter_named, recognised
from respml.adapters.stored import ExternalCandidate
from respml.candidates.candidate import load_candidate
from respml.errors import InputError, RespmlError
from respml.portfolio.portfolio import Portfolio
from respml.spec.external import External
from tests.adapters.made_elsewhere import MAKERS, Made, portfolio


class Brought:
    """A made model and the candidate around it."""

    def __init__(self, made: Made, folder: Path, given: Portfolio) -> None:
        self.made, self.folder, self.portfolio = made, folder, given
        self.candidate = bring(made.entry, folder, given)
        self.rows = given.features("test")


def bring(entry: dict[str, object], folder: Path, given: Portfolio, **changed: object) -> ExternalCandidate:
    external = External.model_validate({"label": "Vendor's model", **entry, **changed})
    return bring_external({"vendor": external}, given, folder)["vendor"]


@pytest.fixture(scope="module", params=sorted(MAKERS))
def brought(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Brought:
    folder = tmp_path_factory.mktemp("made")
    return Brought(MAKERS[request.param](folder), folder, portfolio())


def test_it_predicts_what_the_library_that_made_it_predicts(brought: Brought) -> None:
    found = brought.candidate.predict(brought.rows)
    assert found.dtype == np.float64 and found.shape == (len(brought.rows),)
    np.testing.assert_allclose(found, brought.made.expected(brought.rows), rtol=0, atol=brought.made.tolerance)
    assert np.ptp(found) > 0.1
    shuffled = brought.rows[list(brought.rows.columns[::-1])].assign(unrelated=1.0)
    np.testing.assert_array_equal(brought.candidate.predict(shuffled), found)
    assert brought.candidate.predict(brought.rows.iloc[:0]).shape == (0,)


def test_it_knows_its_inputs_in_the_models_order(brought: Brought) -> None:
    assert list(brought.candidate.features) == brought.made.inputs
    assert brought.candidate.has_model and not brought.candidate.refittable


def test_its_content_tells_its_format(brought: Brought) -> None:
    path = brought.made.entry.get("path")
    if path is not None:
        assert recognised(brought.folder / path).name == brought.candidate.adapter


def test_it_is_kept_whole_and_without_pickle(brought: Brought, tmp_path: Path) -> None:
    brought.candidate.save(tmp_path / "a")
    kept = load_candidate(tmp_path / "a")
    np.testing.assert_array_equal(kept.predict(brought.rows), brought.candidate.predict(brought.rows))
    assert (kept.name, kept.label, kept.family) == ("vendor", "Vendor's model", brought.candidate.family)
    assert kept.parameters == json.loads(json.dumps(brought.candidate.parameters))
    kept.save(tmp_path / "b")
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert files and files == sorted(
        path.relative_to(tmp_path / "b") for path in (tmp_path / "b").rglob("*") if path.is_file()
    )
    for name in files:
        content = (tmp_path / "a" / name).read_bytes()
        assert content == (tmp_path / "b" / name).read_bytes()
        assert content[:2] != b"\x80\x04" and name.suffix not in (".pkl", ".joblib")


def test_the_kept_file_is_the_one_that_was_given(brought: Brought) -> None:
    path = brought.made.entry.get("path")
    if path is not None:
        assert brought.candidate.artefact.main == (brought.folder / path).read_bytes()
    assert len(brought.candidate.parameters["sha256"]) == 64


def test_contributions_add_up_to_the_log_odds(brought: Brought) -> None:
    rows = brought.rows.head(60)
    table, report = brought.candidate.contributions(rows)
    assert table.columns.tolist() == [*brought.candidate.features, "bias"]
    assert table.index.equals(rows.index)
    gap = table.to_numpy(np.float64).sum(axis=1) - brought.candidate.log_odds(rows)
    assert np.abs(gap).max() < 1e-4
    assert report["method"].startswith("permutation sampling") != brought.made.own_contributions


def test_the_explanations_see_the_same_model(brought: Brought) -> None:
    model = brought.candidate.as_model()
    np.testing.assert_array_equal(model.probability(brought.rows), brought.candidate.predict(brought.rows))
    assert (model.trees is not None) == (brought.candidate.adapter == "xgboost")
    if model.trees is not None:
        assert model.trees_reproduce(brought.rows)


def test_rows_that_it_cannot_score_are_refused(brought: Brought) -> None:
    feature = brought.candidate.features[0]
    with pytest.raises(InputError, match=f"lack model inputs: {feature}"):
        brought.candidate.predict(brought.rows.drop(columns=feature))
    with pytest.raises(InputError, match="infinite"):
        brought.candidate.predict(brought.rows.assign(**{feature: np.inf}))
    with pytest.raises(RespmlError):
        brought.candidate.score_rows(brought.rows.assign(income=None, arrears="many", age="old", noise="loud"))


def test_a_model_that_reads_what_is_no_input_is_refused(brought: Brought) -> None:
    given = portfolio()
    object.__setattr__(given, "inputs", tuple(name for name in given.inputs if name != "arrears"))
    with pytest.raises(InputError, match="reads 'arrears', which is no input"):
        bring(brought.made.entry, brought.folder, given)


def test_columns_of_another_name_are_mapped(brought: Brought) -> None:
    given = portfolio()
    table = given.frame.rename(columns={"arrears": "months behind"})
    inputs = tuple("months behind" if name == "arrears" else name for name in given.inputs)
    renamed = Portfolio(
        table=type(given.table)(frame=table),
        membership=given.membership,
        partitions=given.partitions,
        inputs=inputs,
        target=given.target,
        identifier=given.identifier,
    )
    preprocessing = {**brought.made.entry.get("preprocessing", {}), "rename": {"arrears": "months behind"}}
    candidate = bring(brought.made.entry, brought.folder, renamed, preprocessing=preprocessing)
    assert "months behind" in candidate.features
    np.testing.assert_array_equal(candidate.predict(renamed.features("test")), brought.candidate.predict(brought.rows))


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"{}", b"PK\x03\x04nothing", b"term,coefficient\n"])
def test_a_broken_file_is_refused_in_one_line(brought: Brought, tmp_path: Path, content: bytes) -> None:
    path = brought.made.entry.get("path")
    if path is None:
        pytest.skip("it reads no file")
    (tmp_path / path).write_bytes(content)
    entry = {**brought.made.entry, "adapter": brought.candidate.adapter}
    with pytest.raises(InputError) as caught:
        bring(entry, tmp_path, brought.portfolio)
    assert "candidates.external.vendor" in caught.value.where and caught.value.line().isprintable()


def test_the_names_in_the_file_are_not_overruled(brought: Brought) -> None:
    """A list in another order would feed each input with another's values, and every number would be wrong."""
    candidate, options = brought.candidate, brought.made.entry.get("options", {})
    named_in_file = "features" in adapter_named(candidate.adapter).options and "features" not in options
    if not named_in_file:
        pytest.skip("the file names no inputs, or the option does not exist")

    def listed(features: list[str]) -> ExternalCandidate:
        return bring(brought.made.entry, brought.folder, brought.portfolio, options={**options, "features": features})

    own = brought.made.inputs
    np.testing.assert_array_equal(listed(own).predict(brought.rows), candidate.predict(brought.rows))
    with pytest.raises(InputError, match=r"inputs in another order than options\.features: input 1 is 'income'"):
        listed(own[::-1])
    with pytest.raises(InputError, match=r"names its input 1 'income', options\.features 'salary'") as caught:
        listed(["salary", *own[1:]])
    assert "preprocessing.rename" in caught.value.remedy


def test_an_option_it_does_not_have_is_refused(brought: Brought) -> None:
    options = {**brought.made.entry.get("options", {}), "no such option": 1}
    with pytest.raises(InputError, match="has no option 'no such option'"):
        bring(brought.made.entry, brought.folder, brought.portfolio, options=options)


def test_paths_do_not_lead_out_of_the_specs_folder(brought: Brought) -> None:
    if "path" not in brought.made.entry:
        pytest.skip("it reads no file")
    inner = brought.folder / "inner"
    inner.mkdir(exist_ok=True)
    with pytest.raises(InputError, match="leads out of the folder"):
        bring({**brought.made.entry, "path": f"../{brought.made.entry['path']}"}, inner, brought.portfolio)
    absolute = bring(
        {**brought.made.entry, "path": str(brought.folder / brought.made.entry["path"])}, inner, portfolio()
    )
    np.testing.assert_array_equal(absolute.predict(brought.rows), brought.candidate.predict(brought.rows))
