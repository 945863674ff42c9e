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
from target_activecampaign.events.database import cause_of
from target_activecampaign.events.ledger import Ledger
from target_activecampaign.events.sequence import Event
from target_activecampaign.events.tables import BOUNDED, events, metadata
from tests.target.support import deliver, order, rule, settings
from tests.target.test_segmentation import ANA, REFUND, refund

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox

PAID = Event("authorized", "t", 10)


@pytest.fixture
def ledger(any_ledger_url: str, tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(any_ledger_url, lock_dir=tmp_path)
    yield opened
    opened.close()


def test_events_are_claimed_then_done(ledger: Ledger) -> None:
    ledger.claim([("e1", "i", PAID), ("e2", "i", Event("refunded", "t", None))], batch_id="b")
    assert {(e.event_key, e.is_done, e.batch_id) for e in ledger.history(["i", "j"])["i"]} == {
        ("e1", False, "b"), ("e2", False, "b"),
    }  # fmt: skip
    ledger.done(["e1"])
    ledger.release(["e2"])
    assert [(e.event, e.is_done, e.batch_id) for e in ledger.history(["i"])["i"]] == [
        (PAID, True, None)
    ]


def test_thousands_of_events_are_found_at_once(ledger: Ledger) -> None:
    ledger.claim((f"e{n}", f"i{n}", PAID) for n in range(2500))
    ledger.done([f"e{n}" for n in range(2500)])
    assert len(ledger.history([f"i{n}" for n in range(3000)])) == 2500


def test_removals_and_entries_are_remembered(ledger: Ledger) -> None:
    ledger.remember_removal("c", 1)
    ledger.remember_removal("c", 1)
    ledger.remember_removal("c", 2)
    ledger.forget_removal("c", 2)
    assert ledger.removals(["c", "d"]) == {("c", 1)}
    assert ledger.entry("e", 7) is None
    ledger.note_entry("e", 7, contact_key="c", newest_before=3)
    assert ledger.known_entry_ids("c", 7) == frozenset()
    ledger.note_entry("e", 7, contact_key="c", newest_before=3, entry_id=9)
    assert ledger.known_entry_ids("c", 7) == {9}


def test_what_is_older_than_the_retention_is_forgotten(ledger: Ledger) -> None:
    ledger.claim([("old", "i", PAID), ("new", "i", PAID)])
    ledger.remember_removal("c", 1)
    with ledger._transaction() as connection:  # noqa: SLF001 - time passes
        connection.execute(
            sa.update(events).where(events.c.event_key == "old").values(changed_at=1)
        )
    ledger.forget_older_than(30)
    assert [e.event_key for e in ledger.history(["i"])["i"]] == ["new"]
    assert ledger.removals(["c"]) == {("c", 1)}


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
    for folder, fate in (("one", "applied"), ("two", "repeated")):
        config = settings(sandbox, tmp_path / folder, ledger_url=any_ledger_url)
        assert deliver(config, [order()])[fate] == 1


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
