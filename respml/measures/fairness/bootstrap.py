"""Bootstrap of group metrics by drawing cells, not rows.

Drawing n rows with replacement and counting their cells gives a multinomial count of cells; drawing that multinomial
directly has the same distribution and costs as much as there are cells. Rows that differ in weight or in membership
probabilities are cells of their own, so the identity holds there too, at the price of as many cells as rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from respml.errors import InputError
from respml.measures.bootstrap import bca_interval
from respml.measures.conventions import convention
from respml.measures.fairness.frames import RESULT, result_frame
from respml.measures.fairness.membership import FloatArray, IntArray, Membership
from respml.measures.fairness.rates import ACCEPTANCE, TEN_METRICS, Rate, evaluate_rates, rate_values
from respml.measures.fairness.study import Study

BOOTSTRAPPED: tuple[Rate, ...] = (*TEN_METRICS, ACCEPTANCE)
BLOCK = 4_000_000
"""Numbers drawn at a time, so that memory stays bounded where rows are cells."""


@dataclass(frozen=True)
class Atoms:
    """Kinds of rows that the bootstrap cannot tell apart.

    Attributes
    ----------
    count: rows of each kind, shape (K,).
    contribution: what one row of the kind adds to each cell, shape (K, G·4), or ``None`` where kind k is cell k and a
        row adds 1.
    groups: number of groups G.
    """

    count: IntArray
    contribution: FloatArray | None
    groups: int

    def tables(self, draws: FloatArray) -> FloatArray:
        """Counts of kinds, shape (R, K), as tables of shape (R, G, 2, 2)."""
        cells = draws if self.contribution is None else draws @ self.contribution
        return cells.reshape(len(draws), self.groups, 2, 2)


def make_atoms(membership: Membership, declined: IntArray, outcome: IntArray, weight: FloatArray | None) -> Atoms:
    """Kinds of rows of one attribute under one set of decisions; rows of weight 0 take no part."""
    groups = len(membership.names)
    cell = declined * 2 + outcome
    kept = slice(None) if weight is None else weight > 0
    cell = cell[kept]
    if membership.codes is not None:
        flat = membership.codes[kept] * 4 + cell
        if weight is None:
            return Atoms(np.bincount(flat, minlength=groups * 4).astype(np.int64), None, groups)
        levels, level = np.unique(weight[kept], return_inverse=True)
        kinds, count = np.unique(flat * len(levels) + level, return_counts=True)
        contribution = np.zeros((len(kinds), groups * 4))
        contribution[np.arange(len(kinds)), kinds // len(levels)] = levels[kinds % len(levels)]
        return Atoms(count.astype(np.int64), contribution, groups)
    shares = membership.matrix()[kept]
    if weight is not None:
        shares = shares * weight[kept][:, None]
    spread = np.zeros((len(cell), groups, 4))
    spread[np.arange(len(cell)), :, cell] = shares
    return Atoms(np.ones(len(cell), dtype=np.int64), spread.reshape(len(cell), groups * 4), groups)


def draw_tables(atoms: Atoms, replicates: int, generator: np.random.Generator) -> FloatArray:
    """Bootstrap tables of shape (replicates, G, 2, 2)."""
    size = int(atoms.count.sum())
    kinds = len(atoms.count)
    if size == 0:
        return np.zeros((replicates, atoms.groups, 2, 2))
    if atoms.contribution is None:
        drawn = generator.multinomial(size, atoms.count / size, replicates)
        return atoms.tables(drawn.astype(np.float64))
    parts = []
    step = max(1, BLOCK // kinds)
    for start in range(0, replicates, step):
        block = min(step, replicates - start)
        if kinds == size:
            picked = generator.integers(0, kinds, (block, size)) + kinds * np.arange(block)[:, None]
            drawn = np.bincount(picked.ravel(), minlength=block * kinds).reshape(block, kinds)
        else:
            drawn = generator.multinomial(size, atoms.count / size, block)
        parts.append(atoms.tables(drawn.astype(np.float64)))
    return np.concatenate(parts)


def replicate_metrics(
    study: Study, candidate: str, attribute: str, replicates: int, seed: int, rates: tuple[Rate, ...] = BOOTSTRAPPED
) -> FloatArray:
    """Bootstrap replicates of rates in every group.

    Returns
    -------
    Array of shape (replicates, G, number of rates), ``nan`` where a denominator is 0 in a replicate.
    """
    atoms = make_atoms(study.membership(attribute), study.declined(candidate), study.outcome, study.weight)
    return evaluate_rates(draw_tables(atoms, replicates, np.random.default_rng(seed)), rates)


def influence_values(atoms: Atoms, rates: tuple[Rate, ...], reference: int) -> tuple[FloatArray, FloatArray]:
    """Effect of deleting one row of each kind on each rate and on its ratio to the reference, signs turned.

    Returns
    -------
    Two arrays of shape (K, G, number of rates): jackknife influence on the rate and on the ratio.
    """
    total = atoms.tables(atoms.count[None, :].astype(np.float64))[0]
    one = np.eye(len(atoms.count)) if atoms.contribution is None else atoms.contribution
    without = np.maximum(total[None] - one.reshape(-1, atoms.groups, 2, 2), 0.0)
    rate = evaluate_rates(total[None], rates) - (left := evaluate_rates(without, rates))
    with np.errstate(divide="ignore", invalid="ignore"):
        full = evaluate_rates(total[None], rates)
        ratio = full / full[:, [reference]] - left / left[:, [reference]]
    return rate, ratio


def skewness(influence: FloatArray, count: IntArray) -> FloatArray:
    """Acceleration Σ d³ / (6 (Σ d²)^1.5) over rows, from the influence of each kind, shape (G, rates)."""
    times = count.astype(np.float64)[:, None, None] * (count > 0)[:, None, None]
    values = np.nan_to_num(influence)
    centred = values - (times * values).sum(axis=0) / max(float(count.sum()), 1.0)
    squares = (times * centred**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num((times * centred**3).sum(axis=0) / (6 * squares**1.5)), dtype=np.float64)


@convention(
    name="Bootstrap of group metrics",
    formula="multinomial draws over group × decision × outcome cells, the distribution of row resampling",
    source="Efron & Tibshirani 1993; BCa Efron 1987",
    zero_bins="a replicate with 0/0 makes the interval undefined; their share is printed",
    interval="BCa, acceleration by deleting one row of each kind",
    weights="case weights and membership probabilities; each distinct weight is a kind of its own",
)
def bootstrap_intervals(
    study: Study, replicates: int = 1000, seed: int = 12345, confidence: float = 0.95
) -> pd.DataFrame:
    """Bootstrap intervals of the ten error metrics and the acceptance rate, and of their ratios to the reference.

    Parameters
    ----------
    study: candidates, decisions and groups.
    replicates: number of bootstrap replicates.
    seed: seed of the generator; each candidate and attribute has a stream of its own.

    Returns
    -------
    candidate, attribute, group, reference, measure (a rate, or ``<rate> ratio``), estimate, lower, upper, n, method,
    note, undefined (share of replicates with 0/0).
    """
    if replicates < 1:
        raise InputError("The number of bootstrap replicates is below 1.", remedy="Ask for 1,000 or more.")
    records: list[dict[str, object]] = []
    pairs = [(candidate, membership) for candidate in study.probability for membership in study.memberships]
    streams = np.random.SeedSequence(seed).spawn(len(pairs))
    for (candidate, membership), stream in zip(pairs, streams, strict=True):
        atoms = make_atoms(membership, study.declined(candidate), study.outcome, study.weight)
        reference = membership.names.index(membership.reference)
        replicated = evaluate_rates(draw_tables(atoms, replicates, np.random.default_rng(stream)), BOOTSTRAPPED)
        observed = evaluate_rates(atoms.tables(atoms.count[None, :].astype(np.float64)), BOOTSTRAPPED)[0]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = replicated / replicated[:, [reference]]
            ratio = observed / observed[[reference]]
        influence, ratio_influence = influence_values(atoms, BOOTSTRAPPED, reference)
        cells = study.cells(candidate, membership.attribute)
        rows = {rate.name: rate_values(cells, rate).rows for rate in BOOTSTRAPPED}
        for values, estimates, skew, suffix in (
            (replicated, observed, skewness(influence, atoms.count), ""),
            (ratios, ratio, skewness(ratio_influence, atoms.count), " ratio"),
        ):
            lower, upper = interval_limits(values, estimates, skew, confidence)
            missing = (~np.isfinite(values)).mean(axis=0)
            for group, name in enumerate(membership.names):
                if suffix and group == reference:
                    continue
                for position, rate in enumerate(BOOTSTRAPPED):
                    share = float(missing[group, position])
                    records.append(
                        {
                            "candidate": candidate,
                            "attribute": membership.attribute,
                            "group": name,
                            "reference": membership.reference,
                            "measure": rate.name + suffix,
                            "estimate": _finite(estimates[group, position]),
                            "lower": lower[group, position],
                            "upper": upper[group, position],
                            "n": int(rows[rate.name][group]),
                            "method": f"bootstrap over cells, {replicates} replicates, BCa",
                            "note": "undefined in some replicates: no interval" if share > 0 else "",
                            "undefined": share,
                        }
                    )
    columns = tuple(column for column in RESULT if column not in ("n_reference", "p_value"))
    return result_frame(records, columns, ("undefined",))


def interval_limits(
    values: FloatArray, estimates: FloatArray, skew: FloatArray, confidence: float
) -> tuple[FloatArray, FloatArray]:
    """BCa limits of every group and rate from replicates of shape (R, G, rates)."""
    shape = estimates.shape
    lower, upper = np.full(shape, np.nan), np.full(shape, np.nan)
    finite = np.isfinite(values).all(axis=0)
    for group, position in zip(*np.nonzero(finite), strict=True):
        limits = bca_interval(values[:, group, position], estimates[group, position], skew[group, position], confidence)
        lower[group, position], upper[group, position] = limits
    return lower, upper


def _finite(value: float) -> float:
    """The value, ``nan`` where it is infinite (a ratio to a rate of 0)."""
    return float(value) if np.isfinite(value) else float("nan")
