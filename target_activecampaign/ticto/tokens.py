"""The shared secret of a webhook: compared, proved and taken out of what is kept."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import re
from typing import Any, Final

from tap_activecampaign.api.redaction import HIDDEN, without_secrets
from target_activecampaign.lenient_json import json_of

# Columns and headers call it token, TOKEN, ticto_token, X-Ticto-Token ...
_ENDS_OF_SECRET_KEYS: Final = ("token", "token_proof")
# In a body that is text but no whole JSON, such as one that a column has cut short.
_TOKEN_IN_TEXT: Final = re.compile(
    r"""(token(?:_proof)?\\*["']\s*:\s*)(?:(\\*["'])[^"']*|[^\s"',}\]]+)""", re.IGNORECASE
)
# A shorter token would be found in words that have nothing to do with it.
_SHORTEST_SOUGHT: Final = 4


def is_token(given: Any, ticto_token: str) -> bool:
    """Return whether what a record carries is the token, in the same time for every wrong one."""
    return isinstance(given, str) and hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), ticto_token.encode()
    )


def token_proof(ticto_token: str, time: str) -> str:
    """Return what shows that a reject's record once came with the right token.

    Only who knows the token can compute it, so that nobody can post records dressed as rejects.
    """
    return hmac.new(ticto_token.encode(), f"reject {time}".encode(), hashlib.sha256).hexdigest()


def without_token(value: Any, ticto_token: str | None = None) -> Any:
    """Return a record without the shared secret of its postback, wherever it stands.

    Args:
        value: The record, or a part of it. Text that is JSON is searched like everything else.
        ticto_token: The secret itself, if it is known; it is hidden in whatever text it occurs.
    """
    if isinstance(value, dict):
        return {
            _hidden(key, ticto_token): without_token(member, ticto_token)
            for key, member in value.items()
            if not key.casefold().endswith(_ENDS_OF_SECRET_KEYS)
        }
    if isinstance(value, list):
        return [without_token(member, ticto_token) for member in value]
    return _text_without_token(value, ticto_token) if isinstance(value, str) else value


def _text_without_token(text: str, ticto_token: str | None) -> str:
    if text.lstrip()[:1] in {"{", "[", '"'}:
        with contextlib.suppress(ValueError, RecursionError):
            return json.dumps(without_token(json_of(text), ticto_token), ensure_ascii=False)
    return _hidden(_TOKEN_IN_TEXT.sub(rf"\1\2{HIDDEN}", text), ticto_token)


def _hidden(text: str, ticto_token: str | None) -> str:
    if not ticto_token or (len(ticto_token) < _SHORTEST_SOUGHT and text != ticto_token):
        return text
    return without_secrets(text, [ticto_token])
