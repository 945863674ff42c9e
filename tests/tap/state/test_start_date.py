"""`start_date` is the oldest change that an incremental stream emits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.records.columns import snake_case
from tap_activecampaign.stream_types import ChildStream
from tap_activecampaign.streams import STREAMS
from tests.sandbox import Sandbox
from tests.tap.state.lab import FIRST_RUN, Lab
from tests.tap.wire import wire_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.tap.state.lab import Run

pytestmark = pytest.mark.slow

START = "2024-01-01T00:00:00+00:00"
START_SECONDS = 1_704_067_200
INCREMENTAL = {
    str(vars(stream)["name"]): stream
    for stream in STREAMS
    if vars(stream).get("replication_key") and not stream.counters_move_unstamped
}
BY_PARENT = {
    name
    for name, stream in INCREMENTAL.items()
    if issubclass(stream, ChildStream) and stream.only_changed_parents
}
# Filtered by the server, which leaves out rows without the stamp that it tests.
FILTERED = {"contacts", "custom_object_records", "custom_object_schemas", "deals"}


@pytest.fixture(scope="module")
def lab_and_run() -> Iterator[tuple[Lab, Run]]:
    with Sandbox(contacts=60, requests_per_second=None) as sandbox:
        lab = Lab(sandbox)
        yield lab, lab.run(*INCREMENTAL, start_date=START)


def keys_of(stream: str) -> tuple[str, str]:
    key: Any = vars(INCREMENTAL[stream])["replication_key"]
    return str(key), INCREMENTAL[stream].created_key or ""


@pytest.mark.parametrize("stream", sorted(INCREMENTAL))
def test_nothing_older_than_the_start_date_is_emitted(
    lab_and_run: tuple[Lab, Run], stream: str
) -> None:
    updated, created = keys_of(stream)
    for record in lab_and_run[1].records[stream]:
        stamp = record[updated] or (record[created] if created else None)
        assert stamp is None or stamp >= START


@pytest.mark.parametrize("stream", sorted(INCREMENTAL.keys() - BY_PARENT))
def test_everything_from_the_start_date_on_is_emitted(
    lab_and_run: tuple[Lab, Run], stream: str
) -> None:
    lab, run = lab_and_run
    updated, created = keys_of(stream)
    read = lab.account.stamps.read

    def is_wanted(row: dict[str, Any]) -> bool:
        values = {snake_case(name): value for name, value in row.items()}
        moment = read(values.get(updated))
        if moment is None and stream in FILTERED:
            return False
        moment = moment or read(values.get(created))
        return moment is None or moment >= START_SECONDS

    wanted = [row for row in wire_rows(lab.sandbox, stream) if is_wanted(row)]
    assert len(run.records[stream]) == len(wanted)


def test_the_start_date_holds_when_a_stream_is_read_whole_again(
    lab_with: Callable[..., Lab],
) -> None:
    """The newest row is older than the start date, so no bookmark is there to hold it."""
    lab = lab_with(honoured_orders="all")
    for _ in range(3):
        run = lab.run("contact_tags", "notes", start_date=FIRST_RUN.isoformat())
        assert run.records["contact_tags"] == run.records["notes"] == []
        lab.later(days=8)
    lab.touch("contact_tags", lab.account.id_at("contactTags", 5))
    lab.later(hours=1)
    lab.run("contact_tags", start_date=FIRST_RUN.isoformat())
    assert set(lab.received["contact_tags"]) == {int(lab.account.id_at("contactTags", 5))}


def test_a_later_start_date_wins_over_the_bookmark(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with(honoured_orders="all")
    lab.run("contact_tags")
    lab.later(days=8)
    start = lab.account.now.isoformat()
    assert lab.run("contact_tags", start_date=start).records["contact_tags"] == []
