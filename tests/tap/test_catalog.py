"""What discovery promises: names, keys, types and descriptions of all streams."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.streams import AREAS, STREAMS
from tap_activecampaign.tap import TapActiveCampaign
from tests.tap.expected_streams import EXPECTED, FULL_TABLE, OPT_IN, SNAPSHOTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_activecampaign.records.columns import Column
    from tap_activecampaign.stream_types.base import ActiveCampaignStream

# Set it to write the snapshots anew; the difference is what a review looks at.
UPDATE = "UPDATE_SNAPSHOTS"

# Without an address, a token or anything else.
WHOLE_CATALOG = TapActiveCampaign(config={}, validate_config=False).catalog_dict
CATALOG: dict[str, dict[str, Any]] = {
    entry["tap_stream_id"]: entry for entry in json.loads(json.dumps(WHOLE_CATALOG))["streams"]
}
BY_NAME: dict[str, type[ActiveCampaignStream]] = {
    str(vars(stream)["name"]): stream for stream in STREAMS
}
every_stream = pytest.mark.parametrize("name", EXPECTED)


def _root(name: str) -> dict[str, Any]:
    found = [one["metadata"] for one in CATALOG[name]["metadata"] if not one["breadcrumb"]]
    return dict(found[0])


def test_streams_are_those_promised() -> None:
    assert sorted(BY_NAME) == list(EXPECTED)
    assert sorted(CATALOG) == list(EXPECTED)
    assert len(STREAMS) == len(EXPECTED)
    assert sum(len(streams) for streams in AREAS.values()) == len(EXPECTED)


# Snapshots


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_schema_is_the_one_reviewed(name: str) -> None:
    reviewed = {**CATALOG[name], "metadata": _root(name)}
    text = json.dumps(reviewed, indent=2, ensure_ascii=False) + "\n"
    path = SNAPSHOTS / f"{name}.json"
    if os.environ.get(UPDATE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{name} has no snapshot: run the tests with {UPDATE}=1 and review it"
    assert json.loads(text) == json.loads(path.read_text(encoding="utf-8")), (
        f"The schema of {name} changed: run the tests with {UPDATE}=1 and review the difference"
    )


def test_no_snapshot_is_left_of_a_stream_that_is_gone() -> None:
    assert sorted(path.stem for path in SNAPSHOTS.iterdir()) == list(EXPECTED)


# Discovery


def _discover() -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "tap_activecampaign", "--discover"],
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    return done.stdout


@pytest.mark.slow
def test_discovery_without_a_config_gives_the_same_bytes_each_time() -> None:
    first = _discover()
    assert first == _discover()
    assert {one["tap_stream_id"] for one in json.loads(first)["streams"]} == set(EXPECTED)


def test_discovery_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("discovery must do without a network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    config = {"api_url": "https://example.invalid", "api_token": "token"}
    assert len(TapActiveCampaign(config=config).catalog_dict["streams"]) == len(EXPECTED)


# Rules that hold for every stream


def _all_columns(columns: tuple[Column, ...], path: str = "") -> Iterator[tuple[str, Column]]:
    for column in columns:
        yield f"{path}{column.name}", column
        yield from _all_columns(column.columns, f"{path}{column.name}.")


@every_stream
def test_stream_and_its_columns_are_described(name: str) -> None:
    described = {"": BY_NAME[name].description(), **_descriptions(CATALOG[name]["schema"])}
    unfinished = {
        path
        for path, description in described.items()
        if len(description) < 5 or not description.endswith(".")
    }
    assert unfinished == set()
    assert CATALOG[name]["schema"]["description"] == BY_NAME[name].description()


def _descriptions(schema: dict[str, Any], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, inner in schema.get("properties", {}).items():
        found[f"{path}{name}"] = inner.get("description", "")
        found |= _descriptions(inner, f"{path}{name}.")
        found |= _descriptions(inner.get("items", {}), f"{path}{name}.")
    return found


@every_stream
def test_names_are_snake_case_and_unique(name: str) -> None:
    snake = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
    paths = [path for path, _ in _all_columns(BY_NAME[name].columns)]
    assert len(paths) == len(set(paths))
    for word in [name, *(part for path in paths for part in path.split("."))]:
        assert snake.fullmatch(word), word


@every_stream
def test_keys_are_required_and_never_null(name: str) -> None:
    schema = CATALOG[name]["schema"]
    keys = CATALOG[name]["key_properties"]
    assert keys == list(BY_NAME[name].primary_keys)
    assert keys
    assert sorted(schema["required"]) == sorted(keys)
    nullable = {column for column, inner in schema["properties"].items() if "null" in inner["type"]}
    assert nullable == set(schema["properties"]) - set(keys)
    for key in keys:
        assert schema["properties"][key]["type"] in {"integer", "string"}


@every_stream
def test_replication_key_is_a_moment(name: str) -> None:
    key = CATALOG[name].get("replication_key")
    stream = BY_NAME[name]
    if name in FULL_TABLE and not stream.counters_move_unstamped:
        assert key is None
        assert CATALOG[name]["replication_method"] == "FULL_TABLE"
        assert stream.created_key is None
        return
    method = "FULL_TABLE" if stream.counters_move_unstamped else "INCREMENTAL"
    assert CATALOG[name]["replication_method"] == method
    # Left to the user, so it is not forced.
    assert "forced-replication-method" not in _root(name)
    assert _root(name)["valid-replication-keys"] == [key]
    for stamp in filter(None, [key, stream.created_key]):
        assert CATALOG[name]["schema"]["properties"][stamp]["format"] == "date-time"
    assert stream.created_key != key


@every_stream
def test_stream_is_selected_unless_it_costs_a_request_for_each_parent(name: str) -> None:
    assert _root(name)["selected"] is (name not in OPT_IN)
    if name in OPT_IN:
        assert re.search(r"[Cc]osts (a|one|two) requests?", BY_NAME[name].description())


def test_state_is_not_partitioned() -> None:
    tap = TapActiveCampaign(config={}, validate_config=False)
    for stream in tap.streams.values():
        assert stream.state_partitioning_keys == ()
        assert stream.parent_stream_type is None


@every_stream
def test_foreign_keys_point_to_streams_and_have_the_type_of_their_keys(name: str) -> None:
    for path, column in _all_columns(BY_NAME[name].columns):
        if column.stream is None:
            continue
        assert column.stream in BY_NAME, path
        target = BY_NAME[column.stream]
        keys = {one.name: one.meaning for one in target.columns}
        meaning = column.items if column.meaning == "array" else column.meaning
        assert meaning == keys[target.primary_keys[-1]], path


@every_stream
def test_parent_is_a_stream_and_its_key_a_column(name: str) -> None:
    stream = BY_NAME[name]
    parent = getattr(stream, "parent", None)
    path = getattr(stream, "path_below", stream.path)
    assert (parent is not None) == ("{parent_id}" in path or name == "activities")
    if parent is None:
        return
    key = next(one for one in stream.columns if one.name == getattr(stream, "parent_key", None))
    assert key.stream == parent


@every_stream
def test_ignored_properties_are_no_columns(name: str) -> None:
    stream = BY_NAME[name]
    assert not set(stream.ignored) & {column.name for column in stream.columns}
    # When a password was changed is no secret.
    secret = re.compile(r"token|secret|passw(?!ord_updated)|api_?key")
    assert [path for path, _ in _all_columns(stream.columns) if secret.search(path)] == []
