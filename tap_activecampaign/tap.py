"""The tap's settings and streams."""

from __future__ import annotations

import gc
import sys
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timezone
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, cast

import click
from singer_sdk import Tap
from singer_sdk.singerlib import StateMessage
from typing_extensions import override

from tap_activecampaign.api import (
    ApiSession,
    ApiSettings,
)
from tap_activecampaign.api.command_line import PluginCommandLine, json_file
from tap_activecampaign.catalog import checked_catalog
from tap_activecampaign.check.account import AccountCheck
from tap_activecampaign.check.report import Report
from tap_activecampaign.failures import StreamFailures, StreamsFailedError
from tap_activecampaign.incremental import adopted_bookmarks, taken_back
from tap_activecampaign.incremental.run_context import RunContext
from tap_activecampaign.output import MessageWriter
from tap_activecampaign.pagination.prefetch import PageFetcher, Prefetcher
from tap_activecampaign.pagination.request_metrics import Endpoint
from tap_activecampaign.replication import with_chosen_replication
from tap_activecampaign.settings import settings_schema
from tap_activecampaign.sideload.family import ContactFamily
from tap_activecampaign.stream_maps import mapper_for
from tap_activecampaign.stream_types import CustomFieldOwner
from tap_activecampaign.stream_types.base import StreamHost
from tap_activecampaign.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import requests
    from singer_sdk import Stream

    from tap_activecampaign.pagination.prefetch import OpenSession
    from tap_activecampaign.stream_types.base import ActiveCampaignStream

_USER_AGENT = "tap-activecampaign"
# A check asks a path at most twice.
_RETRIES_OF_A_CHECK = 1


