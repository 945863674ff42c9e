"""What is shown of a buyer, and in place of what is not there."""

from __future__ import annotations

from typing import Final

_SHOWN_OF_NAME: Final = 2
NOTHING: Final = "\N{EN DASH}"


def masked_email(email: str | None) -> str:
    """Return enough of an address to recognise it by, and no more: ``an…@example.com``."""
    name, at, domain = (email or "").rpartition("@")
    if not at:
        return NOTHING
    return f"{name[:_SHOWN_OF_NAME] if len(name) > _SHOWN_OF_NAME else name[:1]}…@{domain}"
