"""Programs that write to one finding at the same time wait for each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from respml.review.findings_register import Moment, sync
from tests.review.test_findings_register import AS_OF, DIGEST, result

PROGRAM = """
import sys
from datetime import date
from pathlib import Path
from respml.review.answers import respond
for number in range(10):
    respond(Path(sys.argv[1]), "RML-P03.mgbm", {"response": f"{sys.argv[2]} {number}"}, by=sys.argv[2],
            version="1", as_of=date(2026, 9, 30))
"""


def test_answers_of_several_programs_are_all_kept(tmp_path):
    sync(tmp_path, [result()], Moment("1.0.0", AS_OF, DIGEST))
    root = str(Path(__file__).parents[2])
    started = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path), name], cwd=root, stderr=subprocess.PIPE)
        for name in ("Ada", "Grace", "Olga")
    ]
    for each in started:
        _, told = each.communicate(timeout=60)
        assert each.returncode == 0, told
    history = yaml.safe_load((tmp_path / "RML-P03.mgbm.yml").read_text())["history"]
    answered = [each["given"]["response"] for each in history if each["event"] == "answered"]
    assert sorted(answered) == sorted(f"{name} {number}" for name in ("Ada", "Grace", "Olga") for number in range(10))
    assert [each.name for each in tmp_path.iterdir()] == ["RML-P03.mgbm.yml"], "no lock or half-written file stays"
