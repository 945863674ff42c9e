"""What holds for all streams of one run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tap_activecampaign.api import SettingsError
from tap_activecampaign.records.timestamps import earlier, parse_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CustomFields = Literal["rows", "object", "columns"]


@dataclass(frozen=True)
class RunContext:
    """The settings that decide what a run reads, and when it began.

    Settings are read when they are first asked for, so discovery needs none.

    Attributes:
        config: The tap's settings.
        began: Returns when this run began, in whole seconds like timestamps, by the server's clock
            if that is behind. It may move back once the first response has shown that clock. No
            bookmark passes it: what changes while the run reads belongs to the next one.
    """

    config: Mapping[str, Any]
    began: Callable[[], datetime]

    @cached_property
    def page_size(self) -> int:
        """Rows per request."""
        return int(self.config["page_size"])

    @cached_property
    def start_date(self) -> datetime | None:
        """Oldest change that is wanted; None for all of them.

        Raises:
            SettingsError: If the setting is not an instant.
        """
        text = self.config.get("start_date")
        try:
            return parse_utc(text) if text else None
        except ValueError:
            raise SettingsError(
                f"The setting start_date is {text!r}, which is not a moment in time. Write it "
                f"like 2024-01-01T00:00:00Z."
            ) from None

    @cached_property
    def naive_zone(self) -> ZoneInfo:
        """Zone of timestamps without an offset.

        Raises:
            SettingsError: If the setting is not a time zone.
        """
        name = self.config["naive_timezone"]
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SettingsError(
                f"The setting naive_timezone is {name!r}, which is not a time zone. Use a name "
                f"such as America/Chicago or America/Sao_Paulo."
            ) from None

    @cached_property
    def full_read_every_days(self) -> float:
        """How often a stream that took a shortcut is read whole; 0 for always."""
        return float(self.config["full_read_every_days"])

    @property
    def custom_fields(self) -> CustomFields:
        """Where the values of custom fields stand besides the streams of their own."""
        return cast("CustomFields", self.config.get("custom_fields", "rows"))

    @property
    def sideloads(self) -> bool:
        """Whether rows that hang on contacts may come with the contacts."""
        return bool(self.config["sideload"] == "auto")

    @property
    def skips_unavailable(self) -> bool:
        """Whether streams that the plan or the permission lacks are left out."""
        return bool(self.config["unavailable_streams"] == "skip")

    def for_server(self, since: datetime | None) -> datetime | None:
        """Return an instant for filters of the server, whose time zone is not documented."""
        if since is None:
            return None
        return earlier(since, timedelta(hours=float(self.config["lookback_hours"])))
