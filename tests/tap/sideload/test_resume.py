"""A first load that is killed goes on where the state says, and is complete in the end."""

from __future__ import annotations

import gzip
import io
import json
import random
import sys
from collections import Counter
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any
from unittest.mock import PropertyMock, patch

import pytest

from tap_activecampaign.sideload import contact_pass
from tap_activecampaign.sideload.member import Member
from tap_activecampaign.tap import TapActiveCampaign
from tests.tap.runs import open_tap, sync
from tests.tap.sideload.family import MEMBERS, RIDERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typing_extensions import Buffer

    from tests.tap.sideload.family import Family

    Open = Callable[..., Family]

pytestmark = pytest.mark.slow

PAGE_SIZE = 20


class KilledError(BaseException):
    """What ends a run from outside: nothing in it can deal with that."""


class Pipe(io.RawIOBase):
    """Takes lines, and lets the process die after some of them, or after one with certain words."""

    def __init__(self, lives_for: float, last_words: bytes | None) -> None:
        self.lines: list[bytes] = []
        self._lives_for = lives_for
        self._last_words = last_words
        self._rest = b""

    def writable(self) -> bool:
        return True

    def write(self, content: Buffer, /) -> int:
        *lines, self._rest = (self._rest + bytes(content)).split(b"\n")
        for line in lines:
            if len(self.lines) >= self._lives_for:
                raise KilledError
            self.lines.append(line)
            if self._last_words is not None and self._last_words in line:
                self._lives_for = 0
        return len(bytes(content))


def load(
    family: Family,
    *,
    lives_for: float = float("inf"),
    last_words: bytes | None = None,
    streams: tuple[str, ...] = MEMBERS,
    **settings: Any,
) -> bool:
    """Run the tap, and kill it after some lines; return whether it came to its end. See `Pipe`."""
    family.sandbox.clear_log()
    pipe = Pipe(lives_for, last_words)
    tap = open_tap(
        family.sandbox,
        streams,
        state=json.loads(json.dumps(family.state)),
        sideload="auto",
        page_size=PAGE_SIZE,
        **settings,
    )
    ended = False
    out = io.TextIOWrapper(io.BufferedWriter(pipe, 1), encoding="utf-8", write_through=True)
    began_ms = int(family.account.now.timestamp() * 1000)
    clock = patch.object(
        TapActiveCampaign, "initialized_at", new_callable=PropertyMock, return_value=began_ms
    )
    try:
        with clock, redirect_stdout(out):
            tap.sync_all()
            sys.stdout.flush()
        ended = True
    except KilledError:
        pass
    finally:
        tap.close()
        pipe._lives_for = float("inf")  # noqa: SLF001 - so that the file can be closed
        out.close()
    for line in pipe.lines:
        message = json.loads(line)
        if message["type"] == "STATE":
            family.state = message["value"]
        elif message["type"] == "RECORD":
            family.receive({message["stream"]: [message["record"]]})
        elif message["type"] == "BATCH":
            family.receive({message["stream"]: rows_in_files(message["manifest"])})
    return ended


def rows_in_files(manifest: list[str]) -> list[dict[str, Any]]:
    """Return the records of some files that a batch names."""
    rows: list[dict[str, Any]] = []
    for url in manifest:
        with gzip.open(url.removeprefix("file://")) as file:
            rows += map(json.loads, file)
    return rows


@pytest.fixture(autouse=True)
def small_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_pass, "ROUND_BYTES", 60_000)


def unfinished(family: Family) -> dict[str, Any] | None:
    """Return how far the state says that all streams have come."""
    bookmarks = family.state.get("bookmarks", {})
    found = [bookmarks.get(name, {}).get("unfinished_pass") for name in MEMBERS]
    return None if None in found else min(found, key=lambda one: int(one["round"]))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("gone_tags", [True, False])
def test_a_load_killed_again_and_again_is_complete_in_the_end(
    family_with: Open, *, seed: int, gone_tags: bool
) -> None:
    dice = random.Random(seed)
    family = family_with(contacts=600, id_gaps=dice.choice(["even", "uneven"]))
    if not gone_tags:
        family.without_gone_tags()
    for _ in range(3):
        load(family, lives_for=dice.randrange(1, 2_000))
        if dice.random() < 0.5:
            for name in RIDERS:
                family.change(name, dice.randrange(600))
            family.later(minutes=5)
    assert load(family)
    for name, rows in family.by_own_paths().items():
        assert set(family.received[name]) >= set(rows)
        assert "unfinished_pass" not in family.bookmark(name)
    # What changed after it was read belongs to the next run.
    family.later(minutes=5)
    assert load(family)
    assert {name: family.lacking(name) for name in RIDERS} == {name: set() for name in RIDERS}


