"""Counters that move while the update stamp does not: a run brings those of today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.tap import TapActiveCampaign
from tests.tap.runs import config_of, open_tap

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tap.state.lab import Lab

pytestmark = pytest.mark.slow

COUNTERS = {
    "automations": ("automations", "entered"),
    "campaign_links": ("links", "linkclicks"),
    "campaign_messages": ("campaignMessages", "opens"),
    "campaigns": ("campaigns", "opens"),
    "deal_groups": ("dealGroups", "count"),
    "forms": ("forms", "entries"),
    "lists": ("lists", "active_subscribers"),
    "sms": ("sms", "sent"),
    "tags": ("tags", "subscriber_count"),
}


@pytest.mark.parametrize("stream", COUNTERS)
def test_a_later_run_brings_the_counters_of_today(
    lab_with: Callable[..., Lab], stream: str
) -> None:
    lab = lab_with()
    lab.run(stream)
    lab.later(hours=1)
    collection, counter = COUNTERS[stream]
    row = lab.account.rows(collection)[0]
    lab.account.move(collection, row["id"], **{counter: "987654"})
    lab.later(hours=1)
    run = lab.run(stream)
    (record,) = [one for one in run.records[stream] if one["id"] == int(row["id"])]
    assert record[counter] == 987_654


@pytest.mark.parametrize("place", ["metadata", "entry"])
def test_the_user_may_choose_changed_rows_only(lab_with: Callable[..., Lab], place: str) -> None:
    lab = lab_with()
    config = config_of(lab.sandbox)
    catalog: Any = open_tap(lab.sandbox, ["tags"]).catalog_dict
    (entry,) = [one for one in catalog["streams"] if one["tap_stream_id"] == "tags"]
    if place == "entry":
        entry["replication_method"] = "INCREMENTAL"
    else:
        (root,) = [one["metadata"] for one in entry["metadata"] if not one["breadcrumb"]]
        root["replication-method"] = "INCREMENTAL"
    stream = TapActiveCampaign(config=config, catalog=catalog).streams["tags"]
    assert stream.replication_method == "INCREMENTAL"
    assert stream.replication_key == "updated_timestamp"
