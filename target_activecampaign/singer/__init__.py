"""Singer messages: lines in, records out."""

from __future__ import annotations
