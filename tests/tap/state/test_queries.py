"""Every query that the tap sends, held against what ActiveCampaign's reference names.

A filter that is not known is ignored, but an operator on a column that is known is taken for
equality and loses rows. So nothing is ever sent on trial, not even to see whether it helps.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.tap.expected_streams import EXPECTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.log import LoggedRequest
    from tests.tap.conftest import WholeRun
    from tests.tap.state.lab import Lab

pytestmark = pytest.mark.slow

PAGES = frozenset({"limit", "offset"})
NUMBERED = frozenset({"page", "page_size"})

# Path, as a pattern, and what the reference names for it beside limit and offset.
NAMED: dict[str, frozenset[str]] = {
    "accounts": frozenset({"count_deals"}),
    "activities": frozenset({"contact", "after", "orders[tstamp]"}),
    "audiences": frozenset({*NUMBERED, "sort"}),
    "automations": frozenset({"orders[mdate]"}),
    "bounceLogs": frozenset({"orders[tstamp]"}),
    "channel/whatsapp/.*": NUMBERED,
    "contactConversionPoints": frozenset({"orders[tstamp]"}),
    "contactConversions": frozenset({"orders[cdate]"}),
    "contactGoals": frozenset({"orders[tstamp]", "orders[contact]", "orders[goal]"}),
    "contactTags": frozenset({"orders[cdate]"}),
    "contacts": frozenset(
        {"status", "orders[id]", "id_greater", "filters[updated_after]", "include"}
    ),
    "customObjects/(schemas|records/[^/]+)": frozenset({"filters[updatedTimestamp][gt]"}),
    "dealTasks": frozenset({"orders[udate]"}),
    "deals": frozenset({"filters[updated_after]", "orders[cdate]"}),
    "emailActivities": frozenset({"orders[tstamp]"}),
    "lists": frozenset({"filters[channel]"}),
    "messages": frozenset({"orders[mdate]"}),
    "sms/broadcasts": frozenset({"start_date", "end_date", "orders[updated_at]"}),
    "sms/broadcasts/[^/]+/recipients": frozenset({"start_date", "end_date"}),
    "trackingLogs": frozenset({"orders[tstamp]"}),
}


def unnamed(request: LoggedRequest) -> set[str]:
    """Return the parameters of a request that the reference does not name."""
    named = {
        name
        for pattern, names in NAMED.items()
        if re.fullmatch(pattern, request.path)
        for name in names
    }
    return request.query.keys() - PAGES - named


def foreign(requests: list[LoggedRequest]) -> set[tuple[str, str]]:
    """Return paths with the parameters that the reference does not name for them."""
    return {
        (re.sub(r"/\d+(?=/|$)", "/N", request.path), name)
        for request in requests
        for name in unnamed(request)
    }


def test_a_first_run_sends_nothing_that_the_reference_does_not_name(whole_run: WholeRun) -> None:
    assert foreign(whole_run.requests) == set()


def test_later_runs_send_nothing_that_the_reference_does_not_name(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=60, activities_need_contact=False)
    asked: list[LoggedRequest] = []
    for span in (timedelta(), timedelta(hours=1), timedelta(days=8)):
        lab.later(seconds=span.total_seconds())
        asked += lab.run(*EXPECTED, page_size=10).requests
    assert foreign(asked) == set()
    # What is named is also what is used.
    sent = {(request.path, name) for request in asked for name in request.query}
    assert {("contactTags", "orders[cdate]"), ("lists", "filters[channel]")} <= sent


@pytest.mark.parametrize(
    "path", ["contactLists", "contactData", "geoIps", "segments", "contactLogs"]
)
def test_no_order_is_sent_where_the_reference_says_that_all_are_ignored(path: str) -> None:
    assert not NAMED.get(path)
