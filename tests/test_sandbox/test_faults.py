from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
import requests

from tests.sandbox.limits import SlidingWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.test_sandbox.client import Client


def test_window_when_full_accepts_again_as_the_oldest_leaves() -> None:
    now = [0.0]
    window = SlidingWindow(2, 1.0, lambda: now[0])
    assert window.accept() == (True, 1, 1)
    now[0] = 0.5
    assert window.accept() == (True, 0, 1)
    assert window.accept()[0] is False
    now[0] = 0.99
    assert window.accept()[0] is False  # refusals take no room
    now[0] = 1.0
    assert window.accept()[0] is True
    assert window.accept()[0] is False


def test_limit_when_exceeded_is_429_with_whole_seconds(serve: Callable[..., Client]) -> None:
    client = serve(requests_per_second=5)
    answers = [client.call("GET", "users/me") for _ in range(8)]
    accepted = [one for one in answers if one.status_code == 200]
    refused = [one for one in answers if one.status_code == 429]
    assert len(accepted) + len(refused) == 8
    assert len(accepted) >= 5
    assert {one.headers["RateLimit-Limit"] for one in answers} == {"5"}
    assert accepted[0].headers["RateLimit-Remaining"] == "4"
    assert {one.headers["Retry-After"] for one in refused} <= {"1"}
    log = client.sandbox.requests
    assert [entry.status for entry in log] == [one.status_code for one in answers]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("status_429", 429),
        ("status_500", 500),
        ("status_502", 502),
        ("status_503", 503),
        ("errors_string", 422),
        ("errors_list", 422),
        ("message", 422),
        ("forbidden", 403),
        ("html", 200),
        ("empty", 200),
        ("truncated", 200),
        ("missing_key", 200),
    ],
)
def test_fault_when_scripted_breaks_one_answer(
    serve: Callable[..., Client], kind: str, status: int
) -> None:
    client = serve()
    client.sandbox.faults.next(kind, path="tags")
    assert client.call("GET", "lists").status_code == 200
    broken = client.call("GET", "tags")
    assert broken.status_code == status
    if kind in ("html", "empty", "truncated"):
        with pytest.raises(requests.exceptions.JSONDecodeError):
            broken.json()
    if kind == "missing_key":
        assert "tags" not in broken.json()
    assert client.call("GET", "tags").json()["tags"]
    assert client.sandbox.faults.count == client.sandbox.faults.by_kind[kind] == 1
    assert [entry.fault for entry in client.sandbox.requests] == ["", kind, ""]


def test_faults_when_the_connection_breaks(serve: Callable[..., Client]) -> None:
    client = serve()
    client.sandbox.faults.next("reset")
    with pytest.raises(requests.exceptions.ConnectionError):
        client.call("GET", "tags")
    client.sandbox.faults.next("truncated_length")
    with pytest.raises(
        (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)
    ):
        client.call("GET", "tags")
    client.sandbox.faults.next("timeout", hang_seconds=5)
    with pytest.raises(requests.exceptions.ReadTimeout):
        client.call("GET", "tags", timeout=0.2)
    assert [entry.status for entry in client.sandbox.requests] == [0, 200, 0]


@pytest.mark.parametrize(("value", "header"), [(7, "7"), (None, None), ("date", "date")])
def test_retry_after_when_written_in_each_way(
    serve: Callable[..., Client], value: object, header: str | None
) -> None:
    client = serve()
    client.sandbox.faults.next("status_429", retry_after=value)
    found = client.call("GET", "tags").headers.get("Retry-After")
    if header == "date":
        assert found is not None
        assert parsedate_to_datetime(found).timestamp() > time.time() - 5
    else:
        assert found == header


def test_forbidden_when_passing_or_lasting(serve: Callable[..., Client]) -> None:
    client = serve()
    client.sandbox.faults.next("forbidden", times=2)
    assert [client.call("GET", "tags").status_code for _ in range(3)] == [403, 403, 200]
    client.sandbox.faults.next("forbidden", times=None)
    assert [client.call("GET", "tags").status_code for _ in range(3)] == [403, 403, 403]
    client.sandbox.faults.clear()
    assert client.call("GET", "tags").status_code == 200


@pytest.mark.parametrize("after_effect", [False, True])
def test_fault_when_it_hits_a_write_comes_before_or_after_the_effect(
    serve: Callable[..., Client], *, after_effect: bool
) -> None:
    client = serve()
    client.sandbox.faults.next("status_502", after_effect=after_effect)
    body = {"contact": {"email": "nova@example.com"}}
    assert client.post("contact/sync", body).status_code == 502
    assert client.account.count("contacts") == (201 if after_effect else 200)


@pytest.mark.slow
def test_fault_rate_when_set_breaks_that_share_the_same_way_each_time(
    serve: Callable[..., Client],
) -> None:
    runs = []
    for _ in range(2):
        client = serve()
        client.sandbox.faults.rate(0.2, kinds=("status_500", "empty", "html"), seed=3)
        answers = [client.call("GET", "users/me") for _ in range(300)]
        runs.append([(one.status_code, len(one.content)) for one in answers])
        assert 35 <= client.sandbox.faults.count <= 85
        assert set(client.sandbox.faults.by_kind) == {"status_500", "empty", "html"}
    assert runs[0] == runs[1]


def test_kinds_when_unknown_are_refused(serve: Callable[..., Client]) -> None:
    client = serve()
    with pytest.raises(ValueError, match="status_999"):
        client.sandbox.faults.next("status_999")
    with pytest.raises(ValueError, match="nothing"):
        client.sandbox.faults.rate(0.5, kinds=("nothing",))


def test_latency_when_requests_are_concurrent_is_waited_side_by_side(
    serve: Callable[..., Client], connect: Callable[..., Client]
) -> None:
    client = serve(latency_seconds=0.2)
    clients = [connect(client.sandbox) for _ in range(8)]
    together = threading.Barrier(8, timeout=30)  # no request is answered before all are there
    client.sandbox.hook(lambda *_: together.wait())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: one.call("GET", "users/me"), clients))
    assert [one.status_code for one in answers] == [200] * 8
    assert min(one.elapsed.total_seconds() for one in answers) >= 0.2
