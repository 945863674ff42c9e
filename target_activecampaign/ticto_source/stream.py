"""What both streams have in common: the trouble of one is not in the way of the other."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from target_activecampaign.inbox.errors import StoreError
from target_activecampaign.ticto_source.errors import TictoSourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.helpers.types import Context


class TictoStream(Stream):
    """A stream that is read if it has its settings.

    Attributes:
        needed_setting: The setting without which there is nothing to read.
        faults: A sentence for each failure of this run.
    """

    # Bodies and rows leave as they came; the SDK would drop what the schema does not name.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    needed_setting: str

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.faults: list[str] = []

    @property
    def is_configured(self) -> bool:
        """Whether the stream has the settings that it needs."""
        return bool(self.config.get(self.needed_setting))

    @override
    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        if not self.is_configured:
            self.logger.info(
                "Stream '%s' is left out: the setting %s is not set.",
                self.name,
                self.needed_setting,
            )
            return
        try:
            yield from self.read()
        except (TictoSourceError, StoreError) as error:
            self.faults.append(f"Stream '{self.name}': {error}")

    @abstractmethod
    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the records of this run.

        Raises:
            TictoSourceError: If they cannot be read.
            StoreError: If the inbox cannot be read.
        """
