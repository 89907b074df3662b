"""Discrimination testing."""
