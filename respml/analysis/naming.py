"""Names in sentences: levels of columns in the dictionary's words, and lists that do not run on."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from respml.portfolio.portfolio import Portfolio


def named_levels(frame: pd.DataFrame, portfolio: Portfolio) -> pd.DataFrame:
    """A frame whose coded columns hold the words of the dictionary, as categories in the order of the codes.

    Inputs of the models keep their codes, since rules and curves speak of them by code; so do columns without labels. A
    code that the dictionary does not explain reads ``unlabelled 5``, as in the chapter on discrimination testing.
    """
    words: dict[str, pd.Series] = {}
    for name in frame.columns:
        column = portfolio.dictionary[name] if name in portfolio.dictionary.columns else None
        if name in portfolio.inputs or column is None or not column.labels:
            continue
        codes = sorted(frame[name].dropna().unique(), key=lambda code: (isinstance(code, str), code))
        texts = {code: column.label(code) for code in codes}
        labels = set(column.labels.values())
        named = {code: text if text in labels else f"unlabelled {text}" for code, text in texts.items()}
        kind = pd.CategoricalDtype(list(dict.fromkeys(named.values())), ordered=True)
        words[name] = frame[name].map(named).astype(kind)
    return frame.assign(**words)


def some_of(names: Iterable[object], most: int = 8, between: str = ", ") -> str:
    """The first ``most`` names of a list and how many more there are, or ``none``."""
    every = [str(each) for each in names]
    rest = [f"{len(every) - most} more"] if len(every) > most else []
    return between.join([*every[:most], *rest]) or "none"
