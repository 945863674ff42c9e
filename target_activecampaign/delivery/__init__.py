"""Carrying out plans: contact by contact, or in batches."""

from __future__ import annotations
