"""SMS broadcasts and WhatsApp: typed values, UTC stamps, pages by number."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.sandbox.data import names
from tests.sandbox.sizes import Fixed, Share, Spread
from tests.sandbox.spec import OF_ITS_PLACE, Child, Spec, contains, equals

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.clock import Stamps
    from tests.sandbox.draft import Draft
    from tests.sandbox.query import Query
    from tests.sandbox.spec import Row, Rule, Test


def _utc(epoch: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))


def broadcast(draft: Draft) -> Row:
    """Make an SMS broadcast: real numbers and booleans."""
    sent = draft.die(1, 3) > 0
    return {
        "id": draft.key,
        "name": f"SMS {draft.pick(2, names.WORDS)} {draft.key}",
        "address_id": draft.pick(3, (None, 1)),
        "body": "Promoção só hoje!",
        "media_urls": [],
        "preview_url": "https://www.example.com/sms",
        "shorten_track_links_enabled": True,
        "status": "sent" if sent else draft.pick(4, ("draft", "scheduled")),
        "sent_date": _utc(draft.updated) if sent else None,
        "scheduled_date": None,
        "custom_run_id": None,
        "custom_segment_id": None,
        "scheduled_by": None,
        "sent_to_count": 25 if sent else None,
        "created_at": _utc(draft.created),
        "created_by": draft.pick(5, (1, None)),
        "updated_at": _utc(draft.updated),
        "updated_by": 1,
        "deleted_at": _utc(draft.updated) if draft.die(6, 9) == 0 else None,
        "sift_approved": 1,
        "arc_approved": 1,
        "quiet_hours_enabled": draft.pick(7, (None, 1)),
        "list_ids": [3],
        "segment_id": None,
        "label_ids": draft.pick(8, ([], None, [2])),
    }


def recipient(draft: Draft) -> Row:
    """Make a recipient of a broadcast."""
    failed = draft.die(1, 6) == 0
    return {
        "id": int(draft.account.id_at("contacts", draft.owner_index * 7 + draft.index)),
        "name": draft.pick(3, names.FIRST_NAMES),
        "phoneNumber": f"+55119000{draft.key % 100_000:05d}",
        "sentDate": _utc(draft.created),
        "clicks": draft.die(4, 3),
        "deliverability": "failed" if failed else "delivered",
        "replies": [{"message": "ok", "date": _utc(draft.updated)}] if draft.die(5, 5) == 0 else [],
        "optOut": "no",
        "details": {"errorCode": "30003" if failed else "", "errorSource": "twilio"},
    }


def failure(draft: Draft) -> Row:
    """Make a failure count of a broadcast."""
    return {
        "errorCode": ("30003", "30005")[draft.index % 2],
        "errorSource": draft.pick(1, ("twilio", "ac")),
        "count": 1 + draft.die(2, 9),
    }


def sms_list(draft: Draft) -> Row:
    """Make a list that receives SMS."""
    return {"id": draft.key, "name": f"Lista SMS {draft.key}", "subscriber_count": draft.die(1, 90)}


def _user(draft: Draft) -> Row:
    return {
        "first_name": "Alice",
        "last_name": "Exemplo",
        "email": "usuario1@example.com",
        "id": 1,
        "profile_image": None,
        "role": draft.pick(800, (None, 2)),
    }


def _channel() -> Row:
    return {
        "id": 1,
        "channel_type": "WHATSAPP",
        "name": "Atendimento",
        "channel_id": "1190000",
        "status": "ACTIVE",
        "created_on": "2024-01-01T00:00:00Z",
        "channel_provider": "META_CLOUD_API",
        "is_sandbox": False,
    }


def whatsapp_template(draft: Draft) -> Row:
    """Make a WhatsApp template."""
    rejected = draft.index % 4 == 3
    return {
        "id": draft.uuid(),
        "name": f"aviso_{draft.key}",
        "language": "pt_BR",
        "category": draft.pick(1, ("MARKETING", "UTILITY")),
        "status": "rejected" if rejected else "approved",
        "components": draft.pick(2, (None, [{"type": "BODY", "text": "Olá {{1}}"}])),
        "rejected_reason": "INVALID_FORMAT" if rejected else None,
        "is_deleted": False,
        "show_in_sandbox": False,
        "channel": _channel(),
    }


def flow_execution(draft: Draft) -> Row:
    """Make a run of a WhatsApp flow."""
    return {
        "id": draft.uuid(),
        "status": draft.pick(1, ("COMPLETED", "RUNNING", "CANCELED")),
        "execute_for": "LIST",
        "has_priority": False,
        "flow_execution_variables": draft.pick(2, (None, {"turma": "A"})),
        "start_on": None,
        "num_contacts": 10,
        "expired": 0,
        "running": 1,
        "completed": 8,
        "canceled": 0,
        "failed": 1,
        "created_on": _utc(draft.created),
        "avg_completion_time": "00:01:30",
        "status_reason": None,
        "status_triggered_by": draft.pick(3, (None, 1)),
        "status_last_change_on": _utc(draft.updated) if draft.die(4, 3) else None,
        "created_by": _user(draft),
        "flow_version": draft.uuid(5),
    }


def _whatsapp_contact(draft: Draft) -> Row:
    return {
        "id": draft.uuid(700),
        "first_name": draft.pick(701, names.FIRST_NAMES),
        "last_name": None,
        "email": None,
        "meta": {},
        "canonical_phone": f"+55119000{draft.key % 100_000:05d}",
        "is_deleted": False,
        "phone": f"+55119000{draft.key % 100_000:05d}",
        "created_on": _utc(draft.created),
        "last_updated_on": _utc(draft.updated),
        "source": "API",
        "external_url": None,
    }


def flow_contact(draft: Draft) -> Row:
    """Make a contact's run through a WhatsApp flow."""
    return {
        "id": draft.uuid(),
        "contact": _whatsapp_contact(draft),
        "status": draft.pick(1, ("COMPLETED", "RUNNING", "FAILED")),
        "created_on": _utc(draft.created),
        "status_reason": None,
        "is_test": False,
        "flow_version": draft.pick(2, (None, draft.uuid(3))),
        "flow": draft.uuid(4),
        "flow_name": "Boas-vindas",
    }


