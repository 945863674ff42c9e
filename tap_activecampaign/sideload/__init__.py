"""Rows that hang on contacts come with the contacts, where the responses prove that they do."""

from __future__ import annotations
