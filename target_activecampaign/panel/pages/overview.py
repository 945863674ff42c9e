"""The first page: what has come, what became of it, and what needs a look."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from target_activecampaign.panel.charts import bars, orders_by_day
from target_activecampaign.panel.labels import EVENT_GROUPS, OUTCOMES
from target_activecampaign.panel.order_search import Filters

if TYPE_CHECKING:
    from starlette.responses import Response

    from target_activecampaign.panel.visit import Visit

_DAYS: Final = 30
_SHOWN: Final = 6


def show(visit: Visit) -> Response:
    """Show the overview."""
    workspace, _ = visit.workspace, visit.language
    now = datetime.now(timezone.utc)
    today = now.astimezone(_.zone).date()
    since = today - timedelta(days=_DAYS - 1)
    counts = workspace.orders.events_by_day(since)
    latest = workspace.orders.latest()
    paid = EVENT_GROUPS["paid"][1]
    return visit.render(
        "overview.html",
        book=workspace.book(),
        days=_DAYS,
        by_day=orders_by_day(_, counts, until=today, days=_DAYS),
        by_outcome=bars(
            _("Orders"),
            [
                (_(OUTCOMES[name][0]) if name in OUTCOMES else name, count)
                for name, count in workspace.orders.outcomes_since(since).items()
            ],
        ),
        by_rule=bars(_("Orders"), workspace.orders.rules_since(since), "series-5"),
        today=sum(count for (day, _event), count in counts.items() if day == today),
        sales_today=sum(
            count for (day, event), count in counts.items() if day == today and event in paid
        ),
        of_month=sum(counts.values()),
        latest=latest,
        since_latest=None if latest is None else now - latest,
        recent=workspace.orders.page(Filters(), limit=_SHOWN),
        behind=workspace.index.behind(),
    )
