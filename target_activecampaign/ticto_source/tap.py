"""tap-ticto: settings, streams and command line."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING, Any

from singer_sdk import Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib import StateMessage
from typing_extensions import override

from tap_activecampaign.api.command_line import PluginCommandLine, json_file
from target_activecampaign.inbox.errors import StoreError
from target_activecampaign.settings import PACKAGE_NAME
from target_activecampaign.ticto_source.errors import TictoSourceError
from target_activecampaign.ticto_source.orders import Orders
from target_activecampaign.ticto_source.postbacks import Postbacks
from target_activecampaign.ticto_source.settings import settings_schema
from target_activecampaign.ticto_source.stream import TictoStream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Stream


class TapTicto(PluginCommandLine, Tap):
    """Ticto's orders: postbacks that ticto-inbox has received, and rows of the orders API."""

    name = "tap-ticto"
    package_name = PACKAGE_NAME
    message_writer_class = MsgSpecWriter
    config_jsonschema = settings_schema()

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [Orders(self), Postbacks(self)]

    def read(self) -> None:
        """Read all selected streams to their end.

        Raises:
            TictoSourceError: If a stream could not be read; the others have been.
        """
        streams = [one for one in self.streams.values() if isinstance(one, TictoStream)]
        selected = [stream for stream in streams if stream.selected]
        if selected and not any(stream.is_configured for stream in selected):
            raise TictoSourceError(
                "There is nothing to read: set inbox_url for postbacks, or client_id and "
                "client_secret for orders."
            )
        self.sync_all()
        faults = [fault for stream in streams for fault in stream.faults]
        # Loaders such as target-jsonl keep the state only if it is the last thing they read.
        self.write_message(StateMessage(value=self.state))
        sys.stdout.flush()
        if faults:
            raise TictoSourceError(" ".join(faults))

    @classmethod
    @override
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        if about:
            cls.print_about(about_format)
            return
        cls.print_version(print_fn=cls.logger.info)
        tap = cls(
            config=config.config if config else None,
            parse_env_config=bool(config and config.parse_env),
            state=json_file("state", state),
            catalog=json_file("catalog", catalog, holds=("streams",)),
            validate_config=True,
        )
        tap.read()

    @classmethod
    @override
    def sentences_for(cls, error: Exception) -> Sequence[str]:
        if isinstance(error, (TictoSourceError, StoreError)):
            return [str(error)]
        if isinstance(error, BrokenPipeError):
            return ["The program that reads the records has ended"]
        if isinstance(error, OSError):
            return [f"The records cannot be written: {error.strerror}"]
        return super().sentences_for(error)
