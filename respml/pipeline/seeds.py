"""Seeds: one number in the spec, one derived number a stage."""

from __future__ import annotations

import hashlib


def seed_for(spec_seed: int, stage_name: str) -> int:
    """The seed of a stage: the first 31 bits of SHA-256 over ``"<spec seed>/<stage name>"``.

    Stages get unrelated streams, and adding or renaming one stage leaves the seeds of all others as they were.

    Parameters
    ----------
    spec_seed: the seed written in the spec.
    stage_name: the stage's name.

    Returns
    -------
    An integer in [0, 2**31), which NumPy, scikit-learn and XGBoost all accept.
    """
    digest = hashlib.sha256(f"{spec_seed}/{stage_name}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
