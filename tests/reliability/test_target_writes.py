"""Each write of the target whose answer breaks, before and after its effect."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.reliability.bad_days import HopelessDay, by_name
from tests.reliability.conftest import closed_port
from tests.reliability.target_process import (
    PEOPLE,
    REFUNDED,
    RULES,
    changed,
    good_day,
    new_sandbox,
    orders,
)
from tests.target.support import (
    ROOT,
    STATE,
    Outcome,
    command,
    deliver,
    messages,
    order,
    rejects,
    rule,
    run,
    settings,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

pytestmark = pytest.mark.slow

WRITES = (
    ("POST", "contact/sync"),
    ("POST", "contactLists"),
    ("POST", "tags"),
    ("POST", "contactTags"),
    ("POST", "contactAutomations"),
    ("DELETE", "contactTags/*"),
)
KINDS = ("status_500", "status_502", "status_503", "reset", "truncated", "truncated_length", "html")
BUYERS = PEOPLE[:2]
GIVEN = [
    *(order(email=email) for email in BUYERS),
    order(email=BUYERS[0], status="refunded", status_date=REFUNDED),
]
HOPELESS = (
    HopelessDay("500 that stays", "status_500", ("contact/sync", "500"), 2),
    HopelessDay("429 that stays", "status_429", ("contact/sync", "limit"), 2),
    HopelessDay("connection always reset", "reset", ("contact/sync", "connection"), 2),
    HopelessDay("empty bodies for ever", "empty", ("contact/sync",), 2),
    HopelessDay("HTML for ever", "html", ("contact/sync", "not JSON"), 2),
    HopelessDay("envelope never has its key", "missing_key", ("contact/sync",), 2),
    HopelessDay("403 that stays", "forbidden", ("contact/sync", "permit"), 2),
)


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let repetitions follow at once."""
    monkeypatch.setattr("tap_activecampaign.api.retries._FIRST_WAIT_SECONDS", 0.001)


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize("after_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", [*KINDS, "empty"])
def test_a_write_whose_answer_breaks_has_its_effect_once(
    kind: str, tmp_path: Path, *, after_effect: bool
) -> None:
    with new_sandbox() as calm:
        deliver(settings(calm, tmp_path / "calm", *RULES), GIVEN)
        expected = changed(calm)
    with new_sandbox() as sandbox:
        for method, path in WRITES:
            sandbox.faults.next(kind, path, method=method, after_effect=after_effect)
        config = settings(sandbox, tmp_path, *RULES)
        summary = deliver(config, GIVEN)
        assert sandbox.faults.count == len(WRITES)
        assert summary["applied"] == len(GIVEN)
        assert changed(sandbox) == expected
        sandbox.clear_log()
        assert deliver(config, GIVEN)["repeated"] == len(GIVEN)
        assert written(sandbox) == []


def the_sentence(run: Outcome) -> str:
    """Return the one sentence with which the target gave up."""
    assert run.status == 1, run.err
    assert "Traceback" not in run.err
    found = [line for line in run.err.splitlines() if "| CRITICAL" in line]
    assert len(found) == 1, run.err
    return found[0].split("|", 3)[3].strip()


@pytest.mark.parametrize("day", HOPELESS, ids=by_name(HOPELESS))
def test_what_nothing_mends_is_one_sentence_and_the_next_run_makes_it_good(
    day: HopelessDay, sandbox: Sandbox, tmp_path: Path
) -> None:
    with new_sandbox() as calm:
        deliver(settings(calm, tmp_path / "calm", *RULES), GIVEN)
        expected = changed(calm)
    config = settings(sandbox, tmp_path, *RULES, max_retries=1)
    before = changed(sandbox)
    sandbox.faults.next(day.kind, "contact/sync", times=None, retry_after=0)
    done = run(config, tmp_path, messages(GIVEN))
    sentence = the_sentence(done)
    assert [word for word in day.sentence if word not in sentence] == []
    assert BUYERS[0] not in done.err
    assert done.states == []
    asked = [request for request in sandbox.requests if request.path == "contact/sync"]
    assert 1 <= len(asked) <= day.most_requests
    assert changed(sandbox) == before
    sandbox.faults.clear()
    assert deliver(config, GIVEN)["applied"] == len(GIVEN)
    assert changed(sandbox) == expected


@pytest.mark.parametrize("kind", ["errors_string", "errors_list", "message"])
def test_a_contact_that_is_refused_is_a_reject_and_can_be_fed_in_again(
    kind: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    config = settings(sandbox, tmp_path, *RULES)
    sandbox.faults.next(kind, "contact/sync")
    summary = deliver(config, [order(email=BUYERS[0]), order(email=BUYERS[1])])
    assert (summary["applied"], summary["rejected"]) == (1, 1)
    (kept,) = rejects(config)
    assert BUYERS[0] not in kept["reason"]
    assert deliver(config, [kept])["applied"] == 1
    with new_sandbox() as calm:
        deliver(settings(calm, tmp_path / "calm", *RULES), GIVEN[:2])
        assert changed(sandbox) == changed(calm)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"api_url": "dead", "max_retries": 1}, ("connection", "127.0.0.1")),
        ({"api_token": "Wrong-Token-1234"}, ("does not accept the API token", "api_token")),
    ],
    ids=["server is down", "wrong token"],
)
def test_an_account_out_of_reach_is_one_sentence_before_any_write(
    change: dict[str, Any], words: tuple[str, ...], sandbox: Sandbox, tmp_path: Path
) -> None:
    change = dict(change)
    if change.get("api_url") == "dead":
        change["api_url"] = f"http://127.0.0.1:{closed_port()}"
    config = settings(sandbox, tmp_path, *RULES, **change)
    done = run(config, tmp_path, messages(GIVEN))
    sentence = the_sentence(done)
    assert [word for word in words if word not in sentence] == []
    assert done.out == ""
    assert len(sandbox.requests) <= 3
    assert config["api_token"] not in done.err


@pytest.mark.parametrize("fate", ["failed", "interrupted"])
def test_an_import_that_comes_to_nothing_is_made_good(fate: str, tmp_path: Path) -> None:
    good = good_day("bulk", tmp_path / "good")
    with new_sandbox() as sandbox:
        sandbox.faults.next(fate)
        config = settings(sandbox, tmp_path, *RULES, delivery="bulk")
        done = run(config, tmp_path, messages(orders()))
        assert done.status == 0, done.err
        assert done.states == [STATE["value"]]
        assert changed(sandbox) == good


def test_an_import_that_stays_active_keeps_the_state_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """The hour that the target waits is cut short; all else is the command as it is."""
    sandbox.faults.next("stuck")
    config = settings(sandbox, tmp_path, rule(), delivery="bulk")
    impatient = (
        "from target_activecampaign.run.limits import RunLimits\n"
        "from target_activecampaign.target import TargetActiveCampaign\n"
        "class Impatient(TargetActiveCampaign):\n"
        "    limits = RunLimits(longest_import_seconds=1.0)\n"
        "Impatient.cli()\n"
    )
    arguments = command(config, tmp_path)[3:]
    done = subprocess.run(
        [sys.executable, "-c", impatient, *arguments],
        input=messages([order(email=email) for email in PEOPLE]),
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    ended = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "run again" in the_sentence(ended)
    assert ended.states == []
    sent = [request for request in sandbox.requests if request.path == "import/bulk_import"]
    assert len([request for request in sent if request.method == "POST"]) == 1
