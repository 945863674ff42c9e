"""Reading a postback out of an HTTP request: size, patience, and the shapes in which it comes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from python_multipart import parse_form
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from target_activecampaign.inbox.bodies import Body, decoded, from_fields, from_json
from target_activecampaign.inbox.errors import UnreadableBodyError

if TYPE_CHECKING:
    from python_multipart.multipart import Field, File
    from starlette.requests import Request

_MOST_FIELDS: Final = 200


class RefusedRequestError(Exception):
    """A request that is answered before its body is looked at.

    Attributes:
        status: HTTP status of the answer.
        reason: A few words for the sender.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


async def read_request(request: Request, *, most_bytes: int, most_seconds: float) -> Body:
    """Return the body of a request.

    Args:
        request: A POST.
        most_bytes: A larger body is refused, as soon as that is known.
        most_seconds: How long the sender may take to send the body.

    Raises:
        RefusedRequestError: If the body has no length, is too large, or takes too long.
        UnreadableBodyError: If it is no postback.
    """
    headers = request.headers
    declared = headers.get("content-length")
    if declared is None and "transfer-encoding" not in headers:
        raise RefusedRequestError(411, "length required")
    if declared is not None and (not declared.isdigit() or int(declared) > most_bytes):
        raise RefusedRequestError(413, "too large")
    try:
        raw = await asyncio.wait_for(_read(request, most_bytes), most_seconds)
    except asyncio.TimeoutError:
        raise RefusedRequestError(408, "too slow") from None
    return parse(raw, headers.get("content-type", ""))


async def _read(request: Request, most_bytes: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most_bytes:
            raise RefusedRequestError(413, "too large")
        chunks.append(chunk)
    return b"".join(chunks)


def parse(raw: bytes, content_type: str) -> Body:
    """Return the body that bytes hold.

    What looks like JSON is read as JSON, whatever it is declared as: senders get the declaration
    wrong (curl declares a form unless told otherwise).

    Args:
        raw: The bytes of the request.
        content_type: Its header, or an empty text.

    Raises:
        UnreadableBodyError: If they hold no postback.
    """
    declared, options = parse_options_header(content_type)
    charset = options.get(b"charset", b"").decode("latin-1") or None
    if declared == b"multipart/form-data":
        return from_fields(_multipart(raw, content_type))
    text = decoded(raw, charset)
    if declared == b"application/x-www-form-urlencoded" and not text.lstrip().startswith("{"):
        return from_fields(_form(text, charset))
    if not text.strip():
        raise UnreadableBodyError("The body is empty.")
    return from_json(text)


def _form(text: str, charset: str | None) -> dict[str, str]:
    try:
        return dict(
            parse_qsl(
                text.strip(),
                keep_blank_values=True,
                encoding=charset or "utf-8",
                errors="strict",
                max_num_fields=_MOST_FIELDS,
            )
        )
    except (ValueError, LookupError):
        raise UnreadableBodyError("The body is no form that can be read.") from None


def _multipart(raw: bytes, content_type: str) -> dict[str, str]:
    fields: dict[str, str] = {}

    def on_field(field: Field) -> None:
        if len(fields) >= _MOST_FIELDS:
            raise UnreadableBodyError("The body is a form with too many fields.")
        fields[decoded(field.field_name or b"")] = decoded(field.value or b"")

    def on_file(file: File) -> None:
        file.file_object.seek(0)
        fields[decoded(file.field_name or b"")] = decoded(file.file_object.read())

    try:
        parse_form(
            {"Content-Type": content_type.encode("latin-1")},
            _Whole(raw),
            on_field,
            on_file,
        )
    except (MultipartParseError, ValueError):
        raise UnreadableBodyError("The body is no form that can be read.") from None
    return fields


class _Whole:
    """Bytes in the form that the multipart parser reads."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def read(self, size: int = -1, /) -> bytes:
        taken, self._raw = (self._raw, b"") if size < 0 else (self._raw[:size], self._raw[size:])
        return taken
