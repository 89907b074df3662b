"""Rich display of result objects in a notebook: their tables one under the other, their texts escaped."""

from __future__ import annotations

from dataclasses import fields
from html import escape

import pandas as pd

DISPLAY_ROWS = 12


class Displayed:
    """Mixin for frozen dataclasses: a notebook shows every frame with its field name, texts and numbers as lines."""

    def _repr_html_(self) -> str:
        parts: list[str] = [f"<p><b>{escape(type(self).__name__)}</b></p>"]
        for each in fields(self):  # type: ignore[arg-type]
            value = getattr(self, each.name)
            title = escape(each.name.replace("_", " "))
            if isinstance(value, pd.DataFrame):
                note = f" ({len(value)} rows, first {DISPLAY_ROWS} shown)" if len(value) > DISPLAY_ROWS else ""
                parts.append(f"<p>{title}{note}</p>{value.head(DISPLAY_ROWS).to_html(escape=True, index=False)}")
            elif isinstance(value, str | int | float):
                parts.append(f"<p>{title}: {escape(str(value))}</p>")
        return "\n".join(parts)
