"""What users write into a catalog about replication, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tap_activecampaign.api import SettingsError
from tap_activecampaign.replication import with_chosen_replication
from tests.answers import AnswerServer, rows
from tests.tap.runs import sync

TIMESTAMPS = {"tags": ["cdate", "updated_timestamp"], "users": [], "campaigns": ["mdate"]}
OWN_KEYS = {"tags": "updated_timestamp", "users": None, "campaigns": "mdate"}
TAGS = {"replication_key": "updated_timestamp", "replication_method": "INCREMENTAL"}
USERS = {"replication_method": "FULL_TABLE"}


def entry(stream: str, chosen: dict[str, Any], **more: Any) -> dict[str, Any]:
    metadata = {"breadcrumb": [], "metadata": {"selected": True, **chosen}}
    return {"tap_stream_id": stream, "metadata": [metadata], **more}


def outcome(one: dict[str, Any]) -> tuple[Any, Any, list[str]]:
    catalog, warnings = with_chosen_replication({"streams": [one]}, TIMESTAMPS, OWN_KEYS)
    (chosen,) = catalog["streams"]
    return chosen.get("replication_method"), chosen.get("replication_key"), warnings


@pytest.mark.parametrize(
    ("one", "method", "key"),
    [
        # Nothing chosen.
        (entry("tags", {}, **TAGS), "INCREMENTAL", "updated_timestamp"),
        (entry("users", {}, **USERS), "FULL_TABLE", None),
        (entry("tags", {}), None, None),
        (entry("of-another-tap", {"replication-method": "LOG_BASED"}), None, None),
        # Chosen in the metadata, as Meltano does.
        (
            entry("tags", {"replication-method": "FULL_TABLE"}, **TAGS),
            "FULL_TABLE",
            "updated_timestamp",
        ),
        (
            entry("tags", {"forced-replication-method": "FULL_TABLE"}, **TAGS),
            "FULL_TABLE",
            "updated_timestamp",
        ),
        (entry("tags", {"replication-key": "cdate"}, **TAGS), "INCREMENTAL", "cdate"),
        # Read whole by default, but it has a timestamp.
        (
            entry("campaigns", {"replication-method": "INCREMENTAL"}, **USERS),
            "INCREMENTAL",
            "mdate",
        ),
        # Chosen in the entry.
        (
            entry("tags", {}, replication_key="cdate", replication_method="INCREMENTAL"),
            "INCREMENTAL",
            "cdate",
        ),
    ],
)
def test_choice_takes_effect(one: dict[str, Any], method: str | None, key: str | None) -> None:
    assert outcome(one) == (method, key, [])


@pytest.mark.parametrize(
    ("one", "method", "key", "words"),
    [
        (
            entry("users", {"replication-method": "INCREMENTAL"}, **USERS),
            "FULL_TABLE",
            None,
            "read whole",
        ),
        (
            entry("tags", {"replication-key": "udate"}, **TAGS),
            "INCREMENTAL",
            "updated_timestamp",
            "by their own",
        ),
        (
            entry("tags", {"replication-key": ["udate"]}, **TAGS),
            "INCREMENTAL",
            "updated_timestamp",
            "by their own",
        ),
    ],
)
def test_wildcard_has_no_effect_where_it_can_have_none(
    one: dict[str, Any], method: str, key: str | None, words: str
) -> None:
    *chosen, (warning,) = outcome(one)
    assert chosen == [method, key]
    assert words in warning
    assert one["tap_stream_id"] in warning


def test_wildcard_says_nothing_of_streams_that_are_not_selected() -> None:
    one = entry("users", {"replication-method": "INCREMENTAL", "selected": False}, **USERS)
    assert outcome(one) == ("FULL_TABLE", None, [])


def test_wildcard_is_warned_of_once_for_all_streams() -> None:
    chosen = {"replication-method": "INCREMENTAL"}
    catalog = {"streams": [entry(name, chosen) for name in ("users", "lists", "tags")]}
    timestamps = {**TIMESTAMPS, "lists": []}
    _, (warning,) = with_chosen_replication(catalog, timestamps, OWN_KEYS)
    assert "users, lists." in warning


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (entry("tags", {}, replication_key="tag"), "'tag', which is no timestamp"),
        (entry("tags", {}, replication_key="id"), "cdate, updated_timestamp"),
        (entry("tags", {}, replication_key=[]), "no timestamp"),
        (entry("users", {}, replication_key="id"), "this stream has none"),
        (entry("tags", {"replication-method": "LOG_BASED"}, **TAGS), "'LOG_BASED'"),
        (entry("tags", {"replication-method": {}, "x": 1}, replication_method=5), "5"),
    ],
)
def test_choice_that_cannot_be_meant_is_one_sentence(one: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        outcome(one)
    assert one["tap_stream_id"] in str(refused.value)


def test_run_reads_whole_what_a_wildcard_cannot_make_incremental(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chosen = {"users": {"replication-method": "INCREMENTAL"}}
    with AnswerServer({"users": rows("users", [{"id": "1"}])}) as account:
        output = sync(account, ["users"], metadata=chosen)
    assert [record["id"] for record in output.records["users"]] == [1]
    (warning,) = [one for one in caplog.messages if "INCREMENTAL" in one and "chosen" in one]
    assert "users" in warning
