"""What a run costs and emits when little has changed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tap_activecampaign.tap import replication_keys
from tests.sandbox import Sandbox
from tests.tap.state.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.tap.state.lab import Record, Run

pytestmark = pytest.mark.slow

FILTERED = {"contacts": "contacts", "deals": "deals"}
# Read newest first: the path of the stream, which is also the sandbox's name.
SORTED = {
    "bounce_logs": "bounceLogs",
    "contact_conversion_points": "contactConversionPoints",
    "contact_conversions": "contactConversions",
    "contact_goals": "contactGoals",
    "contact_tags": "contactTags",
    "email_activities": "emailActivities",
}
CONTACTS = 10_000


def newest(records: list[Record], key: str) -> set[int]:
    """Return the ids of the records that carry the latest stamp."""
    latest = max(record[key] for record in records if record[key])
    return {record["id"] for record in records if record[key] == latest}


@pytest.fixture(scope="module")
def large() -> Iterator[tuple[Lab, Run]]:
    """Open an account of 10,000 contacts after a first run of contacts and deals."""
    with Sandbox(contacts=CONTACTS, requests_per_second=None) as sandbox:
        lab = Lab(sandbox)
        yield lab, lab.run(*FILTERED)


def test_a_first_run_emits_each_row_once_at_one_request_per_page(large: tuple[Lab, Run]) -> None:
    lab, first = large
    for stream, path in FILTERED.items():
        ids = first.ids(stream)
        assert len(ids) == len(set(ids)) == lab.account.count(path)
        assert len(first.asked(path)) <= len(ids) / 100 + 2


def test_contacts_and_deals_cost_one_request_each_when_nothing_changed(
    large: tuple[Lab, Run],
) -> None:
    lab, first = large
    lab.later(hours=1)
    second = lab.run(*FILTERED)
    for stream, path in FILTERED.items():
        key = replication_keys()[stream] or ""
        assert set(second.ids(stream)) == newest(first.records[stream], key)
        assert len(second.asked(path)) == 1


def test_five_touched_of_ten_thousand_are_all_that_is_emitted(large: tuple[Lab, Run]) -> None:
    lab, _ = large
    for stream, path in FILTERED.items():
        lab.later(hours=1)
        boundary = set(lab.run(stream).ids(stream))
        lab.later(hours=1)
        rows = [row for row in lab.account.rows(path) if "cdate" in row]
        touched = {row["id"] for row in rows[:: len(rows) // 5][:5]}
        for row_id in touched:
            lab.account.touch(path, row_id)
        lab.later(hours=1)
        run = lab.run(stream)
        assert set(run.ids(stream)) - boundary == {int(row_id) for row_id in touched}
        assert len(run.ids(stream)) <= 5 + len(boundary)
        assert len(run.asked(path)) == 1


def test_a_stream_costs_at_most_three_requests_when_its_order_is_honoured(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=9000)
    first = lab.run(*SORTED)
    for _ in range(2):
        lab.later(hours=1)
        run = lab.run(*SORTED)
        for stream, path in SORTED.items():
            key = replication_keys()[stream] or ""
            assert len(first.asked(path)) > 3
            assert set(run.ids(stream)) == newest(first.records[stream], key)
            assert len(run.asked(path)) <= 3


def test_only_touched_rows_are_emitted_when_the_order_is_honoured(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=1000, honoured_orders="all")
    lab.run("contact_tags")
    lab.later(hours=1)
    boundary = set(lab.run("contact_tags").ids("contact_tags"))
    lab.later(hours=1)
    touched = {row["id"] for row in lab.account.rows("contactTags")[::300]}
    for row_id in touched:
        lab.touch("contact_tags", row_id)
    lab.later(hours=1)
    run = lab.run("contact_tags")
    assert set(run.ids("contact_tags")) - boundary == {int(row_id) for row_id in touched}
    assert len(run.asked("contactTags")) <= 3


def test_many_changes_cost_a_request_per_page_and_two_when_the_order_is_honoured(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=1000, honoured_orders="all")
    lab.run("contact_tags")
    lab.later(hours=1)
    lab.run("contact_tags")
    lab.later(hours=1)
    touched = {row["id"] for row in lab.account.rows("contactTags")[::2]}
    for row_id in touched:
        lab.touch("contact_tags", row_id)
    lab.later(hours=1)
    run = lab.run("contact_tags", page_size=20)
    assert {int(row_id) for row_id in touched} <= set(run.ids("contact_tags"))
    assert len(run.asked("contactTags")) <= len(run.ids("contact_tags")) / 19 + 3


def test_a_stream_is_read_whole_and_emits_the_boundary_when_its_order_is_not_honoured(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=1000, honoured_orders="none")
    first = lab.run("contact_tags")
    pages = len(first.asked("contactTags"))
    lab.later(hours=1)
    # Once, the order is tried.
    tried = lab.run("contact_tags")
    assert len(tried.asked("contactTags")) <= pages + 3
    for _ in range(2):
        lab.later(hours=1)
        run = lab.run("contact_tags")
        boundary = newest(first.records["contact_tags"], "updated_timestamp")
        assert set(run.ids("contact_tags")) == boundary
        assert Counter(request.status for request in run.requests) == {200: pages}


def test_state_stays_small_however_many_runs_there_are(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with(contacts=500, honoured_orders="all")
    sizes = []
    for _ in range(4):
        lab.run("contact_tags", "contact_tracking_logs", "contacts")
        sizes.append(len(str(lab.state)))
        lab.account.touch("contacts", "1")
        lab.later(days=3)
    assert max(sizes[1:]) <= sizes[0] + 50
    assert sizes[0] < 1_500
