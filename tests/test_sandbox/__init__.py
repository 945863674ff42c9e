"""Tests of the sandbox: each claim on real HTTP."""
