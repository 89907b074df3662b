"""From the spec's ``candidates.external`` to candidates beside the fitted ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from respml.adapters.external_model import Adapter, Seen, Source
from respml.adapters.preprocessing import model_rows, require_inputs
from respml.adapters.registry import adapter_named, recognised
from respml.adapters.remarks import remarks_on
from respml.adapters.row_by_row import require_any_order_of_columns, require_row_by_row, sample_of
from respml.adapters.stored import ExternalCandidate, external_candidate
from respml.adapters.undefined import refused_missing
from respml.errors import InputError, RespmlError
from respml.portfolio.places import resolve
from respml.portfolio.portfolio import Portfolio
from respml.portfolio.roles import RESERVED
from respml.spec.external import External
from respml.spec.loading import nearest

KEY = "candidates.external"
LEFT_OUT = "its files stay in the store, and enter a run or a bundle only where disclosure.individuals is allowed"


def bring_external(
    external: Mapping[str, External],
    portfolio: Portfolio,
    folder: Path,
    *,
    seed: int = 0,
    trust_pickle: bool = False,
) -> dict[str, ExternalCandidate]:
    """Load every candidate that was made elsewhere.

    Parameters
    ----------
    external: the section of the spec, by name.
    portfolio: the data; a model may read its inputs only.
    folder: the folder of the spec, which relative paths start from and do not leave.
    seed: for candidates that H2O fits.
    trust_pickle: whether pickled models may be opened.

    Returns
    -------
    Candidates by name; ``parameters`` tell adapter, file, SHA-256, options, preprocessing, and what is printed:
    ``notes`` on consents, ``remarks`` on the rest.

    Errors
    ------
    RespmlError naming the spec's key, where a file cannot be used.
    """
    return {
        name: bring_candidate(f"{KEY}.{name}", name, entry, portfolio, folder, seed=seed, trust_pickle=trust_pickle)
        for name, entry in external.items()
    }


def bring_candidate(
    key: str,
    name: str,
    entry: External,
    portfolio: Portfolio,
    folder: Path,
    *,
    seed: int = 0,
    trust_pickle: bool = False,
) -> ExternalCandidate:
    """Load one candidate that was made elsewhere, from the entry at ``key`` of the spec; see :func:`bring_external`."""
    try:
        return _bring(key, name, entry, portfolio, folder, seed, trust_pickle)
    except RespmlError as error:
        where = error.where
        if not where.startswith(f"key '{key}"):
            where = ", ".join(filter(None, [f"key '{key}'", where]))
        raise type(error)(error.what, where=where, remedy=error.remedy) from error


def adapter_of(key: str, entry: External, folder: Path) -> Adapter:
    """The adapter of the entry at ``key`` of the spec: named, else recognised by content.

    Errors
    ------
    InputError naming the spec's key.
    """
    try:
        if entry.adapter is not None:
            return adapter_named(entry.adapter)
        if entry.path is None:
            return adapter_named("python")
        path = resolve(entry.path, folder, f"{key}.path")
        if not path.is_file():
            raise InputError("The model file does not exist.", where=path.name, remedy="Correct the path.")
        return recognised(path)
    except InputError as error:
        where = (
            error.where if error.where.startswith("key ") else ", ".join(filter(None, [f"key '{key}'", error.where]))
        )
        raise InputError(error.what, where=where, remedy=error.remedy) from error


def _bring(
    key: str, name: str, entry: External, portfolio: Portfolio, folder: Path, seed: int, trust_pickle: bool
) -> ExternalCandidate:
    adapter = adapter_of(key, entry, folder)
    for option in entry.options:
        if option not in adapter.options:
            raise InputError(
                f"The adapter '{adapter.name}' has no option '{option}'.",
                remedy=nearest(option, adapter.options) if adapter.options else "Remove it.",
            )
    if adapter.needs_file and entry.path is None:
        raise InputError(f"The adapter '{adapter.name}' reads a file.", remedy="Give its 'path'.")
    path = None if entry.path is None else resolve(entry.path, folder, f"{key}.path")
    source = Source(
        path=path,
        options=entry.options,
        portfolio=portfolio,
        folder=folder,
        function=entry.function,
        trust_pickle=trust_pickle,
        monotone=entry.monotone,
        preprocessing=entry.preprocessing,
        seed=seed,
    )
    artefact = adapter.artefact(source)
    notes = []
    if "pickle" in artefact.options:
        notes.append("read from a pickle because the command line said --trust-pickle; kept as skops")
    if entry.function is not None:
        notes.append("a Python function, run with the spec's consent (allow_code)")
    candidate = external_candidate(
        name,
        entry.label,
        adapter.name,
        artefact,
        preprocessing=entry.preprocessing,
        monotone=entry.monotone,
        parameters={
            "adapter": adapter.name,
            "format": adapter.describes,
            "file": path.name if path is not None else (entry.function or ""),
            "sha256": artefact.digest,
            "options": dict(entry.options),
            "preprocessing": entry.preprocessing.model_dump(mode="json", exclude_defaults=True),
            "notes": notes,
        },
    )
    _check_inputs(candidate, portfolio)
    if candidate.has_model:
        # What cannot score a few rows cannot be documented: better told here than in the middle of an analysis.
        rows = portfolio.features("train")
        require_row_by_row(candidate, rows)
        if entry.function is not None and "features" not in entry.options:
            require_any_order_of_columns(candidate, rows)
        refused = list(refused_missing(candidate.score_rows, sample_of(rows), candidate.features))
        candidate = replace(candidate, parameters={**candidate.parameters, "refuses_missing": refused})
    kept = adapter.keeps_rows(artefact, candidate.model, _seen_by(candidate, portfolio))
    remarks = remarks_on(candidate, portfolio)
    if kept:
        remarks.append(f"keeps rows of the data ({kept}): {LEFT_OUT}")
    return replace(candidate, keeps_rows=kept, parameters={**candidate.parameters, "remarks": remarks})


def _seen_by(candidate: ExternalCandidate, portfolio: Portfolio) -> Seen:
    rows = portfolio.frame[list(portfolio.inputs)]
    sizes = [len(portfolio.row_numbers(each)) for each in portfolio.partitions]
    return Seen(
        model_rows(rows, candidate.model.inputs, candidate.preprocessing),
        (*sizes, sum(sizes[:2]), sum(sizes), len(rows)),
    )


def _check_inputs(candidate: ExternalCandidate, portfolio: Portfolio) -> None:
    require_inputs(candidate.features, portfolio.inputs)
    for column in candidate.features:
        if column in RESERVED:
            raise InputError(f"An input may not be named '{column}': score files use that name.", remedy="Rename it.")
    for feature in candidate.monotone:
        if feature not in candidate.features:
            raise InputError(
                f"'monotone' names '{feature}', which the model does not read.",
                remedy=f"Its inputs are {', '.join(candidate.features)}.",
            )
