"""A person's answer to a finding: owner, due date, response, compensating control, closure evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from respml.errors import InputError
from respml.review.findings_register import HUMAN, Finding, as_date, parse_finding, read_findings
from respml.review.yaml_edit import append_item, read_text, set_value, write_atomically
