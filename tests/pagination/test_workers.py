from __future__ import annotations

import threading
from functools import partial

import pytest

from tap_activecampaign.pagination import SeenKeys, Workers


def test_no_more_calls_run_at_once_than_there_are_workers() -> None:
    workers = Workers(3)
    running = threading.Semaphore(3)
    overruns: list[bool] = []

    def call(number: int) -> int:
        overruns.append(not running.acquire(blocking=False))
        running.release()
        return number

    futures = [workers.submit(partial(call, number)) for number in range(200)]
    assert [future.result() for future in futures] == list(range(200))
    assert not any(overruns)
    workers.close()


def test_an_error_is_raised_where_the_result_is_read() -> None:
    workers = Workers(1)
    future = workers.submit(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        future.result()
    assert workers.submit(lambda: "still working").result() == "still working"
    workers.close()


def test_urgent_calls_go_first() -> None:
    workers = Workers(1)
    order: list[str] = []
    busy = threading.Event()
    workers.submit(partial(busy.wait, 10))
    for name in ("ahead", "further ahead"):
        workers.submit(partial(order.append, name), is_urgent=False)
    last = workers.submit(partial(order.append, "now"))
    busy.set()
    last.result()
    workers.submit(lambda: None, is_urgent=False).result()
    assert order == ["now", "ahead", "further ahead"]
    workers.close()


def test_threads_never_keep_the_process_alive() -> None:
    workers = Workers(2)
    workers.submit(lambda: None).result()
    ours = [thread for thread in threading.enumerate() if thread.name == "fetch"]
    assert ours
    assert all(thread.daemon for thread in ours)
    workers.close()


def test_seen_keys_tell_numbers_texts_and_tuples_apart() -> None:
    seen = SeenKeys()
    keys = [0, 1, 4095, 4096, 10**12, "1", "0", (1, "a"), (1, "b")]
    assert [seen.add(key) for key in keys] == [True] * len(keys)
    assert [seen.add(key) for key in keys] == [False] * len(keys)
    assert len(seen) == len(keys)
    assert 2 not in seen
