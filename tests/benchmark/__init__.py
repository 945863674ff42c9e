"""Benchmarks: `python -m tests.benchmark`. Not a part of the test suite."""
