"""Answers that are one object and no list of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sandbox.data.sideloads import children
from tests.sandbox.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.sandbox.account import Account
    from tests.sandbox.query import Query
    from tests.sandbox.settings import Behaviour
    from tests.sandbox.spec import Row

WEBHOOK_EVENTS = (
    "bounce", "click", "contact_tag_added", "contact_tag_removed", "deal_add", "deal_note_add",
    "deal_pipeline_add", "deal_stage_add", "deal_task_add", "deal_task_complete",
    "deal_tasktype_add", "deal_update", "forward", "list_add", "open", "reply", "sent", "share",
    "sms_reply", "sms_sent", "sms_unsub", "subscribe", "subscriber_note", "unsubscribe", "update",
)  # fmt: skip

_CONTACT_CHILDREN = (
    "contactAutomations", "contactLists", "deals", "fieldValues", "geoIps", "accountContacts",
)  # fmt: skip


def contact_with_children(account: Account, row: Row) -> Row:
    """Return a contact as a single GET shows it."""
    body: Row = {}
    for name in _CONTACT_CHILDREN:
        body[name] = children(account, name, row["id"])
        row[name] = [one["id"] for one in body[name]]
    body["geoAddresses"] = [
        account.row("geoAddresses", place)
        for place in sorted({one["geoAddress"] for one in body["geoIps"]})
    ]
    if "email_empty" in row:  # recorded once, in a record of the older kind
        row["emailDomain"] = row.pop("email_domain")
    row["email_empty"] = not row["email"]
    body["contact"] = row
    return body


def _me(account: Account, _behaviour: Behaviour, _query: Query) -> Reply:
    return Reply(200, {"user": account.row("users", "1")})


def _webhook_events(_account: Account, _behaviour: Behaviour, _query: Query) -> Reply:
    return Reply(
        200, {"webhookEvents": list(WEBHOOK_EVENTS), "meta": {"total": len(WEBHOOK_EVENTS)}}
    )


def _fixed(body: Row) -> Any:
    def answer(_account: Account, _behaviour: Behaviour, _query: Query) -> Reply:
        return Reply(200, body)

    return answer


def _settings(account: Account, _behaviour: Behaviour, _query: Query) -> Reply:
    return Reply(
        200,
        {
            "account": "sandbox.activehosted.com",
            "email": "usuario1@example.com",
            "first_name": "Alice",
            "last_name": "Exemplo",
            "cname": "",
            "status": "active",
            "subscriber_limit": max(1000, account.contact_count * 2),
            "subscriber_total": account.count("contacts"),
            "trial": False,
            "credits": None,
            "branding": False,
        },
    )


def _tracking_code(_account: Account, _behaviour: Behaviour, _query: Query) -> Reply:
    return Reply(200, b"(function(){/* site tracking */})();", content_type="text/plain")


def _field_groups(account: Account, behaviour: Behaviour, query: Query) -> Reply:
    name = behaviour.field_groups
    limit, offset = query.number("limit", 20) or 20, query.number("offset", 0)
    body: Row = {name: account.rows(name)[offset : offset + min(limit, 100)]}
    if name == "groupMembers":
        body["meta"] = {"total": str(account.count(name))}
    return Reply(200, body)


SINGLES: Mapping[str, Callable[[Account, Behaviour, Query], Reply]] = {
    "users/me": _me,
    "webhook/events": _webhook_events,
    "eventTracking": _fixed({"eventTracking": {"enabled": True}}),
    "siteTracking": _fixed({"siteTracking": {"enabled": True}}),
    "siteTracking/code": _tracking_code,
    "settings/account": _settings,
    "groupMembers": _field_groups,
    "sms/credits": _fixed(
        {
            "smsCredits": {
                "period": "month",
                "nextRefillDate": "2025-07-01",
                "includedThisPeriod": 1000,
                "usedThisPeriod": 25,
                "extra": 0,
                "available": 975,
            }
        }
    ),
    "sms/broadcasts/metrics/snapshot": _fixed(
        {
            "snapshot": {
                "campaigns": 3,
                "sends": 75,
                "deliveries": 70,
                "clicks": 12,
                "replies": 2,
                "failures": 5,
                "optOuts": 1,
            }
        }
    ),
}
