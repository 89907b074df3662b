"""Stages, their store, the notebook runner and progress: how a report is computed, not what."""
