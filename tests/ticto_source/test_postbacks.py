"""The stream of postbacks: everything once, in order, and nothing that commits late is missed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from target_activecampaign.inbox.bodies import from_record
from target_activecampaign.inbox.store import NewPostback, Store, milliseconds_now
from target_activecampaign.inbox.tables import postbacks
from tests.inbox.conftest import inbox_url, postgres_url, store
from tests.inbox.samples import postback
from tests.ticto_source.runs import run_tap

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["inbox_url", "postgres_url", "store"]


def add(store: Store, *numbers: int) -> None:
    """Keep postbacks as the receiver does."""
    bodies = [from_record(postback(number)) for number in numbers]
    store.add([NewPostback(milliseconds_now(), one.text, one.digest, one.status) for one in bodies])


def numbers(records: list[dict[str, Any]]) -> list[int]:
    """Return the numbers of the sales that records tell of."""
    return [record["body"]["order"]["id"] - 6_100_000 for record in records]


def test_each_run_brings_what_is_new(inbox_url: str, store: Store) -> None:
    add(store, *range(250))
    first = run_tap({"inbox_url": inbox_url})
    assert numbers(first.records["postbacks"]) == list(range(250))
    assert first.ids == sorted(set(first.ids))
    again = run_tap({"inbox_url": inbox_url}, first.state)
    assert again.ids == []
    add(store, 250, 251)
    third = run_tap({"inbox_url": inbox_url}, again.state)
    assert numbers(third.records["postbacks"]) == [250, 251]


def test_a_record_is_the_body_without_its_token_and_the_time_of_its_receipt(
    inbox_url: str, store: Store
) -> None:
    add(store, 1)
    (record,) = run_tap({"inbox_url": inbox_url}).records["postbacks"]
    body = postback(1)
    del body["token"]
    assert record["body"] == body
    assert sorted(record) == ["body", "id", "received_at"]
    assert record["received_at"].endswith("+00:00")


def test_a_postback_that_is_committed_late_is_not_missed(inbox_url: str, store: Store) -> None:
    add(store, 1, 2, 3, 4)
    held_back = _take_away(store, 2)
    first = run_tap({"inbox_url": inbox_url})
    assert numbers(first.records["postbacks"]) == [1, 3, 4]
    nothing = run_tap({"inbox_url": inbox_url}, first.state)
    assert nothing.ids == []
    _give_back(store, held_back)
    late = run_tap({"inbox_url": inbox_url}, nothing.state)
    assert numbers(late.records["postbacks"]) == [2]
    assert late.state["bookmarks"]["postbacks"]["replication_key_value"] == first.ids[-1]
    assert run_tap({"inbox_url": inbox_url}, late.state).ids == []


def test_a_late_postback_comes_before_the_new_ones_and_all_of_them_once(
    inbox_url: str, store: Store
) -> None:
    add(store, 1, 2, 3)
    held_back = _take_away(store, 1)
    first = run_tap({"inbox_url": inbox_url})
    add(store, 4)
    _give_back(store, held_back)
    second = run_tap({"inbox_url": inbox_url}, first.state)
    assert numbers(second.records["postbacks"]) == [1, 4]
    assert run_tap({"inbox_url": inbox_url}, second.state).ids == []


@pytest.mark.postgres
def test_a_lower_id_of_an_open_transaction_is_read_once_it_is_committed(postgres_url: str) -> None:
    store = Store(postgres_url, create=True)
    row = {"received_at": milliseconds_now(), "status": None, "digest": "d"}
    with store.engine.connect() as slow:
        slow.execute(sa.insert(postbacks), [{**row, "body": '{"n": "slow"}'}])
        add(store, 1)
        first = run_tap({"inbox_url": postgres_url})
        assert numbers(first.records["postbacks"]) == [1]
        slow.commit()
    second = run_tap({"inbox_url": postgres_url}, first.state)
    assert [record["body"] for record in second.records["postbacks"]] == [{"n": "slow"}]
    assert second.ids[0] < first.ids[0]
    store.close()


def test_another_inbox_is_read_from_its_beginning(tmp_path: Path) -> None:
    states: list[Any] = []
    for name in ("one", "two"):
        url = f"sqlite:///{tmp_path / name}.db"
        store = Store(url, create=True)
        add(store, 1, 2)
        run = run_tap({"inbox_url": url}, states[-1] if states else None)
        assert numbers(run.records["postbacks"]) == [1, 2]
        states.append(run.state)
        store.close()


def test_an_inbox_restored_from_a_backup_is_read_from_its_beginning(tmp_path: Path) -> None:
    file = tmp_path / "inbox.db"
    url = f"sqlite:///{file}"
    store = Store(url, create=True)
    add(store, 1)
    store.close()
    backup = file.read_bytes()
    store = Store(url)
    add(store, 2, 3)
    ahead = run_tap({"inbox_url": url})
    store.close()
    for path in tmp_path.iterdir():
        path.unlink()
    file.write_bytes(backup)
    assert numbers(run_tap({"inbox_url": url}, ahead.state).records["postbacks"]) == [1]
    store = Store(url)
    store.add([NewPostback(5, from_record(postback(n)).text, f"d{n}") for n in (4, 5, 6)])
    store.close()
    again = run_tap({"inbox_url": url}, ahead.state)
    assert numbers(again.records["postbacks"]) == [1, 4, 5, 6]


def test_an_inbox_whose_postbacks_were_all_forgotten_goes_on(inbox_url: str, store: Store) -> None:
    add(store, 1, 2)
    first = run_tap({"inbox_url": inbox_url})
    store.forget_before(milliseconds_now() + 1000, most=100)
    again = run_tap({"inbox_url": inbox_url}, first.state)
    assert again.ids == []
    assert again.state == first.state
    add(store, 3)
    assert numbers(run_tap({"inbox_url": inbox_url}, again.state).records["postbacks"]) == [3]


def test_a_plain_bookmark_is_enough_to_go_on(inbox_url: str, store: Store) -> None:
    add(store, 1, 2, 3)
    bookmark = {"replication_key": "id", "replication_key_value": store.highest_id() - 1}
    run = run_tap({"inbox_url": inbox_url}, {"bookmarks": {"postbacks": bookmark}})
    assert numbers(run.records["postbacks"]) == [3]


@pytest.mark.parametrize("bookmark", ["x", -1, True, 1.5])
def test_a_bookmark_that_is_no_id_gets_one_sentence(
    inbox_url: str, store: Store, bookmark: object
) -> None:
    add(store, 1)
    known = {"replication_key": "id", "replication_key_value": bookmark}
    state = {"bookmarks": {"postbacks": known}}
    run = run_tap({"inbox_url": inbox_url}, state)
    assert run.fault == "Stream 'postbacks': The state's bookmark is no id of a postback."


def test_what_loaders_cannot_take_is_left_out_of_a_body(inbox_url: str, store: Store) -> None:
    store.add([NewPostback(1, r'{"name":"A\u0000na \ud83d"}', "d"), NewPostback(2, "broken", "e")])
    run = run_tap({"inbox_url": inbox_url})
    assert [record["body"] for record in run.records["postbacks"]] == [{"name": "Ana ?"}]
    assert run.fault is None


def test_an_inbox_that_is_not_there_fails_the_run_and_leaves_the_state(tmp_path: Path) -> None:
    state = {"bookmarks": {"postbacks": {"replication_key": "id", "replication_key_value": 7}}}
    run = run_tap({"inbox_url": f"sqlite:///{tmp_path / 'none.db'}"}, state)
    assert run.fault is not None
    assert "There is no inbox at" in run.fault
    assert run.state["bookmarks"]["postbacks"]["replication_key_value"] == 7


def _take_away(store: Store, number: int) -> dict[str, Any]:
    """Remove a postback, as if its transaction were still open, and return its row."""
    with store.engine.begin() as connection:
        for row in connection.execute(sa.select(postbacks)).mappings():
            if json.loads(row["body"])["order"]["id"] == 6_100_000 + number:
                connection.execute(sa.delete(postbacks).where(postbacks.c.id == row["id"]))
                return dict(row)
    raise AssertionError(number)


def _give_back(store: Store, row: dict[str, Any]) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.insert(postbacks), [row])