class TapActiveCampaign(PluginCommandLine, Tap):
    """Extract every documented entity of an ActiveCampaign account."""

    name = "tap-activecampaign"
    package_name = "singer-activecampaign"
    message_writer_class = MessageWriter

    config_jsonschema = settings_schema()

    def __init__(
        self,
        *,
        catalog: Any = None,
        open_session: OpenSession | None = None,
        most_retries: int | None = None,
        **arguments: Any,
    ) -> None:
        if isinstance(catalog, dict):
            catalog, overlooked = with_chosen_replication(
                checked_catalog(catalog), timestamps(), replication_keys()
            )
            for warning in overlooked:
                self.logger.warning(warning)
        self._most_retries = most_retries
        self._opens_session = open_session or self._open_session
        self.fetcher = PageFetcher(self._opens_session)
        # A program that calls `sync_all` itself looks here afterwards.
        self.failures = StreamFailures(self.fetcher.account_answers)
        super().__init__(catalog=catalog, **arguments)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        chosen = {name: stream.replication_key for name, stream in self.streams.items()}
        keys = {name: chosen.get(name) or key for name, key in replication_keys().items()}
        now = datetime.fromtimestamp(self.initialized_at // 1000, tz=timezone.utc)
        bookmarks, too_late = taken_back(adopted_bookmarks(state, keys), keys, now)
        if too_late:
            self.logger.warning(
                "The state has bookmarks that lie in the future: %s. They are taken back to now, "
                "and changes from now on are read. Remove these streams from the state to read "
                "them anew.",
                ", ".join(f"{stream} ({moment})" for stream, moment in sorted(too_late.items())),
            )
        super().load_state({"bookmarks": bookmarks})

    @override
    def setup_mapper(self) -> None:
        self.mapper = mapper_for(self.config, self.catalog, self.logger)

    @override
    def discover_streams(self) -> Sequence[Stream]:
        lookup = StreamsOfRun(self)
        self._family = ContactFamily(
            self.run_context,
            lambda: cast("CustomFieldOwner", lookup.named("contacts")),
            lookup.selected,
        )
        host = StreamHost(
            self.run_context, Prefetcher(self.fetcher), lookup, self.failures, self._family
        )
        streams = [stream(self, host) for stream in STREAMS]
        if self.run_context.custom_fields == "columns" and self.input_catalog is None:
            self._add_field_columns(streams)
        return streams

    def _add_field_columns(self, streams: Sequence[ActiveCampaignStream]) -> None:
        """Ask the account for its custom fields, on threads of its own that end with it."""
        named = {stream.name: stream for stream in streams}
        with closing(PageFetcher(self._opens_session)) as fetcher:
            prefetcher = Prefetcher(fetcher)
            for stream in streams:
                if isinstance(stream, CustomFieldOwner):
                    fields = named[stream.fields_stream]
                    lane = prefetcher.lane(Endpoint(fields.name, fields.path))
                    stream.discover_columns(fields, lane)

    @cached_property
    def run_context(self) -> RunContext:
        """What holds for all streams of this run."""
        return RunContext(self.config, self._began)

    def _began(self) -> datetime:
        began = datetime.fromtimestamp(self.initialized_at / 1000, tz=timezone.utc)
        if self.fetcher.is_open:
            began -= self.fetcher.session.clock_ahead
        return began.replace(microsecond=0)

    def _open_session(self, on_response: Callable[[requests.Response], None]) -> ApiSession:
        settings = ApiSettings.from_config(
            self.config, default_user_agent=f"{_USER_AGENT}/{self.get_plugin_version()}"
        )
        if self._most_retries is not None:
            retries = min(settings.max_retries, self._most_retries)
            settings = replace(settings, max_retries=retries)
        return ApiSession(settings, on_response=on_response)

    def close(self) -> None:
        """Stop the worker threads and close the connections. A closed tap cannot be used again."""
        self.fetcher.close()
        self._family.close()

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        for option in command.params:
            if option.name == "about_format":
                option.type = click.Choice(["json", "markdown", "text"], case_sensitive=False)
                option.help = "Output style of --about, or of --check: text or json."
        told = "Tell what a run will read and cost, and what may not be read."
        command.params.append(click.Option(["--check", "is_check"], is_flag=True, help=told))
        return command

    @classmethod
    @override
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        is_check: bool = False,
        about_format: str | None = None,
        config: Any = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        if about:
            cls.print_about(None if about_format == "text" else about_format)
            return
        if is_check and about_format == "markdown":
            raise click.UsageError("--check has the formats text and json.")
        cls.print_version(print_fn=cls.logger.info)
        tap = cls(
            most_retries=_RETRIES_OF_A_CHECK if is_check else None,
            config=config.config if config else None,
            parse_env_config=bool(config and config.parse_env),
            state=json_file("state", state),
            catalog=json_file("catalog", catalog, holds=("streams",)),
            validate_config=True,
        )
        # Settings that no schema can judge, before the first request.
        _ = tap.run_context.naive_zone, tap.run_context.start_date
        if is_check:
            with closing(tap):
                streams = StreamsOfRun(tap)
                checks = AccountCheck(tap.fetcher, streams.named).check(streams.selected())
            pace = float(tap.config["requests_per_second"])
            Report(cls.get_plugin_version(), pace, checks).print(as_json=about_format == "json")
            return
        # Full collections of garbage need not look at what lives as long as the run: they would
        # hold requests back for longer than their even spacing allows.
        gc.collect()
        gc.freeze()
        try:
            tap.sync_all()
        finally:
            tap.close()
        # Loaders such as target-jsonl keep the state only if it is the last thing they read.
        tap.write_message(StateMessage(value=tap.state))
        sys.stdout.flush()
        tap.failures.raise_all()

    @classmethod
    @override
    def sentences_for(cls, error: Exception) -> Sequence[str]:
        if isinstance(error, BrokenPipeError):
            return ["The program that reads the records has ended"]
        if isinstance(error, OSError):
            return [f"The records cannot be written: {error.strerror}"]
        if isinstance(error, StreamsFailedError):
            return error.sentences
        return super().sentences_for(error)


class StreamsOfRun:
    """The streams of a tap, as they see each other.

    Args:
        tap: The tap, which makes its streams when they are first asked for.
    """

    def __init__(self, tap: TapActiveCampaign) -> None:
        self._tap = tap

    def named(self, name: str) -> ActiveCampaignStream:
        """Return the stream of this name, selected or not."""
        return cast("ActiveCampaignStream", self._tap.streams[name])

    def selected(self) -> list[ActiveCampaignStream]:
        """Return the selected streams in the order in which they are read."""
        return [stream for stream in map(self.named, self._tap.streams) if stream.selected]

    def following(self, name: str) -> Sequence[ActiveCampaignStream]:
        """Return the selected streams that are read after the one of this name, in their order."""
        names = list(self._tap.streams)
        later = map(self.named, names[names.index(name) + 1 :])
        return [stream for stream in later if stream.selected]


def replication_keys() -> dict[str, str | None]:
    """Return the replication key of each stream."""
    return {name_of(stream): vars(stream).get("replication_key") for stream in STREAMS}


def timestamps() -> dict[str, list[str]]:
    """Return the timestamps of each stream: what it can be read incrementally by."""
    return {
        name_of(stream): [column.name for column in stream.columns if column.meaning == "timestamp"]
        for stream in STREAMS
    }


def name_of(stream: type[ActiveCampaignStream]) -> str:
    """Return the name of a stream, which the SDK declares as a property of instances."""
    return str(vars(stream)["name"])
