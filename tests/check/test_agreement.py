"""What a check says of a run is what the run then does."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.check.account import AccountCheck
from tap_activecampaign.check.report import Report
from tap_activecampaign.tap import StreamsOfRun
from tests.sandbox import Sandbox
from tests.tap.runs import Output, open_tap, sync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_activecampaign.check.findings import StreamCheck
    from tests.sandbox.log import LoggedRequest

pytestmark = pytest.mark.slow


def check(sandbox: Sandbox, select: list[str] | None = None, **settings: Any) -> list[StreamCheck]:
    tap = open_tap(sandbox, select, **settings)
    try:
        streams = StreamsOfRun(tap)
        return AccountCheck(tap.fetcher, streams.named).check(streams.selected())
    finally:
        tap.close()


class Compared:
    """A check of an account, and a first run of the same streams."""

    def __init__(self, sandbox: Sandbox, **settings: Any) -> None:
        sandbox.clear_log()
        self.checks = {one.stream: one for one in check(sandbox, **settings)}
        self.asked = sandbox.requests
        sandbox.clear_log()
        self.output: Output = sync(sandbox, **settings)
        self.requests: list[LoggedRequest] = sandbox.requests
        sandbox.clear_log()
        sync(sandbox, state=self.output.state, **settings)
        self.later: list[LoggedRequest] = sandbox.requests


@pytest.fixture(scope="module", params=[("columns", "off"), ("object", "auto")], ids=str)
def compared(request: pytest.FixtureRequest) -> Iterator[Compared]:
    with Sandbox(contacts=230, requests_per_second=None) as sandbox:
        yield Compared(sandbox, custom_fields=request.param[0], sideload=request.param[1])


def test_rows_are_those_of_a_run(compared: Compared) -> None:
    told = {name: one.rows for name, one in compared.checks.items() if one.rows is not None}
    sent = {name: len(records) for name, records in compared.output.records.items()}
    assert told == {name: sent[name] for name in told}
    # The rest is below rows of another stream.
    unknown = set(compared.checks) - set(told)
    assert len(unknown) <= 20
    assert all(sent[name] >= compared.checks[name].rows_at_least for name in unknown)


def test_requests_are_about_those_of_a_run(compared: Compared) -> None:
    told = Report("", 5, list(compared.checks.values())).first_run
    assert abs(told - len(compared.requests)) <= max(2, 0.05 * len(compared.requests))


def test_requests_of_a_run_with_nothing_new_are_about_those_of_one(compared: Compared) -> None:
    told = Report("", 5, list(compared.checks.values())).nothing_new
    assert abs(told - len(compared.later)) <= max(2, 0.05 * len(compared.later))


def test_a_run_reads_those_streams_with_the_contacts_that_were_told(compared: Compared) -> None:
    told = {
        name: one.with_contacts_reason is None
        for name, one in compared.checks.items()
        if one.with_contacts is not None
    }
    bookmarks = compared.output.state["bookmarks"]
    assert told == {
        name: bookmarks[name]["with_contacts"]["standing"] == "kept"
        for name in bookmarks
        if "with_contacts" in bookmarks[name]
    }


def test_requests_of_each_path_are_about_those_of_a_run(compared: Compared) -> None:
    made = Counter(request.path for request in compared.requests)
    wrong = {}
    for name, one in compared.checks.items():
        if one.shares_requests_with or "{" in one.path or one.path in _SHARED:
            continue
        told = one.cost.first_run if one.cost else 0
        if abs(told - made[one.path]) > max(2, 0.05 * made[one.path]):
            wrong[name] = told, made[one.path]
    assert wrong == {}


def test_no_path_is_asked_more_than_twice(compared: Compared) -> None:
    asked = Counter(
        f"{request.path} {request.query.get('query', '')}"
        if request.path == "ecom/graphql"
        else request.path
        for request in compared.asked
    )
    graphql = asked.pop("ecom/graphql ", 0)
    assert graphql <= 6
    assert {path: count for path, count in asked.items() if count > 2} == {}


def test_every_path_that_a_check_asks_is_only_read(compared: Compared) -> None:
    methods = {request.method for request in compared.asked if request.path != "ecom/graphql"}
    assert methods == {"GET"}
    assert not any(re.search(r"@|%40", str(request.query)) for request in compared.asked)


# Read by streams below contacts as well, or by custom fields.
_SHARED = {
    "contacts",
    "activities",
    "ecom/graphql",
    "deals",
    "accounts",
    "contactGoals",
    "contactConversions",
    "dealTasks",
    "ecomOrders",
    "automations",
    "contactAutomations",
    "sms/broadcasts",
    "customObjects/schemas",
    "fields",
}
