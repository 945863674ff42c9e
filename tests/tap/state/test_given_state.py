"""States that the tap is given: its own, that of the tap which Stitch runs, and broken ones."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.api import ActiveCampaignError
from tap_activecampaign.incremental import StateError, adopted_bookmarks, taken_back
from tap_activecampaign.records.timestamps import parse_utc
from tap_activecampaign.tap import TapActiveCampaign, replication_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tap.state.lab import Lab

pytestmark = pytest.mark.slow

TAP = Path(sys.executable).with_name("tap-activecampaign")
CONFIG = {"api_url": "http://127.0.0.1:9", "api_token": "token", "max_retries": 0}


def test_the_state_of_the_tap_that_stitch_runs_is_taken_over(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with(honoured_orders="all")
    moment = "2025-01-01T00:00:00.000000Z"
    streams = ("contact_tags", "contacts", "deals")
    whole = lab.run(*streams)
    lab.state = {
        "currently_syncing": "deals",
        "bookmarks": {**dict.fromkeys(streams, moment), "email_templates": moment},
    }
    run = lab.run(*streams)
    keys = replication_keys()
    for stream in streams:
        key = keys[stream] or ""

        def is_new(record: dict[str, Any], key: str = key) -> bool:
            # What has no update stamp is left out by the filters of contacts and deals.
            return bool(record[key]) and record[key] >= "2025-01-01T00:00:00+00:00"

        expected = [record["id"] for record in whole.records[stream] if is_new(record)]
        assert sorted(run.ids(stream)) == sorted(expected)
        assert 0 < len(expected) < len(whole.records[stream])
        assert lab.bookmark(stream)["replication_key_value"] > moment
    assert "filters[updated_after]" in run.asked("deals")[0].query


@pytest.mark.parametrize(
    "bookmark",
    [
        pytest.param(None, id="none"),
        pytest.param({}, id="empty"),
        pytest.param({"replication_key": "udate", "replication_key_value": None}, id="null"),
        pytest.param(
            {"replication_key": "another", "replication_key_value": "2026-01-01T00:00:00Z"},
            id="of-another-key",
        ),
    ],
)
def test_a_stream_without_bookmark_is_read_from_the_beginning(
    lab_with: Callable[..., Lab], bookmark: Any
) -> None:
    lab = lab_with(contacts=20)
    lab.state = {"bookmarks": {"contacts": bookmark}}
    assert len(lab.run("contacts").records["contacts"]) == 20


def bookmarks(value: Any) -> dict[str, Any]:
    return {"bookmarks": {"contacts": value}}


def udate(value: Any) -> dict[str, Any]:
    return bookmarks({"replication_key": "udate", "replication_key_value": value})


BROKEN = [
    pytest.param({"bookmarks": None}, "is not that of a tap", id="null-bookmarks"),
    pytest.param({"bookmarks": []}, "is not that of a tap", id="list-of-bookmarks"),
    pytest.param({"contacts": "2024-01-01"}, "is not that of a tap", id="no-bookmarks"),
    pytest.param(bookmarks(["2024-01-01"]), "stream 'contacts'", id="list"),
    pytest.param(bookmarks(1_700_000_000), "stream 'contacts'", id="number"),
    pytest.param(bookmarks("yesterday"), "stream 'contacts'", id="words"),
    pytest.param(bookmarks(""), "stream 'contacts'", id="empty-text"),
    pytest.param(bookmarks("0000-00-00 00:00:00"), "stream 'contacts'", id="zero-date"),
    pytest.param(udate("yesterday"), "stream 'contacts'", id="words-as-value"),
    pytest.param(udate(1_700_000_000), "stream 'contacts'", id="number-as-value"),
    pytest.param(udate(["2024-01-01"]), "stream 'contacts'", id="list-as-value"),
    pytest.param(udate({}), "stream 'contacts'", id="object-as-value"),
    pytest.param(udate("2024-13-01T00:00:00Z"), "stream 'contacts'", id="no-such-month"),
    pytest.param(udate("-0001-11-30T00:00:00Z"), "stream 'contacts'", id="year-minus-1"),
    pytest.param(udate("20107-01-01T00:00:00Z"), "stream 'contacts'", id="year-20107"),
    pytest.param(bookmarks({"partitions": {}}), "stream 'contacts'", id="object-of-partitions"),
    pytest.param(bookmarks({"partitions": [5]}), "stream 'contacts'", id="numbers-as-partitions"),
    pytest.param(bookmarks({"progress_markers": []}), "stream 'contacts'", id="list-of-markers"),
]


@pytest.mark.parametrize(("state", "sentence"), BROKEN)
def test_a_broken_state_is_refused_with_one_sentence(state: Any, sentence: str) -> None:
    with pytest.raises(StateError, match=sentence) as refused:
        TapActiveCampaign(config=CONFIG, state=state)
    assert isinstance(refused.value, ActiveCampaignError)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[]", id="list"),
        pytest.param('{"bookmarks": {"contacts": 5}}', id="number"),
        pytest.param(json.dumps(udate("yesterday")), id="words"),
    ],
)
def test_the_command_ends_with_one_sentence_when_the_state_is_broken(
    tmp_path: Path, text: str
) -> None:
    config, state = tmp_path / "config.json", tmp_path / "state.json"
    config.write_text(json.dumps(CONFIG))
    state.write_text(text)
    run = subprocess.run(
        [TAP, "--config", config, "--state", state], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert run.stdout == ""
    assert "Traceback" not in run.stderr
    sentences = [line for line in run.stderr.splitlines() if "| CRITICAL" in line]
    assert len(sentences) == 1
    assert "state" in sentences[0]


def test_what_a_state_remembers_is_forgotten_when_it_cannot_be_read(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(honoured_orders="all")
    lab.run("contact_tags", "contacts")
    sound = dict(lab.bookmark("contact_tags")["newest_first"])
    cut = {"began": "2026-01-01T00:00:00Z", "ids_left": [[0, None]]}
    remembered: list[Any] = [
        *(5, [], {}, {**sound, "full_read_at": 5}, {**sound, "tried_at": "soon"}),
        *({**cut, "newest": 5}, {**cut, "newest": "later"}, {**cut, "rows_left": "many"}),
        {**cut, "ids_left": [[0, "end"]]},
    ]
    for broken in remembered:
        lab.bookmark("contact_tags")["newest_first"] = broken
        lab.bookmark("contacts")["unfinished_scan"] = broken
        lab.later(hours=1)
        lab.touch("contact_tags", lab.account.id_at("contactTags", 4))
        lab.touch("contacts", lab.account.id_at("contacts", 4))
        lab.later(hours=1)
        lab.run("contact_tags", "contacts")
        assert lab.outdated("contact_tags") == lab.outdated("contacts") == set()
        assert lab.bookmark("contact_tags")["newest_first"]["full_read_at"]


KEYS = {"tags": "updated_timestamp", "contacts": "udate", "users": None}
NOW = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
MOMENTS = st.datetimes(timezones=st.just(timezone.utc))


@given(MOMENTS, MOMENTS)
def test_no_bookmark_lies_in_the_future(moment: datetime, now: datetime) -> None:
    given_state = {"bookmarks": {"tags": moment.isoformat()}}
    kept, too_late = taken_back(adopted_bookmarks(given_state, KEYS), KEYS, now)
    value = parse_utc(kept["tags"]["replication_key_value"])
    assert value == min(moment, now)
    assert bool(too_late) == (moment > now)


def test_only_what_lies_in_the_future_is_taken_back_and_all_else_stays() -> None:
    future = {"replication_key": "udate", "replication_key_value": "2030-01-01T00:00:00Z", "x": 1}
    past = {"replication_key": "updated_timestamp", "replication_key_value": "2026-06-01T12:00:00Z"}
    of_another_key = {"replication_key": "id", "replication_key_value": 5}
    state = {"bookmarks": {"contacts": future, "tags": past, "users": of_another_key}}
    kept, too_late = taken_back(adopted_bookmarks(state, KEYS), KEYS, NOW)
    assert too_late == {"contacts": "2030-01-01T00:00:00Z"}
    assert kept["contacts"] == {**future, "replication_key_value": NOW.isoformat()}
    assert (kept["tags"], kept["users"]) == (past, of_another_key)


def test_a_bookmark_of_another_key_is_not_looked_at() -> None:
    state = {"bookmarks": {"tags": {"replication_key": "id", "replication_key_value": 5}}}
    assert adopted_bookmarks(state, KEYS) == state["bookmarks"]


@pytest.mark.parametrize("stream", ["contact_tags", "contacts"])
def test_a_bookmark_in_the_future_is_taken_back_with_one_warning(
    lab_with: Callable[..., Lab], stream: str, caplog: pytest.LogCaptureFixture
) -> None:
    lab = lab_with(contacts=5)
    lab.state = {"bookmarks": {stream: "2099-01-01T00:00:00.000000Z"}}
    lab.run(stream)
    (warning,) = [one for one in caplog.messages if "lie in the future" in one]
    assert stream in warning
    value = lab.bookmark(stream)["replication_key_value"]
    assert parse_utc(value) <= datetime.now(timezone.utc)


@pytest.mark.parametrize("stream", ["contact_tags", "contacts", "custom_object_records"])
def test_any_moment_that_a_record_can_hold_is_a_bookmark(
    lab_with: Callable[..., Lab], stream: str
) -> None:
    lab = lab_with(contacts=5)
    whole = lab.run(stream).records[stream]
    key = replication_keys()[stream] or ""
    first = "0001-01-01T00:00:00+00:00"
    lab.state = {"bookmarks": {stream: {"replication_key": key, "replication_key_value": first}}}
    records = lab.run(stream).records[stream]
    # What has no update stamp is left out by filters of the server.
    assert {one["id"] for one in whole if one[key]} <= {one["id"] for one in records}
    assert records
