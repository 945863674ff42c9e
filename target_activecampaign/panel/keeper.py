"""Keeps the panel's index up to date in a thread of its own, gently: the receiver comes first."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from target_activecampaign.errors import TargetError
from target_activecampaign.inbox.errors import InboxError, raised_at
from target_activecampaign.inbox.store import milliseconds_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_activecampaign.panel.order_index import OrderIndex
    from target_activecampaign.panel.outcomes import OutcomeIndex

logger = logging.getLogger(__name__)

_TOGETHER: Final = 500
_SECONDS_BETWEEN_LOOKS: Final = 2.0
_PAUSE_SECONDS: Final = 0.02
_SECONDS_BETWEEN_CLEANINGS: Final = 3600.0
_MILLISECONDS_PER_DAY: Final = 86_400_000


class IndexKeeper:
    """The thread.

    Args:
        index: What has come.
        outcomes: What became of it.
        config: Returns the target's settings as they are now; None if there are none.
        retention_days: How long orders are kept.
    """

    def __init__(
        self,
        index: OrderIndex,
        outcomes: OutcomeIndex,
        config: Callable[[], Mapping[str, Any] | None],
        retention_days: int,
    ) -> None:
        self._index = index
        self._outcomes = outcomes
        self._config = config
        self._retention_days = retention_days
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="panel-index", daemon=True)
        self._cleaned_at = float("-inf")
        self._told: str | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, once what is under way is done."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> bool:
        """Bring in some of what is new.

        Returns:
            Whether there is more.

        Raises:
            InboxError: If the inbox cannot be read.
            TargetError: If the ledger cannot be used.
        """
        has_more = self._index.catch_up(_TOGETHER) > 0
        config = self._config()
        if config is not None:
            has_more = self._outcomes.follow(config) > 0 or has_more
        return has_more

    def _run(self) -> None:
        while not self._stopped.wait(_SECONDS_BETWEEN_LOOKS):
            try:
                while self.look() and not self._stopped.wait(_PAUSE_SECONDS):
                    pass
                self._clean_up()
            except (InboxError, TargetError, sa.exc.SQLAlchemyError) as error:  # noqa: PERF203 - it waits
                self._tell(str(error))
            except Exception as error:  # noqa: BLE001 - the thread must live; it may quote a body
                self._tell(f"an unexpected {type(error).__name__} ({raised_at(error)})")
            else:
                self._told = None

    def _clean_up(self) -> None:
        if time.monotonic() - self._cleaned_at > _SECONDS_BETWEEN_CLEANINGS:
            self._cleaned_at = time.monotonic()
            oldest = milliseconds_now() - self._retention_days * _MILLISECONDS_PER_DAY
            self._index.forget_before(oldest)

    def _tell(self, fault: str) -> None:
        """Say once what keeps the panel from seeing what is new."""
        if fault != self._told:
            self._told = fault
            logger.warning("The panel does not see all that is new now: %s", fault)
