"""Configuration, state and catalog as nobody should write them: a sentence, never a crash."""

from __future__ import annotations

import io
import json
import logging
import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click
import pytest

from tap_activecampaign.tap import TapActiveCampaign
from tests.reliability.tap_process import TapRun, catalog, run_files, settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

pytestmark = pytest.mark.slow

TOKEN = "Secret-Token-Of-A-List"
DEEP = "[" * 100_000


def of_tags(value: Any) -> str:
    return json.dumps({"bookmarks": {"tags": value}})


def bookmark(value: Any) -> str:
    return of_tags({"replication_key": "updated_timestamp", "replication_key_value": value})


def changed(**keys: Any) -> str:
    """Return a catalog in which each entry has these members, or lacks those that are None."""
    whole = catalog(("tags",))
    for entry in whole["streams"]:
        entry.update(keys)
        for key in [key for key, value in keys.items() if value is None]:
            del entry[key]
    return json.dumps(whole)


STATES = {
    "no JSON": "{oops",
    "empty": "",
    "a list": "[]",
    "a number": "5",
    "nested without end": DEEP,
    "not a number": '{"bookmarks": {"tags": {"replication_key_value": NaN}}}',
    "bookmarks is a list": '{"bookmarks": []}',
    "a stream is a list": of_tags([]),
    "a number for a moment": bookmark(5),
    "an object for a moment": bookmark({}),
    "words for a moment": bookmark("yesterday"),
    "a huge text for a moment": bookmark("9" * 100_000),
    "the year -1": bookmark("-0001-11-30T00:00:00Z"),
    "the year 10000": bookmark("10000-01-01T00:00:00Z"),
    "partitions is a number": of_tags({"partitions": 5}),
}
CATALOGS = {
    "no JSON": "{oops",
    "a list": "[]",
    "nested without end": DEEP,
    "streams is a number": '{"streams": 5}',
    "an entry is a number": '{"streams": [1]}',
    "an entry is empty": '{"streams": [{}]}',
    "metadata is a number": changed(metadata=5),
    "metadata has no breadcrumb": changed(metadata=[{"metadata": {"selected": True}}]),
    "schema is a number": changed(schema=5),
    "an entry has no id": changed(tap_stream_id=None),
    "replication key does not exist": changed(replication_key="nope"),
    "replication key is a number": changed(replication_key=5),
}
SETTINGS: dict[str, Any] = {
    "token is a list": {"api_token": [TOKEN]},
    "token has a line break": {"api_token": f"{TOKEN}\r\nX-Evil: 1"},
    "address is a number": {"api_url": 5},
    "address has a user": {"api_url": "https://user:word@example.com"},
    "address is plain http": {"api_url": "http://example.com"},
    "address is another scheme": {"api_url": "file:///etc/hostname"},
    "page of no rows": {"page_size": 0},
    "start is words": {"start_date": "last week"},
    "start in month 13": {"start_date": "2024-13-01"},
    "start in the year 0": {"start_date": "0000-01-01"},
    "pace is words": {"requests_per_second": "fast"},
    "timeout of ages": {"request_timeout_seconds": 1e300},
    "look-back of ages": {"lookback_hours": 1e300},
    "zone is a path": {"naive_timezone": "../../etc/localtime"},
    "name has a line break": {"user_agent": "a\r\nX-Evil: 1"},
    "name is not ASCII": {"user_agent": "olá €"},
    "maps are no expressions": {"stream_maps": {"tags": {"x": "(("}}},
}


def the_sentence(
    given: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    *,
    state: str | None = None,
    chosen: str | None = None,
) -> str:
    """Run the tap in this process, and return the one sentence with which it gives up."""
    command = TapActiveCampaign.get_singer_command()
    assert command.callback is not None
    config = SimpleNamespace(config=given, parse_env=False)
    context = click.Context(command)
    context.params["config"] = config
    with context, pytest.raises(SystemExit) as ended:
        command.callback(
            config=config,
            state=None if state is None else io.StringIO(state),
            catalog=io.StringIO(json.dumps(catalog(("tags",))) if chosen is None else chosen),
        )
    assert ended.value.code == 1
    told = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(told) == 1
    return told[0].getMessage()


@pytest.mark.parametrize("fault", STATES)
def test_a_broken_state_is_a_sentence(
    fault: str, account: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    account.clear_log()
    assert "state" in the_sentence(settings(account), caplog, state=STATES[fault])
    assert account.requests == []


@pytest.mark.parametrize("fault", CATALOGS)
def test_a_broken_catalog_is_a_sentence(
    fault: str, account: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    account.clear_log()
    assert "catalog" in the_sentence(settings(account), caplog, chosen=CATALOGS[fault])
    assert account.requests == []


@pytest.mark.parametrize("fault", SETTINGS)
def test_a_broken_setting_is_a_sentence(
    fault: str, account: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    account.clear_log()
    (name,) = SETTINGS[fault]
    sentence = the_sentence({**settings(account), **SETTINGS[fault]}, caplog)
    assert name in sentence
    assert TOKEN not in sentence
    assert account.requests == []


def written(folder: Path, content: str) -> str:
    path = folder / f"given-{os.urandom(4).hex()}.json"
    path.write_text(content, encoding="utf-8")
    return str(path)


def assert_a_sentence(done: TapRun) -> None:
    assert done.status == 1, done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    told = [line for line in done.err.splitlines() if "| CRITICAL" in line or "Error: " in line]
    assert len(told) == 1, done.err
    assert TOKEN not in done.err


@pytest.mark.parametrize("content", ["{oops", "[]", "", DEEP, '{"page_size": NaN}'], ids=range(5))
def test_a_configuration_that_is_no_object_is_a_sentence(content: str, tmp_path: Path) -> None:
    assert_a_sentence(run_files(tmp_path, "--config", written(tmp_path, content)))


@pytest.mark.parametrize(
    ("option", "content"),
    [
        ("--state", DEEP),
        ("--state", STATES["the year -1"]),
        ("--catalog", DEEP),
        ("--catalog", CATALOGS["an entry is a number"]),
        ("--config", json.dumps({"api_url": "https://example.com", "api_token": [TOKEN]})),
    ],
    ids=["deep state", "state of the year -1", "deep catalog", "catalog of a number", "token"],
)
def test_the_command_says_so_too(
    option: str, content: str, account: Sandbox, tmp_path: Path
) -> None:
    config = written(tmp_path, json.dumps(settings(account)))
    assert_a_sentence(
        run_files(tmp_path, "--config", config, option, written(tmp_path, content))
        if option != "--config"
        else run_files(tmp_path, option, written(tmp_path, content))
    )
