"""Events of order items: what has happened to which, and what is therefore due."""

from __future__ import annotations
