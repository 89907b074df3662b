"""All adapters: those of the package, and those other packages offer under the entry point ``respml.adapters``."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from respml.adapters import (
    catboost_model,
    coefficient_table,
    ebm_json,
    h2o_fit,
    h2o_mojo,
    lightgbm_text,
    onnx_graph,
    python_function,
    score_file,
    sklearn_model,
    xgboost_model,
)
from respml.adapters.dependence import GROUP
from respml.adapters.external_model import Adapter
from respml.errors import InputError
from respml.spec.loading import nearest

BUILT_IN = (
    xgboost_model.ADAPTER,
    sklearn_model.ADAPTER,
    lightgbm_text.ADAPTER,
    catboost_model.ADAPTER,
    coefficient_table.ADAPTER,
    onnx_graph.ADAPTER,
    h2o_mojo.ADAPTER,
    h2o_fit.GBM,
    h2o_fit.GLM,
    ebm_json.ADAPTER,
    python_function.ADAPTER,
    score_file.ADAPTER,
)


@cache
def all_adapters() -> dict[str, Adapter]:
    """Every adapter by name.

    Errors
    ------
    InputError where an entry point takes a name that is taken, or is no adapter.
    """
    found = {adapter.name: adapter for adapter in BUILT_IN}
    for entry in sorted(entry_points(group=GROUP), key=lambda each: (each.name, each.value)):
        if entry.name in found:
            raise InputError(
                f"Two packages offer an adapter named '{entry.name}'.", where=entry.value, remedy="Remove one of them."
            )
        adapter = entry.load()
        if not isinstance(adapter, Adapter) or adapter.name != entry.name:
            raise InputError(f"The entry point '{entry.name}' is no adapter of that name.", where=entry.value)
        found[entry.name] = adapter
    return found


def adapter_named(name: str) -> Adapter:
    """One adapter.

    Errors
    ------
    InputError for a name that is not known, with the nearest that is.
    """
    adapters = all_adapters()
    if name not in adapters:
        raise InputError(f"There is no adapter '{name}'.", remedy=nearest(name, adapters))
    return adapters[name]


def recognised(path: Path) -> Adapter:
    """The adapter whose format a file has.

    Errors
    ------
    InputError where none or more than one recognises it.
    """
    found = [adapter for adapter in all_adapters().values() if adapter.recognises(path)]
    if len(found) != 1:
        what = "No adapter recognises" if not found else f"{len(found)} adapters recognise"
        table = " A table of coefficients has columns 'term' and 'coefficient'; scores are named by 'adapter: scores'."
        raise InputError(
            f"{what} the model file.{table if path.suffix.lower() in ('.csv', '.parquet') else ''}",
            where=path.name,
            remedy=f"Name the adapter: one of {', '.join(all_adapters())}.",
        )
    return found[0]
