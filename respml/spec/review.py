"""What is kept beside the spec for review, and how much data may leave in a bundle."""

from __future__ import annotations

from typing import Literal

from respml.spec.identity import Strict


class Review(Strict):
    """Registers kept beside the spec, and what a bundle may hold.

    ``findings`` and ``registers`` ask for the folders of those names; a folder that exists is kept up to date without
    being asked for. ``bundle_data`` is the most that a bundle may hold: nothing of the data, a frozen sample of the
    reported partitions, or the source files.
    """

    findings: bool = False
    registers: bool = False
    bundle_data: Literal["none", "sample", "full"] = "none"
