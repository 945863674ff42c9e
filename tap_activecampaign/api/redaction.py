"""Secrets never leave in a message, a file of rejects or a log: they are hidden here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

HIDDEN: Final = "***"
# Shorter secrets, which only tests have, are hidden where they stand alone: their letters are in
# many words.
_PART_OF_NO_WORD: Final = 5


def secret_values(config: Any, names: Collection[str]) -> frozenset[str]:
    """Return the values of secret settings, wherever they stand in a configuration.

    Args:
        config: A configuration, or a part of one.
        names: The settings that are secret.
    """
    found: set[str] = set()
    if isinstance(config, dict):
        for name, value in config.items():
            found |= _leaves(value) if name in names else secret_values(value, names)
    elif isinstance(config, list | tuple):
        for member in config:
            found |= secret_values(member, names)
    return frozenset(found)


def _leaves(value: Any) -> frozenset[str]:
    """Return the values within a value: a secret may be given in a shape that is not valid."""
    if isinstance(value, dict | list | tuple):
        members = value.values() if isinstance(value, dict) else value
        return frozenset(leaf for member in members for leaf in _leaves(member))
    return frozenset({str(value)}) if isinstance(value, str | int) and str(value) else frozenset()


def without_secrets(text: str, secrets: Iterable[str | None]) -> str:
    """Return a text with each secret hidden. Longer ones go first, for one may hold another."""
    for secret in sorted({one for one in secrets if one}, key=len, reverse=True):
        whole = re.escape(secret)
        text = re.sub(
            whole if len(secret) >= _PART_OF_NO_WORD else rf"(?<!\w){whole}(?!\w)", HIDDEN, text
        )
    return text
