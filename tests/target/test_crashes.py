"""Killed anywhere and run again, the account is that of an undisturbed run."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox import Sandbox
from tests.target.support import (
    ROOT,
    SCHEMA,
    command,
    deliver,
    effects,
    messages,
    order,
    rule,
    run,
    settings,
)
from tests.target.test_segmentation import REFUND, opted_out, refund

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow

RULES = (rule(automation="Boas-vindas", fields={"CPF": "customer.cpf"}), REFUND)
DIRECT = [f"buyer{number}@example.com" for number in range(8)]
BULK = [f"buyer{number}@example.com" for number in range(40)]
ONE_AUTOMATION = "Boas-vindas"


def orders_of(people: list[str], *, again: bool = True) -> list[dict[str, Any]]:
    """Return orders of which some are refunded, and some bought again."""
    found = [order(email=email) for email in people]
    found += [refund(email=email) for email in people[::3]]
    for email in people[::6] if again else ():
        found.append(order(email=email, order_hash=f"2-{email}", status_date="2026-04-01 10:00:00"))
    return found


def undisturbed(
    people: list[str], mode: str, folder: Path, *, again: bool = True
) -> dict[str, Any]:
    with Sandbox(contacts=30, requests_per_second=None, import_seconds=0.01) as calm:
        opted_out(calm, people[1])
        deliver(settings(calm, folder, *RULES, delivery=mode), orders_of(people, again=again))
        return effects(calm, people)


def start(config: dict[str, Any], folder: Path, given: Path) -> subprocess.Popen[bytes]:
    with given.open("rb") as lines:
        return subprocess.Popen(
            command(config, folder),
            stdin=lines,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )


def killed_after(requests: int, sandbox: Sandbox, process: subprocess.Popen[bytes]) -> bool:
    """Kill a run once it has made so many requests; returns whether it was still running."""
    before = len(sandbox.requests)
    while process.poll() is None and len(sandbox.requests) - before < requests:
        time.sleep(0.001)
    was_running = process.poll() is None
    process.kill()
    process.communicate()
    return was_running


@pytest.mark.parametrize("mode", ["direct", "bulk"])
@pytest.mark.parametrize("keeps_ledger", [True, False], ids=["ledger kept", "ledger lost"])
def test_killed_at_random_and_run_again(tmp_path: Path, mode: str, keeps_ledger: bool) -> None:
    people = DIRECT if mode == "direct" else BULK
    # Without the ledger a removal by a rule cannot be told from an opt-out: nobody buys again then.
    expected = undisturbed(people, mode, tmp_path / "calm", again=keeps_ledger)
    dice = random.Random(f"{mode}{keeps_ledger}")
    given = tmp_path / "orders.singer"
    given.write_bytes(messages(orders_of(people, again=keeps_ledger)))
    with Sandbox(
        contacts=30, requests_per_second=None, import_seconds=0.05, latency_seconds=0.002
    ) as sandbox:
        opted_out(sandbox, people[1])
        config = settings(sandbox, tmp_path, *RULES, delivery=mode)
        kills = 0
        for _ in range(3):
            process = start(config, tmp_path, given)
            kills += killed_after(dice.randint(2, 30), sandbox, process)
            if not keeps_ledger:
                shutil.rmtree(config["data_dir"], ignore_errors=True)
        last = run(config, tmp_path, given.read_bytes())
        assert last.status == 0, last.err
        assert kills
        assert effects(sandbox, people) == expected


@pytest.mark.parametrize("mode", ["direct", "bulk"])
def test_killed_right_after_any_write(tmp_path: Path, mode: str) -> None:
    """The moments at which ledger and account differ, one by one."""
    people = ["ana@example.com", "bia@example.com"]
    expected = undisturbed(people, mode, tmp_path / "calm")
    given = tmp_path / "orders.singer"
    given.write_bytes(messages(orders_of(people)))
    moments = (2, 6, 9) if mode == "direct" else (3, 4)
    for moment in moments:
        with Sandbox(contacts=30, requests_per_second=None, import_seconds=0.01) as sandbox:
            opted_out(sandbox, people[1])
            folder = tmp_path / str(moment)
            folder.mkdir()
            config = settings(sandbox, folder, *RULES, delivery=mode)
            process = start(config, folder, given)
            writes = 0

            def strike(request: Any, _account: object) -> None:
                nonlocal writes
                writes += request.method != "GET"
                if writes == moment and request.method != "GET":  # noqa: B023
                    process.kill()  # noqa: B023

            sandbox.hook(strike)
            process.communicate()
            assert process.returncode == -signal.SIGKILL
            writes = 1000
            assert run(config, folder, given.read_bytes()).status == 0
            assert effects(sandbox, people) == expected, f"killed at write {moment}"


def test_two_runners_on_one_ledger_apply_everything_once(
    tmp_path: Path, any_ledger_url: str
) -> None:
    expected = undisturbed(DIRECT, "direct", tmp_path / "calm")
    given = tmp_path / "orders.singer"
    given.write_bytes(messages(orders_of(DIRECT)))
    with Sandbox(contacts=30, requests_per_second=None, latency_seconds=0.002) as sandbox:
        opted_out(sandbox, DIRECT[1])
        processes = [
            start(
                settings(
                    sandbox, tmp_path / name, *RULES, delivery="direct", ledger_url=any_ledger_url
                ),
                tmp_path,
                given,
            )
            for name in ("one", "two")
        ]
        for process in processes:
            _, errors = process.communicate()
            assert process.returncode == 0, errors.decode()
        assert effects(sandbox, DIRECT) == expected


def test_sigterm_leaves_what_was_done_in_the_state(tmp_path: Path) -> None:
    people = [f"buyer{number}@example.com" for number in range(60)]
    lines = [SCHEMA]
    for number, email in enumerate(people):
        lines.append({"type": "RECORD", "stream": "orders", "record": order(email=email)})
        lines.append({"type": "STATE", "value": {"line": number}})
    given = tmp_path / "orders.singer"
    given.write_bytes(b"".join(_line(line) for line in lines))
    with Sandbox(contacts=30, requests_per_second=None, latency_seconds=0.01) as sandbox:
        config = settings(sandbox, tmp_path, *RULES, delivery="direct")
        process = start(config, tmp_path, given)
        _until(lambda: len(sandbox.requests) > 150)
        process.terminate()
        out, _ = process.communicate(timeout=10)
        assert process.returncode == 128 + signal.SIGTERM
        done = _last_state(out)["line"]
        assert 0 <= done < 59
        assert all(found[1] for found in effects(sandbox, people[: done + 1]).values())
        rest = b"".join(_line(line) for line in [SCHEMA, *lines[1 + 2 * (done + 1) :]])
        again = run(config, tmp_path, rest)
        assert again.states[-1] == {"line": 59}
        assert all(found[4] == [ONE_AUTOMATION] for found in effects(sandbox, people).values())


def test_state_waits_for_the_orders_before_it(sandbox: Sandbox, tmp_path: Path) -> None:
    config = settings(sandbox, tmp_path, max_retries=0)
    sandbox.faults.next("status_500", "contactTags", times=None)
    failed = run(config, tmp_path, messages([order()]))
    assert (failed.status, failed.out) == (1, "")
    sandbox.faults.clear()
    assert run(config, tmp_path, messages([order()])).states == [
        {"bookmarks": {"orders": {"line": 7}}}
    ]


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _last_state(out: bytes) -> Any:
    return json.loads(out.splitlines()[-1])


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.002)