def conversation(draft: Draft) -> Row:
    """Make a WhatsApp conversation."""
    return {
        "id": draft.uuid(),
        "contact": draft.uuid(700),
        "status": draft.pick(1, ("NEW", "IN_PROGRESS", "RESOLVED")),
        "first_message": {
            "id": draft.uuid(2),
            "body": "Oi!",
            "direction": "inbound",
            "timestamp": _utc(draft.created),
            "contact": draft.uuid(700),
            "status": "received",
            "msg_type": "text",
        },
        "assigned": [],
        "tags": [{"id": 1, "name": "venda"}] if draft.die(3, 2) else [],
        "created_on": _utc(draft.created),
        "source": "INBOX",
        "assigned_team": draft.pick(4, (None, 3)),
        "channel": draft.pick(5, (None, 1)),
    }


def _days(*columns: str, after: bool) -> Rule:
    def rule(value: str, _op: str, stamps: Stamps) -> Test:
        del stamps

        def test(row: Row) -> bool:
            day = next((str(row[name])[:10] for name in columns if row.get(name)), "")
            return day >= value[:10] if after else day <= value[:10]

        return test

    return rule


def _recipient_meta(_account: Account, _rows: list[Row], query: Query) -> Row:
    return {"limit": query.number("limit", 20), "offset": query.number("offset", 0)}


_WHATSAPP = "channel/whatsapp"

SPECS = (
    Spec(
        "smsBroadcasts",
        broadcast,
        Share(0.01, least=5, most=500),
        path="sms/broadcasts",
        envelope="broadcasts",
        total="number",
        id_kind="number",
        created=(("created_at", "utc_z"),),
        updated=(("updated_at", "utc_z"),),
        filters={"name": contains("name"), "status": equals("status")},
        params={
            "start_date": _days("sent_date", "created_at", after=True),
            "end_date": _days("sent_date", "created_at", after=False),
        },
        orders={
            name: name for name in ("id", "name", "status", "sent_date", "created_at", "updated_at")
        },
        children={
            "recipients": Child("smsRecipients", OF_ITS_PLACE, "number"),
            "failures": Child("smsFailures", OF_ITS_PLACE),
        },
    ),
    Spec(
        "smsRecipients",
        recipient,
        Spread("smsBroadcasts", (3, 1, 2)),
        path=None,
        envelope="recipients",
        total="number",
        id_kind="name",
        created=(("sentDate", "utc_z"),),
        updated=(("sentDate", "utc_z"),),
        params={
            "start_date": _days("sentDate", after=True),
            "end_date": _days("sentDate", after=False),
            "search": contains("name", "phoneNumber"),
        },
        meta=_recipient_meta,
        parent_key=OF_ITS_PLACE,
    ),
    Spec(
        "smsFailures",
        failure,
        Spread("smsBroadcasts", (2, 1)),
        path=None,
        envelope="failures",
        id_kind="name",
        id_property="errorCode",
        parent_key=OF_ITS_PLACE,
    ),
    Spec(
        "smsLists",
        sms_list,
        Fixed(3),
        path="sms/lists",
        envelope="lists",
        total="number",
        id_kind="number",
        filters={"name": contains("name")},
    ),
    Spec(
        "whatsappTemplates",
        whatsapp_template,
        Share(0.01, least=5, most=300),
        path=f"{_WHATSAPP}/channels/whatsapp/template",
        id_kind="uuid",
        paging="django",
        params={
            "search": contains("name"),
            "category": equals("category"),
            "status": equals("status"),
        },
    ),
    Spec(
        "whatsappFlowExecutions",
        flow_execution,
        Share(0.005, least=3, most=300),
        path=f"{_WHATSAPP}/flow-execution",
        id_kind="uuid",
        paging="django",
        created=(("created_on", "utc_z"),),
        updated=(("status_last_change_on", "utc_z"),),
        params={"search": contains("status")},
    ),
    Spec(
        "whatsappFlowExecutionContacts",
        flow_contact,
        Share(0.03, least=3, most=3000),
        path=f"{_WHATSAPP}/flow-execution-contact",
        id_kind="uuid",
        paging="django",
        created=(("created_on", "utc_z"),),
        params={"search": contains("flow_name"), "flow": equals("flow")},
    ),
    Spec(
        "whatsappConversations",
        conversation,
        Share(0.03, least=3, most=3000),
        path=f"{_WHATSAPP}/inbox/conversation",
        id_kind="uuid",
        paging="django",
        created=(("created_on", "utc_z"),),
        params={"search": contains("status"), "contact": equals("contact")},
    ),
)
