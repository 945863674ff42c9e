"""What a stream tells its user while it is read."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

from singer_sdk import metrics

from tap_activecampaign.api.embedded_errors import has_errors
from tap_activecampaign.api.errors import reasons_in
from tap_activecampaign.pagination.collection import ADMINISTRATOR
from tap_activecampaign.progress import Progress

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

_ROWS_PER_LOOK_AT_THE_CLOCK = 100
_NAMED_PARENTS = 5


class StreamReport:
    """Lines and metrics of one stream in the log.

    Args:
        name: Name of the stream.
        logger: The stream's logger.
        metrics_logger: Takes metrics.
    """

    def __init__(self, name: str, logger: logging.Logger, metrics_logger: logging.Logger) -> None:
        self._name = name
        self._logger = logger
        self._metrics_logger = metrics_logger
        self._progress = Progress()
        self._rows_at_last_look = 0
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Note that the stream is read from now on."""
        self._progress = Progress()
        self._rows_at_last_look = 0

    def misfit(self, name: str, json_type: str) -> None:
        """Tell that a value does not fit its property."""
        self._logger.warning(
            "Stream '%s': a value of property '%s' (JSON %s) does not fit its type and is emitted "
            "as null. Further such values of this property are not reported.",
            self._name,
            name,
            json_type,
        )

    def once(self, text: str, *values: object) -> None:
        """Warn of something that each page of the stream may show; may be called by any thread.

        Args:
            text: What to say, with a place for the stream's name first.
            values: What else stands in the text.
        """
        with self._lock:
            is_new = text not in self._told
            self._told.add(text)
        if is_new:
            self._logger.warning(text, self._name, *values)

    def unknown(self, name: str) -> None:
        """Tell that rows have a property which the stream does not know."""
        self._logger.info(
            "Stream '%s': ActiveCampaign sends the property '%s', which this version of the tap "
            "does not know and leaves out.",
            self._name,
            name,
        )

    def rows_without_key(self, count: int, keys: Sequence[str]) -> None:
        """Tell how many rows were left out."""
        if count:
            self._logger.warning(
                "Stream '%s': rows without a usable primary key (%s) are left out, because no "
                "loader takes them: %d.",
                self._name,
                ", ".join(keys),
                count,
            )

    def errors_in(self, body: Any) -> None:
        """Tell once that ActiveCampaign reports errors beside the rows of a body, if it does."""
        if has_errors(body):
            self.once(
                "Stream '%s': ActiveCampaign reports errors beside the rows (%s), so that some of "
                "them, or values in them, may be missing. What came is taken.",
                ", ".join(dict.fromkeys(reasons_in(body))) or "without a code",
            )

    def nameless_parents(self, count: int, parent: str) -> None:
        """Tell that parents were not asked for because they have no id."""
        if count:
            self._logger.warning(
                "Stream '%s': rows of '%s' without a usable id, below which nothing can be asked "
                "for: %d.",
                self._name,
                parent,
                count,
            )

    def denied_parents(self, error: Exception, parent: str, ids: Sequence[Any]) -> None:
        """Tell below which parents nothing may be read."""
        some = ", ".join(map(str, ids[:_NAMED_PARENTS]))
        more = len(ids) - _NAMED_PARENTS
        self._logger.warning(
            "Stream '%s': nothing below these rows of '%s' may be read: %s%s. %s. All others are "
            "read; these are asked for again in the next run.",
            self._name,
            parent,
            some,
            f" and {more} more" if more > 0 else "",
            error,
        )

    def progress(self, rows: int, expected: int | None) -> None:
        """Tell now and then how far the stream has come.

        Args:
            rows: Records emitted so far.
            expected: How many there are, if known.
        """
        if rows - self._rows_at_last_look < _ROWS_PER_LOOK_AT_THE_CLOCK:
            return
        self._rows_at_last_look = rows
        report = self._progress.at(rows, expected)
        if report is None:
            return
        self._logger.info("Stream '%s': %s.", self._name, report)
        for metric, value in report.values().items():
            point = metrics.Point(
                "gauge", cast("metrics.Metric", metric), value, {"stream": self._name}
            )
            metrics.log(self._metrics_logger, point)

    def unavailable(self, error: Exception, permission: str) -> None:
        """Tell that the stream is skipped.

        Args:
            error: What ActiveCampaign answered.
            permission: What the user of the token lacks. See `Collection`.
        """
        self._logger.warning(
            "Stream '%s' is skipped: %s. Either the account's plan lacks it, or the token's user "
            "needs %s. Deselect the stream, or set unavailable_streams to 'fail' to let the run "
            "fail.",
            self._name,
            error,
            permission if permission == ADMINISTRATOR else f"the permission '{permission}'",
        )
