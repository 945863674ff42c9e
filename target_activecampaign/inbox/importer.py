"""Brings files into the inbox: the panel's CSV export of sales, and JSON Lines of bodies.

What is in the inbox already, word for word, is not added again, so a file may be imported as often
as one likes.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import logging
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Final

from target_activecampaign.inbox.bodies import Body, from_json, from_record
from target_activecampaign.inbox.errors import InboxError, UnreadableBodyError
from target_activecampaign.inbox.store import NewPostback, milliseconds_now
from target_activecampaign.lenient_json import json_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from target_activecampaign.inbox.store import Store

logger = logging.getLogger(__name__)

_TOGETHER: Final = 200
_SHOWN_UNREADABLE: Final = 10
_SAMPLE_BYTES: Final = 65_536
_LARGEST_FIELD: Final = 1_048_576
_SEPARATORS: Final = (";", ",", "\t", "|")
# Headings of the panel's export, without accents; a file with none of them is another table.
_PANEL_COLUMNS: Final = frozenset(
    (
        "numero do pedido",
        "codigo do pedido",
        "codigo da transacao",
        "codigo da oferta",
        "id do produto",
        "nome do produto",
        "e-mail do cliente",
        "email do cliente",
        "status",
    )
)
_FEWEST_PANEL_COLUMNS: Final = 3


@dataclass
class ImportCounts:
    """What became of the rows of a file.

    Attributes:
        new: Added.
        known: In the inbox already, or twice in the file.
        unreadable: Left out; each of the first ones is logged with its line.
    """

    new: int = 0
    known: int = 0
    unreadable: int = 0


@dataclass(frozen=True)
class _Row:
    """A row of a file: its line, and its body with the time of its receipt or what is wrong."""

    line: int
    body: Body | None = None
    received_at: int | None = None
    fault: str = ""


def import_into(store: Store, path: Path, *, tokens: Sequence[str] = ()) -> ImportCounts:
    """Import a file.

    Args:
        store: The inbox.
        path: The file. Its encoding and separators are found out.
        tokens: Hidden where bodies hold them. They are not compared: the file is the owner's.

    Raises:
        InboxError: If the file cannot be read or is no file of orders.
        StoreError: If the store fails; what was added until then is kept, and known next time.
    """
    counts, waiting = ImportCounts(), list[NewPostback]()
    try:
        with path.open("rb") as file:
            for row in _rows(file, path):
                if row.body is None:
                    counts.unreadable += 1
                    if counts.unreadable <= _SHOWN_UNREADABLE:
                        logger.warning("Line %d is left out: %s", row.line, row.fault)
                    continue
                kept = row.body.without(tokens)
                waiting.append(
                    NewPostback(
                        row.received_at or milliseconds_now(), kept.text, kept.digest, kept.status
                    )
                )
                if len(waiting) >= _TOGETHER:
                    _add(store, waiting, counts)
                    waiting = []
        _add(store, waiting, counts)
    except OSError as error:
        raise InboxError(f"The file {path} cannot be read: {error.strerror}.") from None
    except UnicodeError:
        raise InboxError(f"The file {path} is no text in an encoding that is known.") from None
    return counts


def _add(store: Store, rows: Sequence[NewPostback], counts: ImportCounts) -> None:
    known = store.known(row.digest for row in rows)
    new = {row.digest: row for row in reversed(rows) if row.digest not in known}
    in_order = [row for row in rows if new.get(row.digest) is row]
    if in_order:
        store.add(in_order)
    counts.new += len(in_order)
    counts.known += len(rows) - len(in_order)


def _rows(file: IO[bytes], path: Path) -> Iterator[_Row]:
    sample = file.read(_SAMPLE_BYTES)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=_encoding(sample, file), newline="")
    try:
        first = text.read(1)
        while first and (first.isspace() or first == "\ufeff"):
            first = text.read(1)
        file.seek(0)
        text = io.TextIOWrapper(text.detach(), encoding=text.encoding, newline="")
        yield from _json_rows(text) if first in {"{", "["} else _csv_rows(text, path)
    finally:
        with contextlib.suppress(ValueError):
            text.detach()


def _encoding(sample: bytes, file: IO[bytes]) -> str:
    """Return the encoding of a file: by its mark, else UTF-8 if all of it is, else Excel's."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if sample.startswith(mark):
            return encoding
    # Text without accents has a zero in every other byte.
    if sample[1::2].count(0) > len(sample) // 4:
        return "utf-16-le"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_SAMPLE_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8"


