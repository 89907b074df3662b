"""The reference of report.yml is the one the code would write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_spec_reference_is_up_to_date() -> None:
    code = subprocess.run([sys.executable, ROOT / "tools" / "spec_reference.py", "--check"], check=False).returncode
    assert code == 0, "run tools/spec_reference.py"
