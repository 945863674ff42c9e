"""Custom fields where people look for them: on contacts, deals and accounts themselves."""

from __future__ import annotations
