"""A receiver as a process of its own: what it answers, keeps, logs and survives."""

from __future__ import annotations

import json
import socket
import stat
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from target_activecampaign.inbox.store import Store
from tests.inbox.samples import EMAIL, TOKEN, encoded, postback
from tests.inbox.server import InboxProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def running(inbox: InboxProcess) -> Iterator[InboxProcess]:
    with inbox:
        yield inbox


def kept_bodies(inbox: InboxProcess) -> list[Any]:
    """Return the bodies in the store, in the order of their ids."""
    store = Store(inbox.settings["inbox_url"])
    try:
        page = store.page_after(0, up_to=store.highest_id(), limit=1_000_000)
        return [json.loads(one.body) for one in page]
    finally:
        store.close()


def raw_exchange(inbox: InboxProcess, request: bytes, *, seconds: float = 30) -> bytes:
    """Send bytes and return the answer's first line."""
    host, port = inbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        connection.sendall(request)
        return connection.makefile("rb").readline()


def test_a_postback_is_kept_without_its_token_and_nothing_of_it_is_logged(
    running: InboxProcess, tmp_path: Path
) -> None:
    answer = running.post(postback(1))
    assert (answer.status_code, answer.json()) == (200, {"status": "kept"})
    body = postback(1)
    del body["token"]
    assert kept_bodies(running) == [body]
    running.post({**postback(2), "token": "another"})
    running.post(encoded(postback(3))[:-9])
    assert running.stop() == 0
    for secret in (TOKEN, EMAIL.format(1), EMAIL.format(3), "52998224725", "Fulana", "987654321"):
        assert secret not in running.log
    assert "2 refused" not in running.log  # each for its own reason
    assert "1 refused (another token or none)" in running.log
    assert "1 refused (unreadable)" in running.log
    for path in (tmp_path / "data").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_each_request_that_is_no_postback_gets_its_own_answer(inbox: InboxProcess) -> None:
    inbox.settings["max_body_bytes"] = 5_000
    with inbox:
        url = inbox.url
        assert inbox.post({**postback(), "token": "x"}).status_code == 401
        assert inbox.post({"status": "authorized"}).status_code == 401
        assert inbox.post(b"{").status_code == 400
        assert inbox.post(b"").status_code == 400
        assert inbox.post(b"[1]").status_code == 400
        assert inbox.post(b'{"a":' * 10_00 + b"1" + b"}" * 1000).status_code == 413
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            answer = requests.request(method, f"{url}/ticto", timeout=30)
            assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
        for path in ("/", "/ticto/", "/ticto/x", "/Ticto", "/docs"):
            assert requests.post(f"{url}{path}", json={}, timeout=30).status_code == 404
        no_length = b"POST /ticto HTTP/1.1\r\nHost: x\r\n\r\n"
        assert b" 411 " in raw_exchange(inbox, no_length)
        too_large = b"POST /ticto HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n"
        assert b" 413 " in raw_exchange(inbox, too_large)

        def endless() -> Iterator[bytes]:
            for _ in range(100):
                yield b" " * 1000

        assert requests.post(f"{url}/ticto", data=endless(), timeout=30).status_code == 413
        assert kept_bodies(inbox) == []
        chunked = requests.post(f"{url}/ticto", data=iter([encoded(postback())]), timeout=30)
        assert chunked.status_code == 200


def test_every_event_is_kept_for_the_target_to_judge(running: InboxProcess) -> None:
    for body in (
        {"status": "no_such_status"},
        {"event": "AFFILIATION_CREATED"},
        {"item": {"product_name": "Paki Guthrie"}},
    ):
        assert running.post({**body, "token": TOKEN}).status_code == 200
    assert running.post(postback()).status_code == 200
    assert running.post(postback()).status_code == 200
    assert len(kept_bodies(running)) == 5


