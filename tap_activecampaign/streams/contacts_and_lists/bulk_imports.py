"""Bulk imports of contacts.

Source: https://developers.activecampaign.com/reference/bulk-import-status-list
"""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from tap_activecampaign.pagination.page import listed
from tap_activecampaign.records.columns import date, integer, primary, snake_case, text
from tap_activecampaign.stream_types import SingleResponseStream

_STATES = ("outstanding", "recentlyCompleted")


class BulkImports(SingleResponseStream):
    """Bulk imports of contacts, counted by day: those under way and those completed lately."""

    name = "bulk_imports"
    path = "import/bulk_import"
    permission = "Contacts"
    envelope = _STATES
    columns = (
        primary(date("for_date", "Day on which the imports were asked for.")),
        primary(text("state", "outstanding or recently_completed.")),
        integer("batches", "Number of imports."),
        integer("contacts", "Number of contacts in them."),
    )

    @override
    def rows_in(self, body: Any) -> list[Any]:
        return [
            {**row, "state": snake_case(state)} if isinstance(row, dict) else row
            for state in _STATES
            for row in listed(body.get(state)) or ()
        ]
