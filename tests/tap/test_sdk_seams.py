"""What the tap relies on inside singer-sdk: an upgrade that changes it fails here, by name."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from singer_sdk import Stream, Tap
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_activecampaign.stream_types.sdk_seams import SdkSeams
from tap_activecampaign.tap import TapActiveCampaign
from target_activecampaign.target import TargetActiveCampaign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from singer_sdk.helpers.types import Context, Record

SCHEMA: dict[str, Any] = {
    "properties": {
        "id": {"type": "integer"},
        "changed": {"type": ["string", "null"], "format": "date-time"},
    }
}
STAMPED: Record = {"id": 1, "changed": "2026-01-02T00:00:00+00:00"}
UNSTAMPED: Record = {"id": 2, "changed": None}


class _Rows:
    rows: ClassVar[Sequence[Record | Exception]] = ()

    def get_records(self, context: Context | None) -> Iterable[Record]:
        del context
        for row in self.rows:
            if isinstance(row, Exception):
                raise row
            yield dict(row)


class Plain(_Rows, Stream):
    """A stream as the SDK makes it."""

    name = "plain"
    replication_key = "changed"
    schema: ClassVar[dict[str, Any]] = SCHEMA


class Ours(_Rows, SdkSeams):
    """The same rows in a stream of this tap."""

    name = "ours"
    replication_key = "changed"

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap, SCHEMA)


class Forgiving(Ours):
    """A stream whose failures end nothing but itself."""

    name = "forgiving"

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap)
        self.errors: list[Exception] = []

    @override
    def failed(self, error: Exception) -> None:
        self.errors.append(error)


class TapPlain(Tap):
    """A tap of one stream."""

    name = "tap-plain"

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [Plain(self), Ours(self), Forgiving(self)]


def sync(name: str, rows: Sequence[Record | Exception], **config: Any) -> Stream:
    tap = TapPlain(config=config)
    stream = tap.streams[name]
    if "emit_activate_version_messages" in config:
        stream.forced_replication_method = "FULL_TABLE"
    _Rows.rows = rows
    stream.sync()
    return stream


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


@pytest.mark.parametrize(("name", "expected"), [("plain", "first"), ("ours", "last")])
def test_the_sdk_announces_a_version_before_the_rows_and_we_after_them(
    capsys: pytest.CaptureFixture[str], name: str, expected: str
) -> None:
    stream = sync(name, [STAMPED], emit_activate_version_messages=True)
    if isinstance(stream, SdkSeams):
        stream.announce_version()
    kinds = [json.loads(line)["type"] for line in capsys.readouterr().out.splitlines()]
    kinds = [kind for kind in kinds if kind in {"RECORD", "ACTIVATE_VERSION"}]
    order = ["ACTIVATE_VERSION", "RECORD"]
    assert kinds == (order if expected == "first" else order[::-1])


def test_a_stream_that_was_not_read_to_its_end_announces_no_version(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError, match="broken"):
        sync("ours", [STAMPED, ValueError("broken")], emit_activate_version_messages=True)
    assert "ACTIVATE_VERSION" not in capsys.readouterr().out


def test_the_sdk_ends_the_run_at_a_stream_that_fails_and_we_may_go_on() -> None:
    with pytest.raises(ValueError, match="broken"):
        sync("plain", [STAMPED, ValueError("broken")])
    stream = sync("forgiving", [STAMPED, ValueError("broken")])
    assert isinstance(stream, Forgiving)
    assert [str(error) for error in stream.errors] == ["broken"]
    # What the tap of the SDK does after each stream.
    stream.finalize_state_progress_markers()
    assert "replication_key_value" not in stream.stream_state


def test_a_record_without_a_replication_value_is_not_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stream = sync("ours", [STAMPED, UNSTAMPED])
    assert stream.stream_state["replication_key_value"] == STAMPED["changed"]
    assert warnings_of(caplog) == []


def test_the_warning_of_unsorted_streams_is_worded_as_the_filter_expects(
    caplog: pytest.LogCaptureFixture,
) -> None:
    TapPlain()
    logger = logging.getLogger("singer_sdk")
    kept_out = list(logger.filters)
    for one in kept_out:
        logger.removeFilter(one)
    try:
        sync_without_ours([STAMPED])
    finally:
        for one in kept_out:
            logger.addFilter(one)
    assert [one.split(",")[0] for one in warnings_of(caplog)] == [
        "Stream is assumed to be unsorted"
    ]


def sync_without_ours(rows: Sequence[Record]) -> None:
    class TapOfOne(TapPlain):
        @override
        def discover_streams(self) -> Sequence[Stream]:
            return [Plain(self)]

    _Rows.rows = rows
    TapOfOne().streams["plain"].sync()


@pytest.mark.parametrize(("name", "lines"), [("plain", 1), ("ours", 0)])
def test_the_sdks_line_on_a_failure_is_worded_as_the_filter_expects(
    caplog: pytest.LogCaptureFixture, name: str, lines: int
) -> None:
    with pytest.raises(ValueError, match="broken"):
        sync(name, [ValueError("broken")])
    told = "An unhandled error occurred while syncing"
    assert [one.startswith(told) for one in warnings_of(caplog)] == [True] * lines


def test_a_bookmark_noted_by_hand_counts_once_the_stream_ends() -> None:
    tap = TapPlain()
    stream = tap.streams["ours"]
    assert isinstance(stream, SdkSeams)
    stream.note_bookmark("2026-03-04T00:00:00+00:00")
    _Rows.rows = [STAMPED]
    stream.sync()
    assert stream.stream_state["replication_key_value"] == "2026-03-04T00:00:00+00:00"


@pytest.mark.parametrize("plugin", [TapActiveCampaign, TargetActiveCampaign])
def test_the_command_line_is_still_the_sdks_own(
    plugin: type[TapActiveCampaign | TargetActiveCampaign],
) -> None:
    command = plugin.get_singer_command()
    assert isinstance(command, SingerCommand)
    assert {"--config", "--about", "--version"} <= {
        name for param in command.params for name in param.opts
    }
