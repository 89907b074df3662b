"""Stage ``implementation``: the champion as saved, as exported and as production scored it, on a frozen sample."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from respml.adapters.bringing import bring_candidate
from respml.adapters.external_model import NO_MODEL, Artefact
from respml.adapters.preprocessing import level_texts
from respml.adapters.registry import adapter_named
from respml.adapters.score_file import read_scores
from respml.candidates.candidate import HEADER, Candidate, Candidates
from respml.candidates.tables import write_table
from respml.errors import InputError, RespmlError
from respml.portfolio.places import resolve
from respml.portfolio.portfolio import Portfolio
from respml.spec.reconciliation import ProductionScores, Reconciliation

SAVED, EXPORT, ARTEFACT, PRODUCTION = "saved", "export", "artefact", "production"
REPORTED = ("test", "out_of_time")
KEY = "reconciliation"
NO_EXPORT = "not applicable: no format of exchange for this family"
NOT_NAMED = {
    ARTEFACT: "not applicable: no exported artefact named",
    PRODUCTION: "not applicable: no production scores named",
}


@dataclass(frozen=True)
class Place:
    """Scores of the sample from one place, or why there are none.

    Attributes
    ----------
    place: ``saved``, ``export``, ``artefact`` or ``production``.
    label, format, file, sha256: what it is, for the reader.
    scores: probability by row number; rows below zero are identifiers that the data do not hold. None without scores.
    tolerance: the spec's own; None where the registered one holds.
    why_not: the reason where there are no scores.
    blank: rows of the sample that the place names without a probability.
    """

    place: str
    label: str
    format: str = ""
    file: str = ""
    sha256: str = ""
    scores: pd.Series | None = None
    tolerance: float | None = None
    why_not: str = ""
    blank: int = 0


def write_implementation(
    inputs: Mapping[str, Path], output: Path, section: Reconciliation, folder: Path, *, seed: int, trust_pickle: bool
) -> None:
    """Score the frozen sample in every place and write ``places``, ``scores`` and ``sample`` as Parquet.

    Parameters
    ----------
    inputs: folders of the stages ``portfolio`` and ``candidates``.
    output: where the tables go. ``places``: ``place``, ``label``, ``format``, ``file``, ``sha256``, ``tolerance`` (NaN
        where the registered one holds), ``why_not``, ``blank``. ``scores``: ``place``, ``row``, ``probability``.
        ``sample``: ``row``, ``partition``, ``digest``.
    section: the spec's section.
    folder: the folder of the spec.

    Errors
    ------
    RespmlError naming the spec's key, where a file cannot be used.
    """
    portfolio, candidates = Portfolio.read(inputs["portfolio"]), Candidates.read(inputs["candidates"])
    sample = frozen_sample(portfolio, section.rows)
    champion = candidates[candidates.champion]
    rows = portfolio.frame.loc[sample["row"], list(portfolio.inputs)]
    places = [
        _saved(champion, rows, inputs["candidates"] / champion.name),
        _export(champion, rows),
        _artefact(section, portfolio, folder, rows, seed, trust_pickle),
        _production(section.production_scores, portfolio, folder, sample["row"].to_numpy()),
    ]
    table = pd.DataFrame([{name: getattr(each, name) for name in _COLUMNS} for each in places])
    table["tolerance"] = table["tolerance"].astype("float64")
    write_table(table, output / "places.parquet")
    found = [
        pd.DataFrame({"place": each.place, "row": each.scores.index.to_numpy(np.int64), "probability": each.scores})
        for each in places
        if each.scores is not None
    ]
    empty = pd.DataFrame({"place": [], "row": [], "probability": []})
    scores = pd.concat(found, ignore_index=True) if found else empty
    write_table(scores.astype({"place": "str", "row": "int64", "probability": "float64"}), output / "scores.parquet")
    write_table(sample.assign(digest=_digest(rows)), output / "sample.parquet")


_COLUMNS = ("place", "label", "format", "file", "sha256", "tolerance", "why_not", "blank")


def frozen_sample(portfolio: Portfolio, most: int | None) -> pd.DataFrame:
    """``row`` and ``partition`` of the reported partitions, spread evenly over each where ``most`` says how many."""
    parts = []
    for partition in (each for each in REPORTED if each in portfolio.partitions):
        rows = portfolio.row_numbers(partition)
        step = 1 if most is None else max(1, -(-len(rows) // most))
        parts.append(pd.DataFrame({"row": rows[::step], "partition": partition}))
    return pd.concat(parts, ignore_index=True)


def _digest(rows: pd.DataFrame) -> str:
    """SHA-256 over row numbers and inputs: the same sample of the same data gives the same digest."""
    return hashlib.sha256(pd.util.hash_pandas_object(rows, index=True).to_numpy().tobytes()).hexdigest()


def _saved(champion: Candidate, rows: pd.DataFrame, folder: Path) -> Place:
    """The champion's own files, opened again."""
    label = "Champion as saved"
    if not champion.has_model:
        return Place(SAVED, label, why_not=NO_MODEL)
    files = sorted(each for each in folder.rglob("*") if each.is_file() and each.name != HEADER)
    digest = hashlib.sha256(files[0].read_bytes()).hexdigest() if files else ""
    return Place(
        SAVED,
        label,
        format=files[0].suffix.removeprefix(".").upper() if files else "",
        file=files[0].name if files else "",
        sha256=digest,
        scores=pd.Series(champion.score_rows(rows), index=rows.index),
    )


