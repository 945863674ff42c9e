"""A run of the target: what it reads, does, and reports."""

from __future__ import annotations
