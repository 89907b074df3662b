"""Discrimination testing: group outcomes, individuals, proxies. Group data tests and selects; it is no model input."""
