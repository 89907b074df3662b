"""Names of files that more than one room knows."""

FINDINGS = "findings.json"
"""Every check's result, in the folder of the stage ``checks`` and in a run."""