def test_without_tokens_any_postback_is_kept_after_a_warning(inbox: InboxProcess) -> None:
    inbox.settings["ticto_tokens"] = []
    with inbox:
        assert inbox.post({"status": "authorized"}).status_code == 200
        assert inbox.post(postback()).status_code == 200
        assert TOKEN not in json.dumps(kept_bodies(inbox))
    assert "whoever knows the address can send orders" in inbox.log


def test_settings_may_come_from_the_environment(inbox: InboxProcess) -> None:
    inbox.environment = {"TICTO_INBOX_PATH": "/in", "TICTO_INBOX_TICTO_TOKENS": "other"}
    with inbox:
        url = f"{inbox.url}/in"
        assert requests.post(url, json={"token": "other"}, timeout=30).status_code == 200
        assert inbox.post(postback()).status_code == 404


def test_slow_and_broken_senders_keep_nobody_waiting(running: InboxProcess) -> None:
    host, port = running.url.removeprefix("http://").split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(150)]
    for number, connection in enumerate(slow):
        connection.sendall(b"POST /ticto HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n")
        if number % 2:
            connection.sendall(b'\r\n{"status": ')
    for connection in slow[:50]:
        connection.close()
    for number in range(40):
        assert running.post(postback(number)).status_code == 200
    assert running.health().status_code == 200
    for connection in slow:
        connection.close()
    assert len(kept_bodies(running)) == 40


def test_what_is_in_flight_is_finished_when_it_is_stopped(running: InboxProcess) -> None:
    host, port = running.url.removeprefix("http://").split(":")
    body = encoded(postback())
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        head = f"POST /ticto HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[:100])
        # Its turn has come when the body is being read.
        time.sleep(0.5)
        ended: list[int] = []
        stopping = threading.Thread(target=lambda: ended.append(running.stop()))
        stopping.start()
        time.sleep(0.5)
        connection.sendall(body[100:])
        assert b" 200 " in connection.makefile("rb").readline()
        stopping.join()
    assert ended == [0]
    assert len(kept_bodies(running)) == 1


def test_health_says_whether_the_store_can_be_written(tmp_path: Path) -> None:
    inbox = InboxProcess(tmp_path, {"data_dir": str(tmp_path / "data")})
    inbox.settings["inbox_url"] = f"sqlite:///{tmp_path / 'data' / 'inbox.db'}"
    with inbox:
        assert (inbox.health().status_code, inbox.health().json()) == (200, {"store": "ok"})
        file = tmp_path / "data" / "inbox.db"
        file.rename(tmp_path / "away.db")
        time.sleep(1.1)
        answer = inbox.health()
        assert (answer.status_code, answer.json()) == (503, {"store": "unavailable"})
        assert int(answer.headers["Retry-After"]) > 0
        refused = inbox.post(postback())
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
        (tmp_path / "away.db").rename(file)
        assert inbox.post(postback()).status_code == 200
        time.sleep(1.1)
        assert inbox.health().status_code == 200
        assert len(kept_bodies(inbox)) == 1
    assert inbox.log.count("has been removed or replaced") == 1
    assert "The store takes postbacks again." in inbox.log


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"inbox_url": "postgresql://u:secret@127.0.0.1:1/db"}, "cannot be used"),
        ({"data_dir": "/proc/inbox"}, "The setting data_dir"),
        ({"port": "x"}, "The setting port must be of type integer."),
        ({"host": "203.0.113.1"}, "nobody can listen on 203.0.113.1"),
    ],
)
def test_a_receiver_that_cannot_start_says_why_in_one_sentence(
    tmp_path: Path, settings: dict[str, Any], sentence: str
) -> None:
    inbox = InboxProcess(tmp_path, {"data_dir": str(tmp_path / "data"), **settings})
    inbox.start(wait=False)
    assert inbox.wait() == 1
    assert sentence in inbox.log
    assert "Traceback" not in inbox.log
    assert "secret" not in inbox.log