def test_a_load_that_was_cut_off_asks_only_for_the_contacts_that_are_left(
    family_with: Open,
) -> None:
    family = family_with(contacts=800).without_gone_tags()
    assert not load(family, lives_for=2_800)
    left = unfinished(family)
    assert left is not None
    assert 0 < left["rows_left"] < 500
    assert load(family)
    asked = Counter(one.path for one in family.sandbox.requests)
    assert asked["contacts"] <= left["rows_left"] / PAGE_SIZE + 16
    assert {name: family.lacking(name) for name in RIDERS} == {name: set() for name in RIDERS}
    # The rows of both runs are as many as the streams' own paths count.
    for name in RIDERS:
        assert family.bookmark(name)["with_contacts"]["standing"] == "kept"
        assert asked[RIDERS[name][0]] == 1


@pytest.mark.slow
def test_a_stream_that_was_read_to_its_end_before_the_run_was_cut_off_is_not_read_again(
    family_with: Open,
) -> None:
    family = family_with(contacts=800).without_gone_tags()
    # The first stream is complete, and no other one is.
    assert not load(family, last_words=b'"with_contacts"')
    finished = {name for name in RIDERS if "with_contacts" in family.bookmark(name)}
    assert len(finished) == 1
    assert [name for name in MEMBERS if "unfinished_pass" not in family.bookmark(name)] == [
        *finished
    ]
    counts = {name: dict(family.received[name]) for name in finished}
    assert load(family)
    asked = Counter(one.path for one in family.sandbox.requests)
    assert asked["contacts"] < 800 / PAGE_SIZE
    assert {name: family.lacking(name) for name in RIDERS} == {name: set() for name in RIDERS}
    for name in RIDERS:
        assert family.bookmark(name)["with_contacts"]["standing"] == "kept"
        assert asked[RIDERS[name][0]] == 1
    assert {name: family.received[name] for name in finished} == counts


@pytest.mark.slow
def test_a_table_that_loaders_take_old_rows_away_from_comes_in_one_run(family_with: Open) -> None:
    family = family_with(contacts=500).without_gone_tags()
    metadata = {"contact_lists": {"replication-method": "FULL_TABLE"}}
    options: dict[str, Any] = {"metadata": metadata, "emit_activate_version_messages": True}
    assert not load(family, lives_for=1_500, **options)
    assert unfinished(family) is not None
    family.received = {}
    assert load(family, **options)
    assert set(family.received["contact_lists"]) == set(family.by_own_paths()["contact_lists"])


def test_no_bookmark_passes_rows_that_are_still_to_be_read(family_with: Open) -> None:
    family = family_with(contacts=600).without_gone_tags()
    assert not load(family, lives_for=2_000)
    assert unfinished(family) is not None
    for name in MEMBERS:
        assert "replication_key_value" not in family.bookmark(name)
    # By its own path, too, everything comes.
    family.run(*MEMBERS, sideload="off")
    assert {name: family.lacking(name) for name in RIDERS} == {name: set() for name in RIDERS}
    assert all("unfinished_pass" not in family.bookmark(name) for name in MEMBERS)


def test_each_row_comes_once_in_a_load_of_many_rounds(family_with: Open) -> None:
    family = family_with(contacts=700).without_gone_tags()
    run = family.read(page_size=PAGE_SIZE)
    own = family.by_own_paths()
    for name in MEMBERS:
        assert sorted(run.ids(name)) == sorted(own[name])
    assert family.bookmark("contact_tags")["with_contacts"]["standing"] == "kept"


def without_values(family: Family) -> set[int]:
    """Return the ids of contacts whose values the destination does not have as they are now."""
    output = sync(family.sandbox, ["contacts"], custom_fields="object")
    held = family.received["contacts"]
    return {
        record["id"]
        for record in output.records["contacts"]
        if held[record["id"]]["custom_fields"] != record["custom_fields"]
    }


@pytest.mark.slow
@pytest.mark.parametrize("bent", [{}, {"include_cap_per_contact": 1}], ids=str)
@pytest.mark.parametrize("streams", [("contacts",), MEMBERS], ids=["contacts", "all"])
def test_a_load_of_contacts_that_carry_values_is_complete_however_often_it_is_killed(
    family_with: Open, bent: dict[str, Any], streams: tuple[str, ...]
) -> None:
    family = family_with(contacts=600, **bent)
    for lives_for in (150, 900, 420):
        load(family, lives_for=lives_for, streams=streams, custom_fields="object")
    assert load(family, streams=streams, custom_fields="object")
    assert without_values(family) == set()
    for name in streams:
        assert "unfinished_pass" not in family.bookmark(name)


