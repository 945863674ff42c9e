"""Waiting for imports: how many questions, what is finished when, and what never ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_activecampaign.api import Answer, ApiError, ApiRequest, ApiSession, UnreachableError
from target_activecampaign.delivery.errors import DeliveryIncompleteError
from target_activecampaign.delivery.imports import Imports, is_outstanding
from target_activecampaign.delivery.polling import after_overtaking, seconds_to_wait
from target_activecampaign.run.limits import RunLimits
from tests.target.support import buyer, deliver, order, rule, settings
from tests.target.test_bulk import IMPORT, emails, sent
from tests.target.test_segmentation import REFUND, refund

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

pytestmark = pytest.mark.slow

NEVER = float("inf")
# 5,000 orders: 60 requests, less 20 imports and 4 for lists and tags.
MOST_QUESTIONS = 36


class Clockwork:
    """An account whose imports end at given moments of a clock that only requests and waits move.

    Args:
        ends: When each import ends.
        lag: Seconds until an import of which the answer is lost shows among those under way.
    """

    def __init__(self, ends: list[float], *, lag: float = 0.0) -> None:
        self.now = 0.0
        self.questions: list[str] = []
        self._ends = {str(number): end for number, end in enumerate(ends)}
        self._lag = lag

    def imports(self) -> Imports:
        """Return the imports of this account."""
        session = cast("ApiSession", self)
        return Imports(session, clock=lambda: self.now, wait=self.wait)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        assert seconds >= 0
        self.now += seconds

    def get(self, _path: str, params: dict[str, str] | None = None, **_: object) -> dict[str, Any]:
        """Answer as the API does."""
        self.now += 0.2
        if params is None:
            running = [end for end in self._ends.values() if end > self.now > self._lag]
            day = {"batches": str(len(running)), "contacts": str(len(running) * 250)}
            return {"outstanding": [day]}
        self.questions.append(params["batchId"])
        is_over = self._ends[params["batchId"]] <= self.now
        return {"status": "completed" if is_over else "active", "failure": []}

    def send(self, request: ApiRequest) -> Answer:
        """Lose the answer."""
        raise UnreachableError(f"the connection failed during {request.method} {request.path}")


def ask(account: Clockwork, count: int, found: dict[str, float]) -> None:
    """Ask until everything has ended that ends, and note when each result was known."""
    for batch_id, _ in account.imports().results(str(number) for number in range(count)):
        found[batch_id] = account.now


@pytest.mark.parametrize("seconds", [0.05, 2.0, 10.0, 30.0])
@pytest.mark.parametrize("manner", ["one after the other", "side by side"])
def test_twenty_imports_take_few_questions_however_long_they_run(
    seconds: float, manner: str
) -> None:
    ends = [
        seconds * (number + 1 if manner == "one after the other" else 1) for number in range(20)
    ]
    account = Clockwork(ends)
    found: dict[str, float] = {}
    ask(account, 20, found)
    assert len(found) == 20
    assert len(account.questions) <= MOST_QUESTIONS
    assert account.now <= 20 * 0.2 + 2 * max(ends) + 5


def test_imports_that_end_in_no_order_are_all_finished() -> None:
    for seconds in (0.05, 2.0, 10.0):
        account = Clockwork([seconds * (20 - number) for number in range(20)])
        found: dict[str, float] = {}
        ask(account, 20, found)
        assert len(found) == 20
        assert account.now <= 60 + 2 * seconds * 20


@pytest.mark.parametrize("stuck", [[0], [10], [19], [0, 1], [0, 5, 19]])
def test_an_import_that_stays_active_when_others_end_keeps_none_of_them(stuck: list[int]) -> None:
    ends = [NEVER if number in stuck else 2.0 * (number + 1) for number in range(20)]
    account = Clockwork(ends)
    found: dict[str, float] = {}
    with pytest.raises(
        DeliveryIncompleteError, match=f"{len(stuck)} of 20 imports.*15 minutes.*again"
    ):
        ask(account, 20, found)
    assert set(found) == {str(number) for number in range(20) if number not in stuck}
    assert max(found.values()) < 180
    assert 900 <= account.now < 1100
    assert len(account.questions) < 80


def test_an_import_that_ends_just_before_the_limit_is_not_given_up() -> None:
    account = Clockwork([NEVER, 890.0])
    results = account.imports().results(["0", "1"])
    assert next(results)[0] == "1"
    with pytest.raises(DeliveryIncompleteError, match="1 of 2"):
        next(results)


@pytest.mark.parametrize(
    ("elapsed", "silence", "ended", "unfinished", "expected"),
    [
        (0.0, 0.0, 0, 20, 0.5),
        (8.0, 8.0, 0, 20, 8.0),
        (32.0, 0.0, 16, 4, 8.0),
        (32.0, 0.0, 2, 18, 32.0),
        (64.0, 32.0, 19, 1, 32.0),
        (500.0, 0.0, 5, 15, 120.0),
    ],
)
def test_the_wait_grows_when_nothing_ends_and_shrinks_near_the_end(
    elapsed: float, silence: float, ended: int, unfinished: int, expected: float
) -> None:
    seconds = seconds_to_wait(elapsed=elapsed, silence=silence, ended=ended, unfinished=unfinished)
    assert seconds == expected


def test_an_import_is_asked_about_last_when_a_later_one_has_ended_before_it() -> None:
    assert after_overtaking(["a", "c", "d"], ["a"]) == ["c", "d", "a"]
    assert after_overtaking(["a", "c"], []) == ["a", "c"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], False),
        (None, False),
        ([{"forDate": "2026-03-01", "batches": "0", "contacts": "0"}], False),
        ([{"batches": 0, "contacts": 0}], False),
        ([{"batches": "0", "contacts": "0"}, {"batches": "1", "contacts": "250"}], True),
        ([{"batches": 2, "contacts": 500}], True),
        (["unknown"], True),
    ],
)
def test_imports_are_outstanding_when_a_day_counts_any(days: Any, expected: bool) -> None:
    assert is_outstanding(days) is expected


def test_an_import_that_shows_late_is_waited_for_when_its_answer_was_lost() -> None:
    account = Clockwork([3.0], lag=1.0)
    imports = account.imports()
    with pytest.raises(UnreachableError):
        imports.send([{"email": "a@example.com"}, {"email": "b@example.com"}])
    imports.wait_for_all()
    assert account.now >= 3.0


SMALL_AND_IMPATIENT = RunLimits(longest_import_seconds=1.0, most_contacts_per_import=5)


def let_one_stay_active(sandbox: Sandbox, number: int) -> None:
    """Let the import of a number, from 0, never end."""
    seen = 0

    def strike(request: Any, _account: object) -> None:
        nonlocal seen
        if request.method == "POST" and request.path.endswith(IMPORT):
            if seen == number:
                sandbox.faults.next("stuck")
            seen += 1

    sandbox.hook(strike)


def entered(sandbox: Sandbox, people: list[str]) -> list[str]:
    return [email for email in people if buyer(sandbox, email).get("automations")]


RULES = (rule(automation="Boas-vindas"), REFUND)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_all_other_orders_are_finished_when_one_import_stays_active(
    sandbox: Sandbox, tmp_path: Path, number: int
) -> None:
    let_one_stay_active(sandbox, number)
    people = emails(15)
    others = [email for at, email in enumerate(people) if at // 5 != number]
    config = settings(sandbox, tmp_path, *RULES, delivery="bulk")
    given = [order(email=email) for email in people]
    given += [refund(email=email) for email in people[::2]]
    for _ in range(2):
        with pytest.raises(DeliveryIncompleteError, match=r"1 of [13] imports"):
            deliver(config, given, limits=SMALL_AND_IMPATIENT)
        assert entered(sandbox, people) == others
        assert all(
            ("vip" in buyer(sandbox, email)["tags"]) is (email not in people[::2])
            for email in others
        )
    assert sent(sandbox) == 3
    # What was finished is done for good: the second run asked about the one import only.
    assert sent(sandbox, "contactAutomations") == len(others)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_all_other_orders_are_completed_when_a_run_died_and_one_import_stays_active(
    sandbox: Sandbox, tmp_path: Path, number: int
) -> None:
    let_one_stay_active(sandbox, number)
    people = emails(15)
    others = [email for at, email in enumerate(people) if at // 5 != number]
    given = [order(email=email) for email in people]
    config = settings(sandbox, tmp_path, *RULES, delivery="bulk")
    sandbox.faults.next("status_500", "import/info", times=1)
    with pytest.raises(ApiError, match="500"):
        deliver({**config, "max_retries": 0}, given, limits=SMALL_AND_IMPATIENT)
    assert entered(sandbox, people) == []
    with pytest.raises(DeliveryIncompleteError, match="1 of 3 imports"):
        deliver(
            config,
            [*given, *(refund(email=email) for email in people)],
            limits=SMALL_AND_IMPATIENT,
        )
    assert entered(sandbox, people) == others
    assert all("vip" not in buyer(sandbox, email)["tags"] for email in others)
    assert sent(sandbox) == 3


def test_other_imports_are_sent_and_finished_when_an_answer_was_lost_and_one_stays_active(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seen = 0

    def strike(request: Any, _account: object) -> None:
        nonlocal seen
        if request.method == "POST" and request.path.endswith(IMPORT) and not seen:
            seen += 1
            sandbox.faults.next("stuck")
            # This request has passed the faults already: it is the next one's answer.
            sandbox.faults.next("reset", IMPORT, method="POST", after_effect=True)

    sandbox.hook(strike)
    people = emails(15)
    config = settings(sandbox, tmp_path, *RULES, delivery="bulk")
    with pytest.raises(DeliveryIncompleteError, match="1 of 2 imports"):
        deliver(config, [order(email=email) for email in people], limits=SMALL_AND_IMPATIENT)
    assert entered(sandbox, people) == people[10:]
    assert sent(sandbox) == 3


@pytest.mark.parametrize("delivery", ["bulk", "auto"])
def test_new_orders_are_applied_when_an_import_of_an_earlier_run_stays_active(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    let_one_stay_active(sandbox, 0)
    people = emails(8)
    config = settings(sandbox, tmp_path, *RULES, delivery="bulk")
    with pytest.raises(DeliveryIncompleteError):
        deliver(config, [order(email=email) for email in people[:3]], limits=SMALL_AND_IMPATIENT)
    given = [order(email=email) for email in people]
    given.append(order(email=people[0], order_hash="TOC-2"))
    with pytest.raises(DeliveryIncompleteError):
        deliver({**config, "delivery": delivery}, given, limits=SMALL_AND_IMPATIENT)
    assert entered(sandbox, people) == people[3:]
