"""Cases of the checks on what the model does."""

import pandas as pd

from tests.checks.evidence import RuleCase

E = "explanations."


def added(worst):
    return {E + "additivity.worst": worst}


def order(pairs, first="no"):
    return {E + "unresolved": pairs, E + "unresolved_first": first, E + "unresolved_names": "income and age"}


def signs(all_of_them, leading):
    return {E + "signs.disagree": all_of_them, E + "signs.disagree_leading": leading, E + "signs.names": "income"}


def directions(constrained, broken, unsettled, violated=None, proved=None):
    return {
        E + "monotone.violated": violated,
        E + "monotone.constrained": constrained,
        E + "monotone.broken": broken,
        E + "monotone.open": unsettled,
        E + "monotone.proved": constrained - broken - unsettled if proved is None else proved,
    }


def missing(count):
    return {E + "missing_lowest": count, E + "missing_lowest_names": "income"}


def dominance(ratio):
    return {E + "first": "utilisation", E + "first_over_second": ratio, E + "first_share": 0.4}


def pair(share):
    return {E + "pairs.first": "a × b", E + "pairs.share": share}


def curves(ratio, examined=3):
    return {E + "ale.ratio": ratio, E + "ale.feature": "income", E + "ale.examined": examined}


def refits(unstable, members=10):
    return {E + "ensemble.unstable": unstable, E + "ensemble.members": members}


def methods(same, refused):
    return {E + "local.same_first": same, E + "local.refused": refused, E + "local.customers": 11}


ADDED = {E + "additivity": pd.DataFrame({"model": ["mgbm"]})}
CASES = [
    RuleCase("RML-E01", "finding", "two hundred-thousandths", added(2e-5), ADDED, severity="high"),
    RuleCase("RML-E01", "passed", "rounding only", added(1e-5), ADDED),
    RuleCase("RML-E02", "finding", "the first place is open", order(2, "yes"), says="income and age"),
    RuleCase("RML-E02", "observation", "places further down are open", order(2), says="2 neighbouring"),
    RuleCase("RML-E02", "passed", "all settled", order(0)),
    RuleCase("RML-E03", "finding", "a leading input turns", signs(2, 1), severity="medium", says="income"),
    RuleCase("RML-E03", "observation", "only minor inputs turn", signs(2, 0)),
    RuleCase("RML-E03", "passed", "none turns", signs(0, 0)),
    RuleCase("RML-E04", "finding", "one promise broken", directions(8, 1, 0), severity="high", says="1 of 8"),
    RuleCase("RML-E04", "observation", "one not settled", directions(8, 0, 1)),
    RuleCase("RML-E04", "passed", "all proved", directions(8, 0, 0), says="8 constrained"),
    RuleCase("RML-E04", "not applicable", "nothing promised, no direction stated", directions(0, 0, 0)),
    RuleCase("RML-E04", "observation", "free, and against the dictionary", directions(0, 0, 0, 3, 5), says="3 break"),
    RuleCase("RML-E04", "passed", "free, and as the dictionary states", directions(0, 0, 0, 0, 8), says="8 are proved"),
    RuleCase("RML-E05", "finding", "one input is safest when missing", missing(1), says="income"),
    RuleCase("RML-E05", "passed", "none is", missing(0)),
    RuleCase("RML-E06", "finding", "more than twice the second", dominance(2.01), says="utilisation"),
    RuleCase("RML-E06", "passed", "exactly twice", dominance(2.0)),
    RuleCase("RML-E07", "finding", "one pair above the limit", pair(0.041), says="a × b"),
    RuleCase("RML-E07", "passed", "at the limit", pair(0.04)),
    RuleCase("RML-E07", "not applicable", "no trees to read", pair(None)),
    RuleCase("RML-E08", "finding", "too little is reproduced", {E + "surrogate.r2": (0.69, 0.6, 0.75)}),
    RuleCase("RML-E08", "observation", "perhaps too little", {E + "surrogate.r2": (0.75, 0.65, 0.85)}),
    RuleCase("RML-E08", "observation", "no interval", {E + "surrogate.r2": 0.9}),
    RuleCase("RML-E08", "passed", "enough for sure", {E + "surrogate.r2": (0.85, 0.8, 0.9)}),
    RuleCase("RML-E09", "finding", "curves differ by more than half the effect", curves(0.51), says="income"),
    RuleCase("RML-E09", "passed", "by half", curves(0.5)),
    RuleCase("RML-E09", "not applicable", "no input goes with another", curves(0.0, 0)),
    RuleCase("RML-E10", "finding", "more than a quarter of the leading ones unstable", refits(0.26), severity="low"),
    RuleCase("RML-E10", "passed", "a quarter unstable", refits(0.25)),
    RuleCase("RML-E10", "not applicable", "no refits", refits(0.5, 0)),
    RuleCase("RML-E11", "finding", "methods differ", methods(0.49, 0)),
    RuleCase("RML-E11", "observation", "the surrogate is refused for some", methods(0.9, 2)),
    RuleCase("RML-E11", "passed", "methods agree", methods(0.9, 0)),
]
