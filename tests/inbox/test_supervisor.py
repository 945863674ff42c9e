"""One process that receives, keeps and applies: good runs, failing ones, and its own end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from target_activecampaign.inbox.settings import InboxSettings
from target_activecampaign.inbox.supervisor import Programs, Supervisor
from tests.inbox.samples import EMAIL, postback
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.inbox.server import InboxProcess

pytestmark = pytest.mark.slow

PRINT_STATES = "import sys\nfor n in (1, 2): print('{\"n\": %d}' % n, flush=True)\n"


def supervisor(tmp_path: Path, tap: str = "", target: str = PRINT_STATES) -> Supervisor:
    """Return a supervisor of two small programs."""
    settings = InboxSettings(
        inbox_url="sqlite:///unused.db",
        data_dir=tmp_path,
        target_config=tmp_path / "target.json",
        apply_every_seconds=0.05,
    )
    programs = Programs((sys.executable, "-c", tap), (sys.executable, "-c", target))
    return Supervisor(settings, programs)


async def until(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_done():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def run_until(one: Supervisor, is_done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Let a supervisor run until its status is as wanted."""
    one.start()
    try:
        await until(lambda: is_done(one.status()))
        return one.status()
    finally:
        await one.stop()


def test_the_last_state_of_the_target_is_given_to_the_next_run(tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    tap = f"import sys; open({log!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')"
    one = supervisor(tmp_path, tap)
    status = asyncio.run(run_until(one, lambda status: status["runs"] >= 2))
    assert (status["status"], status["last_fault"]) == ("ok", None)
    assert json.loads(one.state_path.read_text()) == {"n": 2}
    first, second, *_ = (tmp_path / "log").read_text().splitlines()
    assert "--state" not in first
    assert second.endswith(f"--state {one.state_path}")
    config = json.loads((tmp_path / "apply" / "tap.json").read_text())
    assert config == {"inbox_url": "sqlite:///unused.db"}
    for path in (tmp_path / "apply").iterdir():
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("tap", "target", "fault"),
    [
        ("", PRINT_STATES + "sys.exit(3)", "target-activecampaign ended with 3"),
        ("import sys; sys.exit(1)", PRINT_STATES, "tap-ticto ended with 1"),
        ("", PRINT_STATES + "import os; os.kill(os.getpid(), 9)", "ended with -9"),
    ],
)
def test_a_failing_run_is_told_and_repeated_and_keeps_the_state_that_it_reached(
    tmp_path: Path, tap: str, target: str, fault: str
) -> None:
    one = supervisor(tmp_path, tap, target)
    status = asyncio.run(run_until(one, lambda status: status["failures_in_a_row"] >= 2))
    assert status["status"] == "failing"
    assert fault in status["last_fault"]
    assert json.loads(one.state_path.read_text()) == {"n": 2}


def test_what_is_no_state_does_not_become_one(tmp_path: Path) -> None:
    one = supervisor(tmp_path, target="print('{\"n\": 5}'); print('oops'); print('[1]')")
    asyncio.run(run_until(one, lambda status: status["runs"] >= 1))
    assert json.loads(one.state_path.read_text()) == {"n": 5}


def test_a_run_that_an_older_receiver_has_left_is_waited_for(tmp_path: Path) -> None:
    target = "import time; time.sleep(600)"
    old, new = supervisor(tmp_path, target=target), supervisor(tmp_path)

    async def both() -> None:
        old.start()
        await until(lambda: bool(old.status()["running"]))
        new.start()
        await asyncio.sleep(1)
        assert not new.status()["running"]
        assert new.status()["runs"] == 0
        await old.stop()
        await until(lambda: bool(new.status()["runs"]))
        await new.stop()

    asyncio.run(asyncio.wait_for(both(), 60))
    assert json.loads(new.state_path.read_text()) == {"n": 2}


# --- with the real programs ---------------------------------------------------------------------


def applying(inbox: InboxProcess, tmp_path: Path, sandbox: Sandbox, **target: Any) -> None:
    """Let a receiver apply what it receives to an account."""
    config = tmp_path / "target.json"
    values = {
        "api_url": sandbox.url,
        "api_token": sandbox.token,
        "data_dir": str(tmp_path / "target"),
        "segmentations": [{"title": "Compra", "event": "authorized", "tags": "comprou"}],
        **target,
    }
    config.write_text(json.dumps(values), encoding="utf-8")
    inbox.settings.update(target_config=str(config), apply_every_seconds=0.2)


