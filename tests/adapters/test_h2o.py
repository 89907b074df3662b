"""H2O through its own Java library: MOJOs scored without a server, GBM and GLM fitted here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from respml.adapters.bringing import bring_external
from respml.adapters.registry import recognised
from respml.candidates.candidate import load_candidate
from respml.errors import InputError
from respml.measures.ranking import area_under_roc
from respml.spec.external import External
from tests.adapters.made_elsewhere import MIXED, portfolio

pytest.importorskip("h2o", reason="the extra h2o is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed"),
]


def bring(entry: dict[str, Any], folder: Path) -> Any:
    external = {"other": External.model_validate({"label": "Other", **entry})}
    return bring_external(external, portfolio(), folder, seed=5)["other"]


GBM = {"adapter": "h2o_gbm", "monotone": {"arrears": 1, "income": -1}, "options": {"ntrees": 20, "max_depth": 3}}


@pytest.fixture(scope="module")
def gbm(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return bring(GBM, tmp_path_factory.mktemp("gbm"))


def test_a_gbm_is_fitted_and_ranks(gbm: Any) -> None:
    given = portfolio()
    assert gbm.family == "H2O gbm" and list(gbm.features) == MIXED
    assert area_under_roc(given.outcome("test"), gbm.predict(given.features("test"))).value > 0.7
    assert gbm.parameters["h2o_version"] == "3.44.0.3"


def test_its_directions_hold(gbm: Any) -> None:
    rows = portfolio().features("test").head(50)
    assert gbm.monotone == {"arrears": 1, "income": -1}
    more = gbm.predict(rows.assign(arrears=rows["arrears"] + 2, housing="own")) - gbm.predict(
        rows.assign(housing="own")
    )
    assert (more >= -1e-12).all() and (more > 0).any()


def test_contributions_add_up(gbm: Any) -> None:
    rows = portfolio().features("test")
    table, report = gbm.contributions(rows)
    assert report["method"] == "H2O" and table.columns.tolist() == [*MIXED, "bias"]
    assert np.abs(table.to_numpy(np.float64).sum(axis=1) - gbm.log_odds(rows)).max() < 1e-4


def test_the_mojo_is_what_h2o_itself_predicts(gbm: Any, tmp_path: Path) -> None:
    """The oracle is H2O's own server, which scores the same MOJO."""
    import h2o
    from h2o.backend import H2OLocalServer

    path = tmp_path / "model.zip"
    path.write_bytes(gbm.artefact.main)
    assert recognised(path).name == "h2o_mojo"
    brought = bring({"path": "model.zip"}, tmp_path)
    rows = portfolio().features("test")
    np.testing.assert_array_equal(brought.predict(rows), gbm.predict(rows))

    server = H2OLocalServer.start(nthreads=1, ice_root=str(tmp_path), verbose=False, bind_to_localhost=True)
    try:
        h2o.connect(server=server, verbose=False)
        h2o.no_progress()
        kinds = {name: "enum" if name == "housing" else "real" for name in MIXED}
        frame = h2o.H2OFrame(rows[MIXED].astype({"housing": "object"}), column_types=kinds)
        own = h2o.upload_mojo(str(path)).predict(frame).as_data_frame()["p1"]
        h2o.connection().close()
    finally:
        server.shutdown()
    np.testing.assert_allclose(brought.predict(rows), own, atol=1e-12)


def test_equal_fits_give_equal_bytes_and_survive_their_folder(gbm: Any, tmp_path: Path) -> None:
    again = bring(GBM, tmp_path)
    assert again.artefact.main == gbm.artefact.main
    gbm.save(tmp_path / "kept")
    rows = portfolio().features("test")
    np.testing.assert_array_equal(load_candidate(tmp_path / "kept").predict(rows), gbm.predict(rows))


def test_a_glm_is_fitted_and_its_contributions_are_sampled(tmp_path: Path) -> None:
    glm = bring({"adapter": "h2o_glm"}, tmp_path)
    given = portfolio()
    rows = given.features("test")
    assert glm.family == "H2O glm"
    assert area_under_roc(given.outcome("test"), glm.predict(rows)).value > 0.65
    table, report = glm.contributions(rows.head(20))
    assert "sampling" in report["method"]
    np.testing.assert_allclose(table.sum(axis=1), glm.log_odds(rows.head(20)), atol=1e-4)


def test_what_is_no_mojo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match="no MOJO"):
        bring({"path": "model.zip", "adapter": "h2o_mojo"}, tmp_path)
