"""Starts that processes share: against a store that is made to fail, told the time."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tap_activecampaign.api import ApiSettings, SettingsError, pace_for
from tap_activecampaign.api.pace_stores import Snapshot, StoreAddress, StoreLostError
from tap_activecampaign.api.shared_pace import SharedStarts, account_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RATE = 5.0
KEEP_SHARE_SECONDS = 7.0
SECRET = "pa55word"
LOST = (
    "Redis at memory, which rate_limit_url names, is lost: nobody listens. Until it is back, this "
    "process sends no more than its share of the requests that the account allows, one of 4."
)


@dataclass
class Memory:
    """A server that can be stopped, and the time that both it and the processes go by."""

    now: float = 100.0
    texts: dict[str, str] = field(default_factory=dict)
    is_up: bool = True
    opened: int = 0
    cuts: int = 0
    overtaken: int = 0
    reads: int = 0

    def open(self) -> Memory:
        self.opened += 1
        if not self.is_up:
            raise StoreLostError("nobody listens")
        return self

    def read(self, key: str) -> Snapshot:
        self.reads += 1
        if self.cuts:
            self.cuts -= 1
            raise StoreLostError("the connection was cut")
        if not self.is_up:
            raise StoreLostError("nobody listens")
        return Snapshot(self.now, self.texts.get(key))

    def replace(self, key: str, old: str | None, new: str) -> bool:
        if self.overtaken:
            self.overtaken -= 1
            return False
        assert self.texts.get(key) == old
        self.texts[key] = new
        return True

    def close(self) -> None:
        pass

    def starts(self) -> SharedStarts:
        return SharedStarts(
            self.open,
            "account",
            RATE,
            place="Redis at memory",
            clock=lambda: self.now,
            look_again_seconds=0.02,
            keep_share_seconds=KEEP_SHARE_SECONDS,
        )

    def run(self, processes: list[SharedStarts], seconds: float) -> list[tuple[float, int]]:
        """Let processes ask all the time; return who starts when, in steps of a millisecond."""
        until, started = self.now + seconds, []
        asks_at = [self.now] * len(processes)
        while self.now < until:
            for number, process in enumerate(processes):
                if asks_at[number] <= self.now:
                    wait = process.seconds_until_start(is_retry=False)
                    asks_at[number] = self.now + wait
                    if not wait:
                        started.append((self.now, number))
            self.now = max(self.now + 0.001, min(asks_at))
        return started


@pytest.fixture
def memory() -> Iterator[Memory]:
    """A server, up at the end, so that nothing goes on looking for it."""
    server = Memory()
    yield server
    server.is_up = True
    for thread in threading.enumerate():
        if thread.name == "pace-store-look":
            thread.join(5)
            assert not thread.is_alive()


def most_in_a_second(started: list[tuple[float, int]]) -> int:
    times = [time for time, _ in started]
    return max(sum(first <= time < first + 1 for time in times) for first in times)


def test_processes_keep_one_pace(memory: Memory) -> None:
    started = memory.run([memory.starts() for _ in range(4)], 10)
    assert 10 * RATE * 0.95 <= len(started) <= 10 * RATE + 1
    assert most_in_a_second(started) <= RATE


def test_each_goes_on_with_an_even_share_when_the_store_is_gone(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    processes = [memory.starts() for _ in range(4)]
    memory.run(processes, 5)
    memory.is_up = False
    with caplog.at_level(logging.INFO):
        started = memory.run(processes, 20)
    assert 20 * RATE * 0.9 <= len(started) <= 20 * RATE + 4
    assert most_in_a_second(started) <= RATE + 1
    by_process = [sum(who == number for _, who in started) for number in range(4)]
    assert max(by_process) - min(by_process) <= 1
    assert len(caplog.messages) == 4
    assert set(caplog.messages) == {LOST}


def test_a_process_that_is_alone_goes_on_at_the_full_rate_when_the_store_is_gone(
    memory: Memory,
) -> None:
    processes = [memory.starts()]
    memory.run(processes, 2)
    memory.is_up = False
    assert len(memory.run(processes, 10)) >= 10 * RATE * 0.95


def test_a_store_that_is_gone_is_not_asked_for_each_request(memory: Memory) -> None:
    process = memory.starts()
    memory.run([process], 2)
    memory.is_up = False
    process.seconds_until_start(is_retry=False)
    reads = memory.reads
    memory.now += 1
    assert len(memory.run([process], 10)) >= 10 * RATE * 0.95
    assert memory.reads == reads


def test_the_pace_is_shared_again_when_the_store_is_back(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    processes = [memory.starts() for _ in range(4)]
    memory.run(processes, 5)
    memory.is_up = False
    memory.texts.clear()
    memory.run(processes, 2)
    memory.is_up = True
    wait_until(lambda: all(process._found for process in processes))  # noqa: SLF001
    caplog.clear()
    with caplog.at_level(logging.INFO):
        both = memory.run(processes, KEEP_SHARE_SECONDS)
        shared = memory.run(processes[:2], 10)
    assert most_in_a_second(both) <= RATE + 1
    # Two have stopped: only a pace that is shared gives the others all of it.
    assert len(shared) >= 10 * RATE * 0.95
    assert caplog.messages == ["Redis at memory is back: the pace is shared again."] * 4


def test_nobody_counts_on_a_share_that_others_still_use(memory: Memory) -> None:
    processes = [memory.starts() for _ in range(4)]
    memory.run(processes, 5)
    memory.is_up = False
    memory.run(processes, 2)
    memory.is_up = True
    wait_until(lambda: all(process._found for process in processes))  # noqa: SLF001
    late = processes[0]
    found, late._found = late._found, None  # noqa: SLF001 - the last one to notice
    started = memory.run(processes, KEEP_SHARE_SECONDS - 1)
    late._found = found  # noqa: SLF001
    started += memory.run(processes, 10)
    assert most_in_a_second(started) <= RATE + 1


def test_a_connection_that_was_cut_is_opened_again_at_once(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    process = memory.starts()
    memory.cuts = 1
    assert process.seconds_until_start(is_retry=False) == 0.0
    assert memory.opened == 2
    assert caplog.messages == []


def test_a_change_that_is_overtaken_is_made_again(memory: Memory) -> None:
    process = memory.starts()
    memory.overtaken = 3
    assert process.seconds_until_start(is_retry=False) == 0.0
    assert process.seconds_until_start(is_retry=False) > 0.0


def test_a_store_that_overtakes_every_change_is_lost(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    process = memory.starts()
    memory.overtaken = 1_000
    assert process.seconds_until_start(is_retry=False) == 0.0
    assert "overtaken" in caplog.text


def test_a_429_holds_back_the_others(memory: Memory) -> None:
    one, other = memory.starts(), memory.starts()
    one.limit_reached(3.0)
    assert other.seconds_until_start(is_retry=True) == pytest.approx(3.0)


def test_a_429_holds_back_the_process_itself_while_the_store_is_gone(memory: Memory) -> None:
    process = memory.starts()
    memory.is_up = False
    process.seconds_until_start(is_retry=False)
    process.limit_reached(3.0)
    assert process.seconds_until_start(is_retry=False) == pytest.approx(3.0)


def test_an_account_is_filed_under_its_host_whatever_the_case() -> None:
    key = account_key("https://One.example.com/api/3/")
    assert key == account_key("https://one.example.com/api/3/")
    assert key != account_key("https://two.example.com/api/3/")
    assert "example" not in key


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("redis://10.0.0.1:6379/0", "Redis at 10.0.0.1:6379"),
        (f"rediss://user:{SECRET}@cache.example.com", "Redis at cache.example.com"),
        ("redis://", "Redis at localhost"),
        (f"postgresql://me:{SECRET}@[::1]:5432/pace", "PostgreSQL at [::1]:5432"),
        (f"postgresql://me@db/pace?password={SECRET}", "PostgreSQL at db"),
        ("postgresql+psycopg://db/pace?sslmode=require", "PostgreSQL at db"),
        ("POSTGRES://db/pace", "PostgreSQL at db"),
    ],
)
def test_a_store_is_named_without_its_password(url: str, place: str) -> None:
    address = StoreAddress.from_setting(url)
    assert address.place == place
    assert SECRET not in repr(address)
    told = address.without_password(f"FATAL: {url} says no.\nmore")
    assert SECRET not in told
    assert "\n" not in told


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:6379",
        f"mysql://user:{SECRET}@host/db",
        f"redis:{SECRET}@host",
        f"redis://:{SECRET}@host:port/0",
        "redis://host/pace",
        f"redis://:{SECRET}#1@host:6379/0",
        f"redis://{SECRET}/1@host:6379/0",
        f"postgresql://user:{SECRET}/x@host/db",
        f"postgresql://user:{SECRET}?x@host/db",
    ],
)
def test_a_url_that_names_no_store_is_refused_in_one_sentence_without_its_password(
    url: str,
) -> None:
    config = {"api_url": "https://a.example.com", "api_token": "t", "rate_limit_url": url}
    with pytest.raises(SettingsError, match="rate_limit_url") as refused:
        ApiSettings.from_config(config, default_user_agent="tests")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("scheme", ["redis", "postgresql"])
def test_a_server_that_does_not_listen_is_refused_in_one_sentence(scheme: str) -> None:
    settings = ApiSettings(
        "https://a.example.com/api/3/",
        "t",
        "tests",
        rate_limit_url=f"{scheme}://user:{SECRET}@127.0.0.1:1/0",
    )
    with pytest.raises(SettingsError, match=r"127\.0\.0\.1:1, which cannot be used: .*refused") as (
        refused
    ):
        pace_for(settings)
    assert SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            return
        threading.Event().wait(0.01)
    raise AssertionError("It did not come about within five seconds.")
