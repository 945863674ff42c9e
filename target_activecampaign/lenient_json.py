"""Lenient JSON: accepts lone surrogates, which appear when a program cuts text inside an emoji."""

from __future__ import annotations

import json
from typing import Any

import msgspec


def json_of(text: bytes | str) -> Any:
    r"""Read JSON.

    A program that cuts a text within an emoji writes half of it (``\ud83d``), which is no letter;
    such halves are read as ``?``.

    Raises:
        ValueError: If the text is not JSON.
        RecursionError: If it is nested too deeply.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        written = text.encode(errors="replace") if isinstance(text, str) else text
        if b"\\ud" not in written.lower():
            raise ValueError(str(error)) from None
    whole = json.dumps(json.loads(text), ensure_ascii=False).encode(errors="replace")
    try:
        return msgspec.json.decode(whole)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