def _export(champion: Candidate, rows: pd.DataFrame) -> Place:
    """A model fitted here, written in a format of exchange and read back by the adapter of that format."""
    label = "Champion written and read back"
    terms = [f"x{number}" for number in range(len(champion.encoding.terms))]
    table = champion.coefficients
    if not champion.has_model:
        return Place(EXPORT, label, why_not=NO_MODEL)
    if table is not None:
        # the terms by number: their names are free text, which the format would take apart
        names = pd.DataFrame({"term": ["(intercept)", *terms], "coefficient": table["coefficient"]})
        artefact = Artefact({"coefficients.csv": names.to_csv(index=False).encode()})
        adapter = adapter_named("coefficients")
    elif champion.booster is not None and champion.family == "boosted_trees":
        artefact = Artefact({"model.json": bytes(champion.booster.save_raw("json"))}, {"features": terms})
        adapter = adapter_named("xgboost")
    else:
        return Place(EXPORT, label, why_not=NO_EXPORT)
    matrix = pd.DataFrame(champion.encoding.matrix(rows), columns=terms, index=rows.index)
    return Place(
        EXPORT,
        label,
        format=adapter.describes,
        file=next(iter(artefact.files)),
        sha256=artefact.digest,
        scores=pd.Series(adapter.open(artefact).probability(matrix), index=rows.index),
    )


def _artefact(
    section: Reconciliation, portfolio: Portfolio, folder: Path, rows: pd.DataFrame, seed: int, trust_pickle: bool
) -> Place:
    """What was exported, read by its adapter."""
    entry = section.artefact
    if entry is None:
        return Place(ARTEFACT, "Exported artefact", why_not=NOT_NAMED[ARTEFACT])
    key = f"{KEY}.artefact"
    candidate = bring_candidate(key, ARTEFACT, entry, portfolio, folder, seed=seed, trust_pickle=trust_pickle)
    if not candidate.has_model:
        raise InputError(
            "A file of scores is no artefact.", where=f"key '{key}'", remedy=f"Name it under {KEY}.production_scores."
        )
    told = candidate.parameters
    return Place(
        ARTEFACT,
        entry.label,
        format=str(told["format"]),
        file=str(told["file"]),
        sha256=str(told["sha256"]),
        scores=pd.Series(candidate.predict(rows), index=rows.index),
        tolerance=entry.tolerance,
    )


def _production(
    entry: ProductionScores | None, portfolio: Portfolio, folder: Path, sample: Sequence[int] | Any
) -> Place:
    """The scores of production that belong to the sample, and those of identifiers the data do not hold."""
    if entry is None:
        return Place(PRODUCTION, "Production scores", why_not=NOT_NAMED[PRODUCTION])
    key = f"{KEY}.production_scores"
    try:
        path = resolve(entry.path, folder, f"{key}.path")
        if portfolio.identifier is None:
            raise InputError("Scores are joined by identifier; the data have none.", remedy="Name data.identifier.")
        given = read_scores(path, entry.identifier or portfolio.identifier, entry.probability, key)
        found, blank = joined(given, level_texts(portfolio.frame[portfolio.identifier]), np.asarray(sample))
    except RespmlError as error:
        where = (
            error.where if error.where.startswith("key ") else ", ".join(filter(None, [f"key '{key}'", error.where]))
        )
        raise type(error)(error.what, where=where, remedy=error.remedy) from error
    return Place(
        PRODUCTION,
        entry.label,
        format="CSV" if path.suffix.lower() == ".csv" else path.suffix.removeprefix(".").capitalize(),
        file=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        scores=found,
        tolerance=entry.tolerance,
        blank=blank,
    )


def joined(given: pd.Series, identifiers: pd.Series, sample: Any) -> tuple[pd.Series, int]:
    """Scores by identifier as scores by row number.

    Parameters
    ----------
    given: probability by identifier (text); missing where production gave none.
    identifiers: identifier (text) of every row of the data, index = row number.
    sample: row numbers of the frozen sample.

    Returns
    -------
    Probability by row number of the sample. Rows of the data outside the sample are left out; identifiers that the data
    do not hold follow under −1, −2, …. And the number of rows of the sample that are named without a probability.

    Errors
    ------
    InputError where an identifier of the sample stands for more than one row, or a value is no probability.
    """
    wanted = identifiers.loc[sample]
    repeated = int(wanted.isin(identifiers[identifiers.duplicated(keep=False)]).sum())
    if repeated:
        raise InputError(
            f"{repeated} rows of the sample share their identifier with another row.",
            remedy="Name an identifier that is unique under data.identifier.",
        )
    numbers = pd.to_numeric(given, errors="coerce").astype("float64")
    strange = int((given.notna() & ~numbers.between(0, 1)).sum())
    if strange:
        raise InputError(
            f"The score file holds {strange} values that are no probabilities.", remedy="Give probabilities of default."
        )
    known = numbers.reindex(wanted.to_numpy())
    scores = pd.Series(known.to_numpy(), index=wanted.index.to_numpy("int64")).dropna()
    strangers = numbers[~numbers.index.isin(identifiers.to_numpy())].dropna()
    beyond = pd.Series(strangers.to_numpy(), index=-np.arange(1, len(strangers) + 1, dtype="int64"))
    return pd.concat([scores, beyond]), int((numbers.isna() & numbers.index.isin(wanted.to_numpy())).sum())
