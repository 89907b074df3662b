"""A project whose every text tries to be something else: HTML, Markdown, a shortcode, a formula, a control code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from respml.portfolio.portfolio import write_parquet
from respml.portfolio.simulate import DEMO, simulate
from tests.end_to_end.projects import LEFT_OUT, write_spec

SCRIPT = "<script>document.title='owned'</script>"
IMAGE = '"><img src=x onerror="document.title=\'owned\'">'
REMOTE = "![pixel](http://evil.example/pixel.png)"
SHORTCODE = "{{< var model.name >}} {{< include /etc/passwd >}}"
FENCE = "::: {.finding}\n\n```{=html}\n<iframe src=http://evil.example></iframe>\n```\n\n:::"
COLUMNS = {
    "income": SCRIPT,
    "utilisation": "a|b $x_1^2$ **bold** {{< var x >}} _u_",
    "payment_ratio": "`code` [@nobody] @fig-none ^up^ ~down~ \\frac{1}{2} #head",
    "months_on_book": IMAGE,
    "inquiries_6m": "=cmd|' /C calc'!A0",
    "credit_limit": "{model} {data.rows} %s {0}",
}
LEVELS = {
    "north": "<b>north</b> {{< var x >}} | $y$",
    "south": "line\nbreak\r\n\n# Heading\n\n- item",
    "east": "\u202eevil\u202c \u2066isolate\u2069 \u200bzero",
    "west": "wide " * 2000,
    "islands": "---\ntitle: owned\n---",
}


def write_hostile_project(folder: Path, **sections: Any) -> Path:
    """The small project, every analysis on, with hostile names, levels, dictionary and spec; returns the spec."""
    frame, dictionary, _ = simulate(3000, 7, DEMO)
    frame["region"] = frame["region"].map(LEVELS)
    frame["group"] = frame["group"].replace({"group_b": SCRIPT})
    folder.mkdir(parents=True, exist_ok=True)
    write_parquet(frame.rename(columns=COLUMNS), folder / "portfolio.parquet")
    entries = yaml.safe_load(dictionary.to_yaml())["columns"]
    entries = {COLUMNS.get(name, name): entry for name, entry in entries.items()}
    entries[SCRIPT] |= {"meaning": f"{IMAGE} {REMOTE}", "unit": "<EUR>"}
    entries[COLUMNS["utilisation"]] |= {"meaning": SHORTCODE}
    entries["payment_status"]["labels"] = {key: f"{IMAGE} {key}|$z$" for key in entries["payment_status"]["labels"]}
    text = yaml.safe_dump({"columns": entries}, sort_keys=False, allow_unicode=True)
    (folder / "dictionary.yml").write_text(text, encoding="utf-8")
    hostile = {"name": f"Name {IMAGE}", "role": REMOTE, "contact": "[mail](javascript:document.title='owned')"}
    return write_spec(
        folder,
        model={
            "name": f'O\'Model & "Söhne" {IMAGE} {{{{< var x >}}}} $m$',
            **{role: dict(hostile) for role in ("owner", "developer", "validator")},
            "intended_use": f"{SCRIPT}\n\n{FENCE}\n\n{SHORTCODE}\n\n# A heading\n\n<details open ontoggle=alert(1)>",
            "population": f"{REMOTE} \\input{{/etc/passwd}}",
            "out_of_scope": [SCRIPT, "- nested\n", "[link](javascript:alert(1))"],
            "limitations": [FENCE.replace("\n", " "), SHORTCODE],
            "classification": f"Secret {IMAGE}",
            "licence": SCRIPT,
            "materiality": {"tier": "high", "exposure": "<i>5 %</i>", "purpose": SHORTCODE},
            "history": [{"version": "1.0.0", "date": "2026-01-01", "author": IMAGE, "change": "a | b | `c`"}],
        },
        analyses=dict.fromkeys(LEFT_OUT),
        data={"excluded": {"bill_amount": f"{IMAGE} | {REMOTE}"}},
        decision={"value": {"currency": "<u>EUR</u>", "source": SHORTCODE}},
        mute={"RML-D01": f"{SCRIPT} because {{{{< var x >}}}} {{performance.auc.mgbm}}"},
        **sections,
    )
