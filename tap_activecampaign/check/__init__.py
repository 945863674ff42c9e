"""`--check`: what a run will read and cost, told before the first one."""

from __future__ import annotations
