from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from tests.sandbox import Account, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.test_sandbox.client import Client

ROOT = Path(__file__).parents[2]


def test_log_when_requests_are_made_shows_them(serve: Callable[..., Client]) -> None:
    client = serve()
    client.get("contacts", limit=2, **{"filters[updated_after]": "2024-01-01"})
    client.post("contactTags", {"contactTag": {"contact": "1"}})
    client.call("GET", "tags", headers={"Api-Token": "wrong"})
    first, second, third = client.sandbox.requests
    assert (first.method, first.path, first.status) == ("GET", "contacts", 200)
    assert first.query == {"limit": "2", "filters[updated_after]": "2024-01-01"}
    assert (second.body, second.status) == ({"contactTag": {"contact": "1"}}, 422)
    assert third.status == 403
    assert first.started_at <= second.started_at <= third.started_at
    assert [entry["path"] for entry in client.control("log")] == ["contacts", "contactTags", "tags"]
    stats = client.control("stats")
    assert (stats["requests"], stats["by_status"]) == (3, {"200": 1, "422": 1, "403": 1})
    assert stats["rows"]["contacts"] == 200
    client.control("clear", {})
    assert client.sandbox.requests == []


def test_controls_over_http_when_used_change_the_account(serve: Callable[..., Client]) -> None:
    client = serve(requests_per_second=1)
    rows = client.control("rows/tags")
    assert rows == client.account.rows("tags")
    client.control("touch", {"collection": "tags", "id": 2, "changes": {"description": "nova"}})
    assert client.account.row("tags", 2)["description"] == "nova"
    new = client.control("insert", {"collection": "tags", "values": {"tag": "criada"}})["id"]
    assert client.account.row("tags", new)["tag"] == "criada"
    client.control("delete", {"collection": "tags", "id": new})
    assert client.account.count("tags") == len(rows)
    client.control("faults", {"next": "status_503", "path": "tags", "times": 2})
    assert client.call("GET", "tags").status_code == 503
    client.control("faults", {"clear": True})
    client.control("faults", {"rate": 1.0, "kinds": ["status_500"]})
    wrong = client.session.post(f"{client.sandbox.url}/_sandbox/faults", json={"x": 1}, timeout=5)
    assert wrong.status_code == 400
    unknown = client.session.get(f"{client.sandbox.url}/_sandbox/rows/nothing", timeout=5)
    assert unknown.status_code == 400


@pytest.mark.parametrize(
    "collection",
    [
        "contacts", "tags", "contactTags", "deals", "dealRoles", "taskOutcomes",
        "tasktypeOutcomeRels", "records", "audiences", "smsBroadcasts", "urlWhitelistings",
        "templates", "searchProduct", "ecomOrders",
    ],
)  # fmt: skip
def test_touch_when_called_sets_every_stamp_in_its_style(collection: str) -> None:
    account = Account(contacts=100)
    account.clock.set(datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=timezone.utc))
    spec = account.collection(collection).spec
    row = next(row for row in account.rows(collection) if "isDisabled" not in row or len(row) > 3)
    account.touch(collection, row[spec.id_property])
    changed = account.row(collection, row[spec.id_property])
    styles = {
        "offset": "2026-01-01T21:04:05-06:00",
        "naive": "2026-01-01 21:04:05",
        "utc_z": "2026-01-02T03:04:05Z",
        "millis_z": "2026-01-02T03:04:05.678Z",
        "nanos_z": "2026-01-02T03:04:05.678901000Z",
    }
    for column, style in spec.updated:
        outer, _, inner = column.partition(".")
        value = changed[outer][inner] if inner else changed[outer]
        assert value == styles[style]
    same = set(row) - {column.partition(".")[0] for column, _ in spec.updated}
    assert all(changed[name] == row[name] for name in same)


def test_inserted_rows_when_read_are_last_and_stamped_now(serve: Callable[..., Client]) -> None:
    client = serve()
    for name in client.account.collection_names:
        new = client.account.insert(name)
        spec = client.account.collection(name).spec
        if spec.id_kind != "name":
            assert str(client.account.rows(name)[-1][spec.id_property]) == new, name
    with pytest.raises(KeyError):
        client.account.touch("tags", 999_999)


def test_clock_when_advanced_moves_the_account_only() -> None:
    account = Account(contacts=3)
    before = account.now
    account.clock.advance(3600)
    assert 3600 <= (account.now - before).total_seconds() < 3610


def test_sandbox_when_asked_to_listen_elsewhere_refuses() -> None:
    with pytest.raises(ValueError, match="loopback"):
        Sandbox(host="0.0.0.0")  # noqa: S104


def test_sandbox_when_stopped_closes_its_connections() -> None:
    with Sandbox(contacts=3) as sandbox, requests.Session() as session:
        headers = {"Api-Token": sandbox.token}
        session.get(f"{sandbox.url}/api/3/users/me", headers=headers, timeout=5)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(f"{sandbox.url}/api/3/users/me", headers=headers, timeout=5)


def _wait_for(path: Path) -> str:
    for _ in range(200):
        if path.exists():
            return path.read_text(encoding="utf-8")
        time.sleep(0.05)
    raise AssertionError(f"{path} did not appear")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_when_stopped_by_a_signal_exits_at_once(tmp_path: Path, number: int) -> None:
    port_file, log = tmp_path / "url", tmp_path / "log.jsonl"
    command = [sys.executable, "-m", "tests.sandbox", "--contacts", "50", "--token", "t0"]
    command += ["--port-file", str(port_file), "--request-log", str(log)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        url = _wait_for(port_file)
        answer = requests.get(f"{url}/api/3/contacts", headers={"Api-Token": "t0"}, timeout=10)
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)
    assert answer.json()["meta"]["total"] == "50"
    assert (process.returncode, output, errors) == (0, b"", b"")
    entry = json.loads(log.read_text(encoding="utf-8"))
    assert (entry["path"], entry["status"]) == ("contacts", 200)
