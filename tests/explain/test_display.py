import pandas as pd

import respml.explain
from respml.explain import Model, partial_dependence
from respml.explain.monotonicity import MonotonicityProof


def test_three_lines_from_a_notebook(boosters, inputs):
    model = Model.from_booster("gbm", boosters["gbm"])
    result = partial_dependence([model], inputs.head(50))
    assert "<table" in result._repr_html_() and "curves" in result._repr_html_()


def test_hostile_column_names_are_escaped():
    frame = pd.DataFrame({"<script>alert(1)</script>": ["<b>"]})
    page = MonotonicityProof(frame, frame, frame)._repr_html_()
    assert "<script>" not in page and "<b>&" not in page and "&lt;script&gt;" in page


def test_every_exported_name_exists():
    assert all(hasattr(respml.explain, name) for name in respml.explain.__all__)
    assert callable(respml.explain.partial_dependence) and callable(respml.explain.lime)
