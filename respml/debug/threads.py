"""How many threads the numerical libraries may use."""

from __future__ import annotations

from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


def single_threaded() -> Any:
    """One thread for OpenMP and BLAS as long as the returned object lives or until its ``restore_original_limits``.

    Analyses run side by side: threads that wait for each other's cores cost more than they bring, many times more where
    calls are small.
    """
    return threadpool_limits(1)
