"""Text from data and spec on a figure: shown as it is, whatever it holds."""

from __future__ import annotations


def literal(text: object) -> str:
    """A name that matplotlib shows as it is: a pair of dollar signs would be read as a formula otherwise."""
    plain = "".join(character if character.isprintable() else " " for character in str(text))
    return plain.replace("$", r"\$")
