"""Names of files and stages that more than one room knows."""

FINDINGS = "findings.json"
"""Every check's result, in the folder of the stage ``checks`` and in a run."""

PROJECT = "project"
"""The assembled Quarto project, in the folder of the stage that left it."""

CHANGES = "changes"
"""The stage that compares with the version before, and the analysis whose evidence it leaves."""
