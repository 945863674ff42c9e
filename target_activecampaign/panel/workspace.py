"""What the pages work on: the inbox, the target's configuration, its rules and its accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from target_activecampaign.errors import TargetError
from target_activecampaign.inbox.resends import Resends
from target_activecampaign.panel.account_names import AccountBrowser
from target_activecampaign.panel.keeper import IndexKeeper
from target_activecampaign.panel.order_index import OrderIndex
from target_activecampaign.panel.order_search import Filters, OrderSearch
from target_activecampaign.panel.outcomes import OutcomeIndex
from target_activecampaign.panel.reject_list import RejectList
from target_activecampaign.panel.rule_book import RuleBook
from target_activecampaign.panel.target_config import TargetConfig, read_target_config
from target_activecampaign.run.rejects import FILE_NAME
from target_activecampaign.settings import data_dir
from target_activecampaign.ticto.records import zone_of

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from target_activecampaign.inbox.store import Store
    from target_activecampaign.panel.language import Language
    from target_activecampaign.panel.order_search import IndexedOrder


class PanelSettings(Protocol):
    """What the panel needs of the inbox's settings."""

    @property
    def data_dir(self) -> Path:
        """The inbox's own directory."""

    @property
    def path(self) -> str:
        """Where postbacks come in."""

    @property
    def target_config(self) -> Path | None:
        """The target's configuration file."""

    @property
    def retention_days(self) -> int:
        """How long orders are kept."""

    @property
    def apply_every_seconds(self) -> float | None:
        """How often orders are applied; None if something else does it."""


class Workspace:
    """Everything behind the pages.

    Args:
        settings: The inbox's settings.
        store: The inbox.
        key: Keys what the panel keeps about addresses.
    """

    def __init__(self, settings: PanelSettings, store: Store, key: bytes) -> None:
        self.settings = settings
        self.store = store
        self.accounts = AccountBrowser()
        self._book: tuple[object, RuleBook] | None = None
        self.index = OrderIndex(store, settings.data_dir / "panel.db", self.zone(), key)
        self.orders = OrderSearch(self.index)
        self.outcomes = OutcomeIndex(self.index, store, self.zone())
        self._keeper = IndexKeeper(
            self.index, self.outcomes, self._config_of_target, settings.retention_days
        )
        self.resends = Resends(store)
        self.rejects = RejectList(self.resends)

    def start(self) -> None:
        """Begin to keep up with the inbox."""
        self._keeper.start()

    def close(self) -> None:
        """Stop keeping up."""
        self._keeper.stop()
        self.index.close()

    def look(self) -> bool:
        """Bring in some of what is new; returns whether there is more."""
        return self._keeper.look()

    def _config_of_target(self) -> dict[str, Any] | None:
        target = self.target
        return target.values if target.values and target.fault is None else None

    @property
    def target(self) -> TargetConfig:
        """The target's configuration as it is now."""
        return read_target_config(self.settings.target_config)

    def book(self) -> RuleBook:
        """Return all integrations and rules as they are now."""
        target = self.target
        file = target.rules_file
        content = b"" if file is None else file.fingerprint()
        seen = (repr(target), repr(target.values), content)
        # Checking hundreds of rules takes longer than a page may.
        if self._book is None or self._book[0] != seen:
            self._book = (seen, RuleBook.of(target))
        return self._book[1]

    def zone(self) -> tzinfo:
        """Return the zone of Ticto's stamps, in which the seller's days begin and end."""
        try:
            return zone_of(self.target.values)
        except TargetError:
            return zone_of({})

    def warnings(self, _: Language) -> list[str]:
        """Return what keeps the panel from doing its work, for every page."""
        if self.settings.target_config is None:
            return [
                _(
                    "The setting target_config of ticto-inbox is empty, so the panel can show "
                    "orders but no rules. Set it to the configuration file of "
                    "target-activecampaign and start ticto-inbox again."
                )
            ]
        target = self.target
        if target.fault is not None:
            return [_("The target's configuration cannot be used.") + " " + target.fault]
        if target.rules_file is None:
            return [
                _(
                    "The target's configuration names no rules_path, so the panel cannot write "
                    'rules. Add, for example, "rules_path": "rules.yml".'
                )
            ]
        return []

    def recent_orders(self, chosen: int | None = None) -> list[IndexedOrder]:
        """Return the latest usable orders, to try rules on, and the one that is chosen already."""
        recent = [one for one in self.orders.page(Filters(), limit=60) if one.unusable is None]
        found = recent[:30]
        if chosen is not None and chosen not in {one.postback_id for one in found}:
            found = self.orders.of_postback(chosen)[:1] + found
        return found

    def open_rejects(self) -> int:
        """Return how many rejects wait to be looked at."""
        return sum(one.is_open for one in self.rejects.all(self.target.values))

    def rejects_path(self) -> Path:
        """Return the target's file of rejects."""
        return data_dir(self.target.values) / FILE_NAME
