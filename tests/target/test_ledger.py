"""The ledger: what it remembers, for how long, and that nothing of a buyer can be read in it."""

from __future__ import annotations

import stat
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from target_activecampaign.errors import LedgerError
from target_activecampaign.events.database import LedgerDatabase, cause_of
from target_activecampaign.events.event_store import Claim
from target_activecampaign.events.identity import EventIdentity
from target_activecampaign.events.ledger import Ledger
from target_activecampaign.events.sequence import Event
from target_activecampaign.events.tables import BOUNDED, events, metadata
from tests.target.support import deliver, order, rule, settings
from tests.target.test_segmentation import ANA, REFUND, refund

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox

PAID = Event("authorized", "t", 10)


def identity(event_key: str, item_key: str = "i", event: Event = PAID) -> EventIdentity:
    return EventIdentity(item_key, event_key, "c", event)


@pytest.fixture
def ledger(any_ledger_url: str, tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(any_ledger_url, lock_dir=tmp_path)
    yield opened
    opened.close()


def test_events_are_claimed_then_done(ledger: Ledger) -> None:
    ledger.events.claim(
        [identity("e1"), identity("e2", event=Event("refunded", "t", None))], by_unknown_import=True
    )
    past = {(e.event_key, e.claim) for e in ledger.events.history(["i", "j"])["i"]}
    assert past == {("e1", Claim(is_in_doubt=True)), ("e2", Claim(is_in_doubt=True))}
    ledger.events.attach_import(["e1", "e2"], "b")
    past = {(e.event_key, e.claim) for e in ledger.events.history(["i"])["i"]}
    assert past == {("e1", Claim("b")), ("e2", Claim("b"))}
    ledger.events.done(["e1"])
    ledger.events.release(["e2"])
    assert [(e.event, e.is_done, e.claim) for e in ledger.events.history(["i"])["i"]] == [
        (PAID, True, None)
    ]


def test_thousands_of_events_are_found_at_once(ledger: Ledger) -> None:
    ledger.events.claim(identity(f"e{n}", f"i{n}") for n in range(2500))
    ledger.events.done([f"e{n}" for n in range(2500)])
    assert len(ledger.events.history([f"i{n}" for n in range(3000)])) == 2500


def test_removals_and_entries_are_remembered(ledger: Ledger) -> None:
    ledger.removals.remember("c", 1)
    ledger.removals.remember("c", 1)
    ledger.removals.remember("c", 2)
    ledger.removals.forget("c", 2)
    assert ledger.removals.of(["c", "d"]) == {("c", 1)}
    assert ledger.entries.of("e", 7) is None
    ledger.entries.note("e", 7, contact_key="c", newest_before=3)
    assert ledger.entries.known_ids("c", 7) == frozenset()
    ledger.entries.note("e", 7, contact_key="c", newest_before=3, entry_id=9)
    assert ledger.entries.known_ids("c", 7) == {9}


def test_what_is_older_than_the_retention_is_forgotten(
    ledger: Ledger, any_ledger_url: str, tmp_path: Path
) -> None:
    ledger.events.claim([identity("old"), identity("new")])
    ledger.removals.remember("c", 1)
    database = LedgerDatabase(any_ledger_url, lock_dir=tmp_path)
    with database.transaction() as connection:
        connection.execute(
            sa.update(events).where(events.c.event_key == "old").values(changed_at=1)
        )
    database.close()
    ledger.forget_older_than(30)
    assert [e.event_key for e in ledger.events.history(["i"])["i"]] == ["new"]
    assert ledger.removals.of(["c"]) == {("c", 1)}


def test_every_table_that_grows_is_bounded() -> None:
    growing = set(metadata.tables) - {"target_activecampaign_settings"}
    assert {table.name for table in BOUNDED} == growing


def test_a_second_runner_waits(any_ledger_url: str, tmp_path: Path) -> None:
    order_of_events: list[str] = []
    inside = threading.Event()

    def first() -> None:
        ledger = Ledger(any_ledger_url, lock_dir=tmp_path)
        with ledger.locked("account"):
            inside.set()
            time.sleep(0.3)
            order_of_events.append("first leaves")
        ledger.close()

    runner = threading.Thread(target=first)
    runner.start()
    inside.wait(10)
    ledger = Ledger(any_ledger_url, lock_dir=tmp_path)
    with ledger.locked("account"):
        order_of_events.append("second enters")
    ledger.close()
    runner.join()
    assert order_of_events == ["first leaves", "second enters"]


def test_keys_are_the_same_for_all_runners_of_a_ledger(any_ledger_url: str, tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        ledger = Ledger(any_ledger_url, lock_dir=tmp_path)
        keys.append(ledger.key("contact", ANA))
        ledger.close()
    assert keys[0] == keys[1]
    assert keys[0] != Ledger("sqlite://", lock_dir=tmp_path).key("contact", ANA)


def test_runs_share_a_ledger(sandbox: Sandbox, tmp_path: Path, any_ledger_url: str) -> None:
    for folder, outcome in (("one", "applied"), ("two", "repeated")):
        config = settings(sandbox, tmp_path / folder, ledger_url=any_ledger_url)
        assert deliver(config, [order()])[outcome] == 1


def test_nothing_of_the_buyer_stands_in_the_ledger(sandbox: Sandbox, tmp_path: Path) -> None:
    rules = rule(automation="Boas-vindas"), REFUND
    config = settings(sandbox, tmp_path, *rules)
    deliver(config, [order(), refund()])
    content = (Path(config["data_dir"]) / "ledger.db").read_bytes()
    for secret in (ANA, "ana", "99888", "52998224725", "TOC-", "Example"):
        assert secret.encode() not in content


def test_files_are_private_to_the_user(sandbox: Sandbox, tmp_path: Path) -> None:
    config = settings(sandbox, tmp_path)
    deliver(config, [order(), {"no": "order"}])
    folder = Path(config["data_dir"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert {"ledger.db", "rejects.jsonl"} <= set(modes)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("what is this", "not a database URL"),
        ("nonsense://host/db", "not installed"),
        ("sqlite:////proc/nowhere/ledger.db", "ledger /proc/nowhere/ledger.db cannot be opened"),
        ("postgresql+psycopg://user:hidden@127.0.0.1:9/none", "none on 127.0.0.1:9 cannot be op"),
        ("postgresql+psycopg://user@127.0.0.1:9/none?password=hidden", "none on 127.0.0.1:9 can"),
    ],
)
def test_a_ledger_that_cannot_be_opened_is_one_sentence(
    url: str, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(LedgerError, match=sentence) as raised:
        Ledger(url, lock_dir=tmp_path)
    assert "hidden" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_drivers_text_shows_no_password() -> None:
    url = sa.make_url("postgresql://user:Pass-77@h/d?password=Word-88")
    cause = cause_of(ValueError("no: Pass-77, Word-88.\nmore"), url)
    assert cause == "no: ***, ***"


@pytest.mark.parametrize("name", ["shop", "shop #1", "loja à vista"])
def test_a_ledger_is_read_from_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    url = f"sqlite:///{folder / 'ledger.db'}"
    written = Ledger(url, lock_dir=folder)
    read = Ledger(url, lock_dir=folder, read_only=True)
    assert read.exists
    assert read.key("a") == written.key("a")
    read.close()
    written.close()