def tagged(sandbox: Sandbox) -> list[str]:
    """Return the addresses of the contacts that have the tag, each as often as they have it."""
    account = sandbox.account
    tags = {row["id"] for row in account.rows("tags") if row["tag"] == "comprou"}
    emails = {row["id"]: row["email"] for row in account.rows("contacts")}
    given = [row["contact"] for row in account.rows("contactTags") if row["tag"] in tags]
    return sorted(emails[contact] for contact in given)


def wait_for(inbox: InboxProcess, is_done: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < deadline, inbox.log[-4000:]
        time.sleep(0.2)


def test_a_postback_becomes_a_tagged_contact_and_the_same_again_changes_nothing(
    inbox: InboxProcess, tmp_path: Path
) -> None:
    with Sandbox(contacts=5, requests_per_second=None) as sandbox:
        applying(inbox, tmp_path, sandbox, ticto_token="of no use here")
        with inbox:
            assert inbox.post(postback(1)).status_code == 200
            wait_for(inbox, lambda: tagged(sandbox) == [EMAIL.format(1)])
            before = len([one for one in sandbox.requests if one.method != "GET"])
            runs = inbox.health().json()["apply"]["runs"]
            assert inbox.post(postback(1)).status_code == 200
            wait_for(inbox, lambda: inbox.health().json()["apply"]["runs"] >= runs + 3)
            assert inbox.health().json()["apply"]["status"] == "ok"
            assert len([one for one in sandbox.requests if one.method != "GET"]) == before
            assert inbox.stop() == 0
    assert "fulana" not in inbox.log.lower()


def test_a_target_that_cannot_work_stops_no_receiver(
    file_inbox: InboxProcess, tmp_path: Path
) -> None:
    with Sandbox(contacts=5, requests_per_second=None) as sandbox:
        applying(file_inbox, tmp_path, sandbox, api_token="wrong")
        with file_inbox:
            assert file_inbox.post(postback(1)).status_code == 200
            wait_for(
                file_inbox, lambda: file_inbox.health().json()["apply"]["failures_in_a_row"] >= 2
            )
            assert file_inbox.post(postback(2)).status_code == 200
            assert file_inbox.health().status_code == 200
            assert "target-activecampaign ended with 1" in file_inbox.log
            applying(file_inbox, tmp_path, sandbox)
            wait_for(file_inbox, lambda: tagged(sandbox) == [EMAIL.format(1), EMAIL.format(2)])
            wait_for(file_inbox, lambda: file_inbox.health().json()["apply"]["status"] == "ok")


def test_a_receiver_killed_at_any_moment_loses_nothing_and_applies_nothing_twice(
    inbox: InboxProcess, tmp_path: Path
) -> None:
    with Sandbox(contacts=5, requests_per_second=None, latency_seconds=0.02) as sandbox:
        applying(inbox, tmp_path, sandbox, delivery="direct")
        inbox.start()
        number, moments = 0, (0.5, 4.0, 7.0)
        try:
            for moment in moments:
                for _ in range(10):
                    number += 1
                    assert inbox.post(postback(number)).status_code == 200
                time.sleep(moment)
                inbox.kill()
                inbox.start()
            wait_for(inbox, lambda: len(tagged(sandbox)) >= number)
            assert inbox.stop() == 0
        finally:
            inbox.__exit__(None, None, None)
        assert tagged(sandbox) == sorted(EMAIL.format(one + 1) for one in range(number))


def test_no_program_is_left_when_a_receiver_is_stopped(
    file_inbox: InboxProcess, tmp_path: Path
) -> None:
    with Sandbox(contacts=5, requests_per_second=None) as sandbox:
        applying(file_inbox, tmp_path, sandbox)
        with file_inbox:
            wait_for(file_inbox, lambda: file_inbox.health().json()["apply"]["running"])
            children = _children(file_inbox.pid)
            assert children
            assert file_inbox.stop() == 0
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, signal.SIG_DFL)


def _children(pid: int) -> list[int]:
    command = ["ps", "-o", "pid=", "--ppid", str(pid)]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [int(one) for one in listed.split()]