# --- JSON Lines ---------------------------------------------------------------------------------


def _json_rows(text: IO[str]) -> Iterator[_Row]:
    for number, line in enumerate(text, start=1):
        written = line.strip().lstrip("\ufeff")
        if not written:
            continue
        try:
            yield from _json_row(written, number)
        except UnreadableBodyError as error:
            yield _Row(number, fault=str(error))


def _json_row(written: str, number: int) -> Iterator[_Row]:
    """Yield the body of a line; a line of tap-ticto's output keeps the time of its receipt."""
    try:
        message = json_of(written)
    except (ValueError, RecursionError):
        message = None
    kind = message.get("type") if isinstance(message, dict) else None
    if kind in {"SCHEMA", "STATE", "ACTIVATE_VERSION"} and "status" not in message:
        return
    if kind == "RECORD" and isinstance(message.get("record"), dict):
        record = message["record"]
        inner = record.get("body")
        if isinstance(inner, dict) and "received_at" in record:
            yield _Row(number, from_record(inner), _milliseconds(record["received_at"]))
        else:
            yield _Row(number, from_record(record))
        return
    yield _Row(number, from_json(written))


def _milliseconds(written: Any) -> int | None:
    try:
        return int(datetime.fromisoformat(str(written).replace("Z", "+00:00")).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


# --- CSV ----------------------------------------------------------------------------------------


def _csv_rows(text: IO[str], path: Path) -> Iterator[_Row]:
    csv.field_size_limit(_LARGEST_FIELD)
    heading_lines = _Peekable(text)
    separator = _separator(heading_lines)
    reader = csv.reader(heading_lines, delimiter=separator)
    headings: list[str] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield _Row(reader.line_num, fault="The row is no CSV.")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if headings is None:
            headings = _headings(cells, path)
            continue
        yield _csv_row(headings, cells, heading_lines.skipped + reader.line_num)


def _csv_row(headings: list[str], cells: list[str], line: int) -> _Row:
    surplus = cells[len(headings) :]
    if any(cell.strip() for cell in surplus) or len(cells) < len(headings) - 1:
        return _Row(line, fault=f"It has {len(cells)} cells where the heading has {len(headings)}.")
    record = {
        heading: cell.strip() for heading, cell in zip(headings, cells, strict=False) if heading
    }
    try:
        return _Row(line, from_record(record))
    except UnreadableBodyError as error:
        return _Row(line, fault=str(error))


def _headings(cells: list[str], path: Path) -> list[str]:
    headings = [cell.strip().lstrip("\ufeff") for cell in cells]
    found = _PANEL_COLUMNS & {_plain(heading) for heading in headings}
    if len(found) < _FEWEST_PANEL_COLUMNS:
        raise InboxError(
            f"The file {path} is neither the export of sales of Ticto's panel (its first row must "
            f"name columns such as Código do Pedido, Código da Transação and Status) nor JSON "
            f"Lines."
        )
    return headings


def _plain(text: str) -> str:
    """Return text without accents and case."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


class _Peekable:
    """The lines of a text, of which the first can be looked at beforehand."""

    def __init__(self, text: IO[str]) -> None:
        self._lines = iter(text)
        self._first: list[str] = []
        self.skipped = 0

    def peek(self) -> str:
        if not self._first:
            self._first = [next(self._lines, "")]
        return self._first[0]

    def skip(self) -> None:
        self._first = []
        self.skipped += 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._first:
            return self._first.pop()
        return next(self._lines)


def _separator(lines: _Peekable) -> str:
    """Return what separates cells: what Excel's first line says, else what the heading has most."""
    first = lines.peek().lstrip("\ufeff").strip().strip('"')
    if first.lower().startswith("sep=") and len(first) > len("sep="):
        lines.skip()
        return first[len("sep=")]
    while not lines.peek().strip() and lines.peek():
        lines.skip()
    heading = lines.peek()
    return max(_SEPARATORS, key=heading.count)
