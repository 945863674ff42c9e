"""The table of postbacks, in SQLite and in PostgreSQL."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from target_activecampaign.inbox.errors import StoreError
from target_activecampaign.inbox.resends import Resends
from target_activecampaign.inbox.store import NewPostback, Store
from target_activecampaign.inbox.writer import GroupWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DAY = 86_400_000


def _new(number: int, *, received_at: int | None = None, status: str = "authorized") -> NewPostback:
    at = number if received_at is None else received_at
    return NewPostback(at, f'{{"n":{number}}}', f"digest{number}", status)


def test_postbacks_come_back_in_the_order_of_their_ids(store: Store) -> None:
    store.add([_new(number) for number in range(25)])
    highest = store.highest_id()
    pages, after = [], 0
    while page := store.page_after(after, up_to=highest, limit=10):
        pages.append(len(page))
        after = page[-1].id
    assert pages == [10, 10, 5]
    assert after == highest
    assert store.page_after(0, up_to=highest - 20, limit=100)[-1].id == highest - 20


def test_ids_are_never_given_twice(store: Store) -> None:
    store.add([_new(number) for number in range(3)])
    highest = store.highest_id()
    assert store.forget_before(DAY, most=10) == 3
    store.add([_new(9)])
    assert store.highest_id() > highest


def test_old_postbacks_are_forgotten_in_portions(store: Store) -> None:
    store.add([_new(number, received_at=number * DAY) for number in range(10)])
    assert store.forget_before(7 * DAY, most=5) == 5
    assert store.forget_before(7 * DAY, most=5) == 2
    assert store.forget_before(7 * DAY, most=5) == 0
    left = store.page_after(0, up_to=store.highest_id(), limit=100)
    assert [one.received_at // DAY for one in left] == [7, 8, 9]


def test_postbacks_are_found_by_status_time_and_id(store: Store) -> None:
    store.add(
        [
            _new(number, received_at=number * DAY, status=("authorized", "refunded")[number % 2])
            for number in range(10)
        ]
    )
    newest = [one.received_at // DAY for one in store.search(status="refunded", limit=2)]
    assert newest == [9, 7]
    some = store.search(since=3 * DAY, before=6 * DAY)
    assert [one.received_at // DAY for one in some] == [5, 4, 3]
    older = store.search(below_id=some[-1].id, limit=2)
    assert [one.received_at // DAY for one in older] == [2, 1]


def test_known_bodies_are_told_from_new_ones(store: Store) -> None:
    store.add([_new(number) for number in range(1000)])
    assert store.known(f"digest{number}" for number in range(990, 1010)) == {
        f"digest{number}" for number in range(990, 1000)
    }


def test_postbacks_are_kept_whole_or_not_at_all(store: Store) -> None:
    broken = NewPostback(1, "{}", None)  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        store.add([_new(1), broken])
    assert store.highest_id() == 0 or not store.page_after(0, up_to=99, limit=9)
    store.add([_new(2)])
    assert len(store.page_after(0, up_to=99, limit=9)) == 1


def test_a_store_is_opened_by_many_at_once(inbox_url: str) -> None:
    faults: list[BaseException] = []

    def open_and_add(number: int) -> None:
        try:
            opened = Store(inbox_url, create=True)
            opened.add([_new(number)])
            opened.prove_writable()
            opened.close()
        except BaseException as fault:  # noqa: BLE001 - shown by the assertion below
            faults.append(fault)

    _run_all([threading.Thread(target=open_and_add, args=[number]) for number in range(6)])
    assert faults == []
    store = Store(inbox_url)
    assert len(store.page_after(0, up_to=store.highest_id(), limit=100)) == 6
    store.close()


def test_the_group_writer_answers_each_after_its_commit(store: Store) -> None:
    writer = GroupWriter(store)
    writer.start()
    futures = [writer.submit(_new(number)) for number in range(500)]
    for future in futures:
        future.result(60)
    writer.stop()
    assert len(store.page_after(0, up_to=store.highest_id(), limit=1000)) == 500


def test_the_group_writer_finishes_what_waits_when_it_is_stopped(store: Store) -> None:
    writer = GroupWriter(store)
    futures = [writer.submit(_new(number)) for number in range(10)]
    given_up = writer.submit(_new(10))
    assert given_up.cancel()
    writer.start()
    writer.stop()
    assert all(future.done() for future in futures)
    assert len(store.page_after(0, up_to=store.highest_id(), limit=1000)) == 10


def test_a_file_is_its_owners_only(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'new' / 'inbox.db'}", create=True)
    store.add([_new(1)])
    for file in (tmp_path / "new").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    store.close()


def test_nothing_is_written_into_a_file_that_has_been_moved_away(tmp_path: Path) -> None:
    file = tmp_path / "inbox.db"
    store = Store(f"sqlite:///{file}", create=True)
    store.add([_new(1)])
    file.rename(tmp_path / "away.db")
    with pytest.raises(StoreError, match="has been removed or replaced"):
        store.add([_new(2)])
    (tmp_path / "away.db").rename(file)
    store.add([_new(3)])
    assert [one.body for one in store.page_after(0, up_to=9, limit=9)] == ['{"n":1}', '{"n":3}']
    store.close()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("no url", "is not a database URL"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("nosuchdb://host/db", "no driver is installed"),
        ("postgresql://u:secret@127.0.0.1:1/db", "cannot be used"),
        ("sqlite:////proc/no/inbox.db", "cannot be opened"),
    ],
)
def test_a_store_that_cannot_be_opened_gets_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence) as refused:
        Store(url, create=True)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_reader_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no inbox at"):
        Store(f"sqlite:///{tmp_path / 'inbox.db'}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
def test_a_reader_of_another_database_is_told_so(postgres_url: str) -> None:
    with pytest.raises(StoreError, match="There is no inbox in the database"):
        Store(postgres_url)


def _run_all(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_postback_is_fed_in_again_once_for_each_mark(store: Store) -> None:
    new = NewPostback(1, "{}", "digest", "authorized")
    assert Resends(store).add_once("mark", 5, new)
    assert not Resends(store).add_once("mark", 6, new)
    assert Resends(store).add_once("other", 7, None)
    kept = store.page_after(0, up_to=store.highest_id(), limit=10)
    assert [(one.body, one.status) for one in kept] == [("{}", "authorized")]
    assert Resends(store).resent(["mark", "other", "unknown"]) == {
        "mark": (5, kept[0].id),
        "other": (7, None),
    }


def test_many_windows_feed_a_postback_in_once(store: Store) -> None:
    new = NewPostback(1, "{}", "digest", None)
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda at: Resends(store).add_once("mark", at, new), range(16)))
    assert done.count(True) == 1
    assert len(store.page_after(0, up_to=store.highest_id(), limit=10)) == 1
