"""A generalised linear model as a table of coefficients, whatever fitted it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from scipy.special import expit
from scipy.stats import norm

from respml.adapters.coefficient_coverage import require_intercept, require_levels
from respml.adapters.coefficient_terms import Term, parse_term
from respml.adapters.external_model import (
    Adapter,
    Artefact,
    ExternalModel,
    Floats,
    Source,
    checked_probability,
    keeps_none,
    log_odds_of,
    versions,
)
from respml.adapters.messages import told
from respml.adapters.preprocessing import model_rows, require_inputs, source_columns
from respml.errors import InputError
from respml.explain.shapley import Contributions, linear_contributions

SUFFIXES = (".csv", ".yml", ".yaml", ".parquet")
COLUMNS = ("term", "coefficient", "feature", "transform", "level", "lower", "upper", "centre")
LINKS: Mapping[str, Callable[[Floats], Floats]] = {
    "logit": expit,
    "probit": norm.cdf,
    "cloglog": lambda value: -np.expm1(-np.exp(value)),
}


class CoefficientTable(ExternalModel):
    """Intercept plus terms times coefficients, through the link."""

    def __init__(self, terms: tuple[Term, ...], link: str, centre: Mapping[str, float]) -> None:
        self.terms = tuple(term for term in terms if term.factors)
        self.intercept = float(sum(term.coefficient for term in terms if not term.factors))
        self.link = link
        self.centre = centre
        self.inputs = tuple(dict.fromkeys(factor.feature for term in self.terms for factor in term.factors))
        self.family = f"generalised linear model, {link} link"
        self.facts = {"link": link, "terms": len(self.terms), "intercept": self.intercept}
        self.software = versions("numpy", "scipy")

    def linear(self, frame: pd.DataFrame) -> Floats:
        """Intercept plus terms times coefficients.

        Errors
        ------
        InputError where a term is missing or infinite for some row.
        """
        return self._sum(frame, undefined=False)

    def answers(self, frame: pd.DataFrame) -> Floats:
        """The probability, NaN for rows in which a term is missing or infinite."""
        total = self._sum(frame, undefined=True)
        return checked_probability(LINKS[self.link](total), len(frame), "The coefficient table", undefined=True)

    def probability(self, frame: pd.DataFrame) -> Floats:
        """The inverse link of the linear predictor."""
        return checked_probability(LINKS[self.link](self.linear(frame)), len(frame), "The coefficient table")

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """The linear predictor itself under a logit link."""
        return self.linear(frame) if self.link == "logit" else log_odds_of(self.probability(frame))

    def contributions(self, frame: pd.DataFrame) -> Contributions | None:
        """Coefficient times distance from the mean of the training rows, exact for a logit link without products."""
        if self.link != "logit" or any(len({each.feature for each in term.factors}) > 1 for term in self.terms):
            return None
        matrix = np.column_stack([term.values(frame) for term in self.terms])
        coefficient = np.array([term.coefficient for term in self.terms])
        centre = np.array([self.centre.get(term.name, 0.0) for term in self.terms])
        found = linear_contributions(matrix, coefficient, centre, self.intercept)
        values = np.zeros((len(frame), len(self.inputs)))
        for place, term in enumerate(self.terms):
            values[:, self.inputs.index(term.factors[0].feature)] += found.values[:, place]
        return Contributions(values, found.bias, found.method)

    def _sum(self, frame: pd.DataFrame, *, undefined: bool) -> Floats:
        """The linear predictor; where a term is missing or infinite it is NaN if that may be, else an error."""
        total = np.full(len(frame), self.intercept)
        for term in self.terms:
            values = term.values(frame)
            finite = np.isfinite(values)
            if not undefined and not finite.all():
                raise InputError(
                    f"The term '{term.name}' is missing or infinite in {int((~finite).sum())} rows.",
                    remedy="Say under preprocessing.fill what a missing value counts as.",
                )
            total += term.coefficient * np.where(finite, values, np.nan)
        return total


def bring_table(source: Source) -> Artefact:
    """The table as it is, with the mean of each term on train as the point its contributions start from.

    Errors
    ------
    As :func:`open_table`; also where the data lack an input, or more than one level of an input has no row.
    """
    content = source.read()
    assert source.path is not None
    artefact = Artefact({f"coefficients{source.path.suffix.lower()}": content}, dict(source.options))
    table = read_coefficients(artefact)
    model = open_table(artefact)
    require_inputs(source_columns(model.inputs, source.preprocessing), source.portfolio.inputs)
    everyone = source.portfolio.frame[list(source.portfolio.inputs)]
    require_levels(model.terms, model_rows(everyone, model.inputs, source.preprocessing))
    rows = model_rows(source.portfolio.features("train"), model.inputs, source.preprocessing)
    given = dict(zip(table["term"].astype(str).str.strip(), table["centre"], strict=True)) if "centre" in table else {}
    centre = {term.name: float(given.get(term.name, term.values(rows).mean())) for term in model.terms}
    return Artefact(artefact.files, {**source.options, "centre": centre})


def open_table(artefact: Artefact) -> CoefficientTable:
    """Open a table.

    Errors
    ------
    InputError where it has no terms or no intercept, repeats a term, or the link is not known.
    """
    link = str(artefact.options.get("link", "logit"))
    if link not in LINKS:
        raise InputError(f"The link '{link}' is not known.", remedy=f"Use {', '.join(LINKS)}.")
    terms = tuple(parse_term({str(key): value for key, value in row.items()}) for row in _records(artefact))
    names = [term.name for term in terms]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"The term '{twice[0]}' stands in the table twice.", remedy="Keep one of the two.")
    if not any(term.factors for term in terms):
        raise InputError("The table holds no terms.", remedy="Give one row a coefficient.")
    require_intercept(terms)
    return CoefficientTable(terms, link, artefact.options.get("centre", {}))


def read_coefficients(artefact: Artefact) -> pd.DataFrame:
    """The table as a frame with at least ``term`` and ``coefficient``.

    Errors
    ------
    InputError where it cannot be read or lacks one of the two.
    """
    name = next(iter(artefact.files))
    try:
        table = _read(artefact.main, Path(name).suffix)
    except (ValueError, TypeError, AttributeError, yaml.YAMLError, pa.ArrowException) as error:
        raise InputError(f"The coefficient table cannot be read: {told(error)}.", remedy="Write it anew.") from None
    lacking = [each for each in ("term", "coefficient") if each not in table.columns]
    if lacking:
        raise InputError(
            f"The coefficient table has no column '{lacking[0]}'.", remedy=f"Its columns may be {', '.join(COLUMNS)}."
        )
    return table


def _records(artefact: Artefact) -> list[dict[Any, Any]]:
    return read_coefficients(artefact).to_dict("records")


def _read(content: bytes, suffix: str) -> pd.DataFrame:
    if suffix == ".parquet":
        table: pd.DataFrame = pq.read_table(io.BytesIO(content)).to_pandas()
        return table
    if suffix == ".csv":
        return pd.read_csv(io.BytesIO(content), dtype={"level": "object"}, keep_default_na=False, na_values=[""])
    listed = yaml.safe_load(content.decode("utf-8"))
    if isinstance(listed, dict):
        listed = listed.get("terms", [{"term": term, "coefficient": value} for term, value in listed.items()])
    return pd.DataFrame(listed)


def _is_table(path: Path) -> bool:
    if path.suffix.lower() not in SUFFIXES:
        return False
    try:
        columns = set(_read(path.read_bytes(), path.suffix.lower()).columns)
    except (ValueError, TypeError, AttributeError, yaml.YAMLError, pa.ArrowException):
        return False
    return {"term", "coefficient"} <= columns


ADAPTER = Adapter(
    name="coefficients",
    describes="coefficient table of a generalised linear model (CSV, YAML or Parquet)",
    open=open_table,
    recognises=_is_table,
    bring=bring_table,
    options=("link",),
    libraries=("scipy",),
    keeps_rows=keeps_none,
)
