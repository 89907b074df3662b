"""A minimal valid spec as text, and ways to change it."""

MINIMAL = """\
model:
  id: card-default
  name: Card default
  version: 1.0.0
  as_of: 2026-01-31
  owner: {name: Owner}
  developer: {name: Developer}
  validator: {name: Validator}
  intended_use: Rank card holders.
  population: Card holders of one bank.
data:
  source: rows.csv
  target: default
"""


def with_section(text):
    """The minimal spec with further top-level keys."""
    return MINIMAL + text
