"""Property tests of the measures: the same examples on every run, and no deadline on a busy machine."""

from hypothesis import settings

settings.register_profile("measures", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("measures")
