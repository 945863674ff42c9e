"""The tap's settings."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

from tap_activecampaign.api import connection_settings, traffic_settings


def settings_schema() -> dict[str, Any]:
    """Return the JSON schema of the settings, those for talking to ActiveCampaign included."""
    schema: dict[str, Any] = th.PropertiesList(
        *connection_settings(required=True),
        th.Property(
            "start_date",
            th.DateTimeType,
            title="Start date",
            description=(
                "Oldest change that an incremental stream emits, for example "
                "2024-01-01T00:00:00Z. Without it, everything is emitted."
            ),
        ),
        th.Property(
            "page_size",
            th.IntegerType(minimum=1, maximum=100),
            default=100,
            title="Page size",
            description="Rows per request; ActiveCampaign gives 100 at most.",
        ),
        th.Property(
            "max_concurrent_requests",
            th.IntegerType(minimum=1, maximum=64),
            default=8,
            title="Concurrent requests",
            description=(
                "Requests in flight at the same time. They hide the latency of the answers and "
                "never exceed requests_per_second."
            ),
        ),
        *traffic_settings(default_user_agent="tap-activecampaign/<version>"),
        th.Property(
            "lookback_hours",
            th.NumberType(minimum=0, maximum=8760),
            default=24,
            title="Look-back in hours",
            description=(
                "Subtracted from the bookmark in filters sent to ActiveCampaign, which does not "
                "say in which time zone it reads them. Records are then compared exactly, so "
                "this costs requests and repeats nothing."
            ),
        ),
        th.Property(
            "full_read_every_days",
            th.NumberType(minimum=0),
            default=7,
            title="Full read every so many days",
            description=(
                "How often a stream that was read by a shortcut, newest first or with the contacts "
                "that changed, is read whole again as a check. 0 reads it whole each time."
            ),
        ),
        th.Property(
            "naive_timezone",
            th.StringType,
            default="America/Chicago",
            title="Time zone of naive stamps",
            description=(
                "Zone of stamps that ActiveCampaign sends without an offset, as a name of the "
                "IANA time zone database. Observed is the wall clock of US Central time."
            ),
        ),
        th.Property(
            "sideload",
            th.StringType,
            allowed_values=["auto", "off"],
            default="auto",
            title="Rows that come with contacts",
            description=(
                "'auto': tags, list memberships, custom values and whatever else hangs on contacts "
                "come with the contacts, where the responses prove that they come whole; a run "
                "then costs what changed. 'off': each stream is read by its own path."
            ),
        ),
        th.Property(
            "unavailable_streams",
            th.StringType,
            allowed_values=["skip", "fail"],
            default="skip",
            title="Unavailable streams",
            description=(
                "What a stream does that the plan or the token's user may not read: 'skip' it "
                "with one warning, or 'fail' the run after the other streams were read."
            ),
        ),
        th.Property(
            "custom_fields",
            th.StringType,
            allowed_values=["rows", "object", "columns"],
            default="rows",
            title="Custom fields",
            description=(
                "Where the values of custom fields stand. 'rows': in streams of their own only. "
                "'object': contacts, deals and accounts also have them in one object. 'columns': "
                "they also have a typed column for each field, found out at discovery."
            ),
        ),
    ).to_dict()
    return schema
