"""What is written by the page is what the SDK writes of each record, whatever a user chooses."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.contrib.msgspec import MsgSpecWriter

from tap_activecampaign.output import MessageWriter
from tap_activecampaign.tap import TapActiveCampaign
from tests.tap.runs import catalog_of, config_of, open_tap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.sandbox import Sandbox

pytestmark = pytest.mark.slow

STREAMS = ("contacts", "contact_tags", "users")


def messages_of(
    sandbox: Sandbox, writer: type[MsgSpecWriter], monkeypatch: pytest.MonkeyPatch, **options: Any
) -> list[dict[str, Any]]:
    """Run the tap and return all that it wrote, without the moments at which it did."""
    monkeypatch.setattr(TapActiveCampaign, "message_writer_class", writer)
    written = io.BytesIO()
    tap = open_tap(sandbox, STREAMS, **options)
    try:
        with redirect_stdout(io.TextIOWrapper(written, encoding="utf-8")) as stdout:
            tap.sync_all()
            stdout.flush()
            lines = written.getvalue().splitlines()
    finally:
        tap.close()
    messages = [json.loads(line) for line in lines]
    for message in messages:
        if message["type"] == "RECORD":
            assert message.pop("time_extracted").startswith("20")
        if "version" in message:
            message["version"] = "now"
    return messages


def records_in(messages: list[dict[str, Any]]) -> list[str]:
    """Return the record messages. Ranges of contacts come in any order."""
    return sorted(json.dumps(one) for one in messages if one["type"] == "RECORD")


def bookmarks_in(messages: list[dict[str, Any]]) -> dict[str, str | None]:
    """Return the bookmark of each stream at the end."""
    states = [one["value"] for one in messages if one["type"] == "STATE"]
    bookmarks = states[-1]["bookmarks"]
    return {name: state.get("replication_key_value") for name, state in bookmarks.items()}


def without(sandbox: Sandbox, *breadcrumbs: tuple[str, ...]) -> dict[str, Any]:
    """Return a catalog in which some properties of contacts are not selected."""
    catalog = catalog_of(config_of(sandbox), STREAMS)
    entry = next(one for one in catalog["streams"] if one["tap_stream_id"] == "contacts")
    found = {tuple(one["breadcrumb"]): one["metadata"] for one in entry["metadata"]}
    for breadcrumb in breadcrumbs:
        found[breadcrumb]["selected"] = False
    return catalog


def forgotten(sandbox: Sandbox, name: str) -> dict[str, Any]:
    """Return a catalog that does not know a property of contacts."""
    catalog = catalog_of(config_of(sandbox), STREAMS)
    entry = next(one for one in catalog["streams"] if one["tap_stream_id"] == "contacts")
    del entry["schema"]["properties"][name]
    return catalog


def full_table(sandbox: Sandbox) -> dict[str, Any]:
    """Return a catalog in which contacts are replicated in full."""
    catalog = catalog_of(config_of(sandbox), STREAMS)
    for entry in catalog["streams"]:
        metadata = next(one["metadata"] for one in entry["metadata"] if not one["breadcrumb"])
        metadata["replication-method"] = "FULL_TABLE"
    return catalog


CHOICES: Mapping[str, Callable[[Sandbox], dict[str, Any]]] = {
    "nothing": lambda _: {},
    "with contacts": lambda _: {"sideload": "auto"},
    "properties that are not selected": lambda sandbox: {
        "catalog": without(sandbox, ("properties", "phone"), ("properties", "contact_tags"))
    },
    "a property that the catalog lacks": lambda sandbox: {"catalog": forgotten(sandbox, "phone")},
    "a new name, a filter and a copy": lambda _: {
        "stream_maps": {
            "contacts": {"__alias__": "people", "__filter__": "id % 2 == 0", "twice": "id * 2"},
            "again": {"__source__": "contact_tags", "tag": "tag"},
        }
    },
    "flat records": lambda _: {"flattening_enabled": True, "flattening_max_depth": 1},
    "versions": lambda sandbox: {
        "emit_activate_version_messages": True,
        "catalog": full_table(sandbox),
    },
    "custom fields": lambda _: {"custom_fields": "object"},
}


WRITER = """
import signal, sys
from tap_activecampaign.output import MessageWriter
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("ready", file=sys.stderr, flush=True)
while True:
    MessageWriter().write_records("contacts", [{"text": "x" * 1_000}] * 100, None)
"""


def test_a_run_that_is_ended_while_its_reader_is_slow_leaves_no_half_line() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stderr.readline()
        # Until the pipe is full.
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        written = process.stdout.read()
    assert process.returncode == 0
    assert written.endswith(b"\n")
    assert {json.loads(line)["type"] for line in written.splitlines()} == {"RECORD"}


@pytest.mark.parametrize("choice", CHOICES)
def test_a_page_is_written_as_the_sdk_writes_its_records(
    serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch, choice: str
) -> None:
    sandbox = serve(contacts=230)
    options = CHOICES[choice](sandbox)
    ours = messages_of(sandbox, MessageWriter, monkeypatch, **json.loads(json.dumps(options)))
    theirs = messages_of(sandbox, MsgSpecWriter, monkeypatch, **options)
    assert {one["type"] for one in ours} >= {"SCHEMA", "RECORD", "STATE"}
    assert records_in(ours) == records_in(theirs)
    assert bookmarks_in(ours) == bookmarks_in(theirs)


def test_a_state_is_written_each_so_many_records_and_covers_what_was_written(
    serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("singer_sdk.Stream.STATE_MSG_FREQUENCY", 100)
    sandbox = serve(contacts=450)
    messages = messages_of(sandbox, MessageWriter, monkeypatch)
    kinds = [(one["type"], one.get("stream")) for one in messages]
    last_of_contacts = max(at for at, kind in enumerate(kinds) if kind == ("RECORD", "contacts"))
    between = [
        at for at, (kind, _) in enumerate(kinds) if kind == "STATE" and at < last_of_contacts
    ]
    assert len(between) >= 3
    # What such a state calls unread comes after it.
    for at in between:
        state = messages[at]["value"]["bookmarks"].get("contacts", {})
        assert "replication_key_value" not in state