def test_a_load_of_contacts_that_carry_values_goes_on_where_it_was_cut_off(
    family_with: Open,
) -> None:
    family = family_with(contacts=1_500)
    assert not load(family, lives_for=1_200, streams=("contacts",), custom_fields="object")
    left = family.bookmark("contacts")["unfinished_pass"]["rows_left"]
    assert 0 < left < 800
    assert load(family, streams=("contacts",), custom_fields="object")
    asked = Counter(one.path for one in family.sandbox.requests)
    assert asked["contacts"] <= left / PAGE_SIZE + 16
    assert asked["fieldValues"] == 1
    assert without_values(family) == set()
    assert family.bookmark("contacts")["carried"]["with_contacts"]["standing"] == "kept"


def test_a_stream_that_fails_in_a_round_takes_no_other_with_it(family_with: Open) -> None:
    family = family_with(contacts=600).without_gone_tags()
    maps = {"contact_lists": {"broken": "1 / (id - id)"}}
    run = family.read(page_size=PAGE_SIZE, stream_maps=maps, failures_expected=True)
    own = family.by_own_paths()
    for name in ("contacts", "contact_tags", "contact_custom_field_values"):
        assert sorted(run.ids(name)) == sorted(own[name])
    assert "replication_key_value" not in family.bookmark("contact_lists")
    family.later(hours=1)
    again = family.read(page_size=PAGE_SIZE)
    assert sorted(again.ids("contact_lists")) == sorted(own["contact_lists"])


@pytest.mark.parametrize("failing", ["contact_custom_field_values", "contact_lists"])
def test_nothing_more_waits_for_a_stream_that_has_failed(
    family_with: Open, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    family = family_with(contacts=600).without_gone_tags()
    waiting: list[dict[str, int]] = []
    begin = Member.begin_round

    def noted(self: Member, *arguments: Any) -> None:
        if self.stream.name == "contact_tags":
            family_members = self.stream._host.family._pass.members  # type: ignore[attr-defined]  # noqa: SLF001
            waiting.append({one.stream.name: one.spool.size_bytes for one in family_members})
        begin(self, *arguments)

    monkeypatch.setattr(Member, "begin_round", noted)
    maps = {failing: {"broken": "1 / (id - id)"}}
    family.read(page_size=PAGE_SIZE, stream_maps=maps, failures_expected=True)
    later = waiting[2:]
    assert later
    assert [one[failing] for one in later] == [0] * len(later)
    assert min(sum(one.values()) for one in later) >= contact_pass.ROUND_BYTES


def test_a_load_into_files_that_is_killed_is_complete_in_the_end(
    family_with: Open, tmp_path: Path
) -> None:
    family = family_with(contacts=600).without_gone_tags()
    batches = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": tmp_path.as_uri()},
    }
    # Three streams have emitted some rounds; the records of the fourth wait for its one file.
    assert not load(family, lives_for=50, batch_config=batches)
    assert "contact_custom_field_values" not in family.received
    assert set(family.received) == {"contact_lists", "contact_tags", "contacts"}
    assert load(family, batch_config=batches)
    assert {name: family.lacking(name) for name in RIDERS} == {name: set() for name in RIDERS}


@pytest.mark.slow
def test_an_audit_that_was_cut_off_switches_off_what_it_finds_out_afterwards(
    family_with: Open,
) -> None:
    family = family_with(contacts=500, stamps_follow=("contactTags", "fieldValues"))
    family.without_gone_tags()
    # Every run is a pass over all contacts, with much to wait.
    options: dict[str, Any] = {"metadata": {"contact_tags": {"replication-method": "FULL_TABLE"}}}
    assert load(family, **options)
    family.later(days=1)
    # Some before the run is cut off, and some after.
    for position in range(0, 500, 10):
        family.change("contact_lists", position)
    family.later(days=1)
    assert not load(family, lives_for=700, **options)
    assert unfinished(family) is not None
    for position in range(9):
        family.remove("contact_lists", position)
    assert load(family, **options)
    assert family.lacking("contact_lists") == set()
    assert family.bookmark("contact_lists")["with_contacts"]["standing"] == "off"
