"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# The same examples in every run; new ones are searched for with --hypothesis-profile=search.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=5_000, deadline=None)
settings.load_profile("repeatable")
