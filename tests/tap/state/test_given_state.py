"""States that the tap is given: its own, that of the tap which Stitch runs, and broken ones."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.api import ActiveCampaignError
from tap_activecampaign.incremental import StateError
from tap_activecampaign.tap import TapActiveCampaign, replication_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tap.state.lab import Lab

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
    remembered: list[Any] = [5, [], {}, {**sound, "full_read_at": 5}, {**sound, "tried_at": "soon"}]
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
