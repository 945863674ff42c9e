"""Writing Singer messages: records by the page, and whatever else at once."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from singer_sdk.singerlib import RecordMessage
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.helpers.types import Record
    from singer_sdk.singerlib.encoding.simple import Message


class MessageWriter(MsgSpecWriter):
    """Write messages to stdout.

    Records leave by the bufferful, because a call of the operating system for each of them would
    take as long as all else that is done with it. Any other message is flushed. So a state is at
    the reader, and all records before it are, when it has been written.
    """

    @override
    def write_message(self, message: Message) -> None:
        line = self.format_message(message)
        with _undivided():
            sys.stdout.buffer.write(line)
            if not isinstance(message, RecordMessage):
                sys.stdout.flush()

    def write_records(self, stream: str, records: Iterable[Record], version: int | None) -> None:
        """Write records of one stream, each the line that `write_message` would write of it.

        Args:
            stream: Name of the stream in the messages.
            records: The records.
            version: Version of the table that they belong to; None if it has none.
        """
        rest = {"time_extracted": datetime.now(timezone.utc)}
        start = {"type": "RECORD", "stream": stream}
        after = rest if version is None else {"version": version, **rest}
        lines = [{**start, "record": record, **after} for record in records]
        content = encoder.encode_lines(lines)
        with _undivided():
            sys.stdout.buffer.write(content)


@contextmanager
def _undivided() -> Iterator[None]:
    """Have a signal that ends the run wait until what is being written has been.

    It would otherwise leave half a line where the reader is slower, which no loader can read.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
