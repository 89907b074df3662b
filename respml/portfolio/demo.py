"""Write a simulated portfolio as a folder for a spec; ``python -m respml.portfolio.demo`` makes ``data/demo``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from respml.portfolio.portfolio import write_parquet
from respml.portfolio.simulate import DEMO, DRIFT_FROM, TARGET, TRUE_SIGNS, SimulationTruths, TruthRecord, simulate
from respml.portfolio.simulate import __doc__ as process

DEMO_ROWS, DEMO_SEED = 12_000, 20240101
DEMO_FOLDER = Path("data/demo")

TRUTH_TEXTS = {
    "interaction": "`utilisation` above 0.55 and two or more `inquiries_6m` add log-odds only together",
    "proxy": "`area_deprivation` has no effect of its own and stands for `group`, whose default rates differ",
    "weak_segment": "among the self-employed (`employment_type`) no input ranks defaults",
    "drift": f"from {DRIFT_FROM} on utilisation, inquiries and the default rate are higher and income is lower",
    "leak": "`collections_contacts` is known only after default",
    "over_strong": "`behaviour_index` outweighs every other input",
    "label_noise": "outcomes flipped at random, 5 % at strength 1",
    "missing_backdoor": "rows without `income` never default, 2 % of the rows at strength 1",
}


def write_simulation(folder: Path, rows: int, seed: int, truths: SimulationTruths) -> TruthRecord:
    """Simulate a portfolio and write ``portfolio.parquet``, ``dictionary.yml``, ``truths.json`` and ``README.md``.

    Parameters
    ----------
    folder: made where it does not exist; files of these names in it are replaced.
    rows, seed, truths: see :func:`respml.portfolio.simulate.simulate`.
    """
    frame, dictionary, record = simulate(rows, seed, truths)
    folder.mkdir(parents=True, exist_ok=True)
    write_parquet(frame, folder / "portfolio.parquet")
    (folder / "dictionary.yml").write_text(dictionary.to_yaml(), encoding="utf-8")
    text = json.dumps(record.as_dict(), indent=1, sort_keys=True) + "\n"
    (folder / "truths.json").write_text(text, encoding="utf-8")
    (folder / "README.md").write_text(describe(record), encoding="utf-8")
    return record


def describe(record: TruthRecord) -> str:
    """The README of a simulated portfolio: what is planted, how to make it again, and the process."""
    strengths = asdict(record.truths)
    planted = "\n".join(
        f"| {name} | {strengths[name]:g} | {text if strengths[name] else 'off'} |" for name, text in TRUTH_TEXTS.items()
    )
    signs = ", ".join(f"`{name}` {sign:+d}" if sign else f"`{name}` none" for name, sign in TRUE_SIGNS.items())
    equations = (process or "").split("\n", 2)[2].rstrip()
    return f"""# Simulated credit-card portfolio

{record.rows:,} invented customers of a credit card; no person and no lender stands behind a row. Target `{TARGET}`,
event rate {record.event_rate:.4f}. Every truth about the data is known, so that checks can be tested against it.

| truth | strength | what is true |
|---|---|---|
{planted}

Direction of each input on the log-odds of default: {signs}.

Files: `portfolio.parquet` (rows), `dictionary.yml` (meaning of the columns), `truths.json` (this page for programs).
Made with seed {record.seed} by `respml.portfolio.demo.write_simulation`; a test makes it again and compares.

## The process

```text
{equations}
```
"""


if __name__ == "__main__":
    write_simulation(DEMO_FOLDER, DEMO_ROWS, DEMO_SEED, DEMO)
