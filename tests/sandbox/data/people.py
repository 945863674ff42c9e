"""Users, groups and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.sizes import Fixed
from tests.sandbox.spec import Spec

if TYPE_CHECKING:
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row


def user(draft: Draft) -> Row:
    """Make a user."""
    row: Row = {
        "username": ("admin", "vendas", "suporte", "financeiro")[draft.index % 4],
        "firstName": ("Alice", "Bento", "Clara", "Davi")[draft.index % 4],
        "lastName": "Exemplo",
        "email": f"usuario{draft.key}@example.com",
        "phone": "",
        "signature": None if draft.index % 2 else "<p>Equipe Exemplo</p>",
        "lang": "portuguese",
        "localZoneid": "America/Sao_Paulo",
        "mfaEnabled": "0" if draft.index % 2 else 1,
        "password_updated_utc_timestamp": draft.naive(draft.updated) if draft.index % 2 else None,
        "roles": [],
        "links": draft.links(
            "lists", "userGroup", "dealGroupTotals", "dealGroupUsers", "configs",
            "dealConnection", "userConversationsPermission", "seatUser",
        ),
        "id": draft.id,
    }  # fmt: skip
    if draft.index % 2:
        row |= {"cdate": draft.offset(draft.created), "udate": draft.offset(draft.updated)}
    return row


_RIGHTS = (
    "pgListAdd", "pgListEdit", "pgListDelete", "pgListHeaders", "pgListEmailaccount",
    "pgListBounce", "pgMessageAdd", "pgMessageEdit", "pgMessageDelete", "pgMessageSend",
    "pgContactAdd", "pgContactEdit", "pgContactDelete", "pgContactMerge", "pgContactImport",
    "pgContactApprove", "pgContactExport", "pgContactSync", "pgContactFilters",
    "pgContactActions", "pgContactFields", "pg_user_add", "pg_user_edit", "pg_user_delete",
    "pgGroupAdd", "pgGroupEdit", "pgGroupDelete", "pgTemplateAdd", "pgTemplateEdit",
    "pgTemplateDelete", "pgPersonalizationAdd", "pgPersonalizationEdit",
    "pgPersonalizationDelete", "pgAutomationManage", "pgFormEdit", "pgReportsCampaign",
    "pgReportsList", "pgReportsUser", "pgReportsTrend", "pgStartupReports",
    "pgStartupGettingstarted", "pgDeal", "pgDealDelete", "pgDealReassign", "pgDealGroupAdd",
    "pgDealGroupEdit", "pgDealGroupDelete", "pgSavedResponsesManage",
)  # fmt: skip


def group(draft: Draft) -> Row:
    """Make a group with its permission flags."""
    return {
        "title": ("Administradores", "Vendas", "Leitura")[draft.index % 3],
        "descript": None if draft.index % 2 else "Pode tudo",
        "unsubscribelink": "0",
        "optinconfirm": "0",
        "p_admin": "0" if draft.index else "1",
        **{right: str(int(draft.die(at, 4) > 0)) for at, right in enumerate(_RIGHTS)},
        "sdate": None if draft.index % 2 else draft.offset(draft.created),
        "reqApproval": "0",
        "reqApproval1st": "2",
        "reqApprovalNotify": "",
        "socialdata": "0",
        "links": draft.links(
            "userGroups", "groupLimit", "dealGroupGroups", "listGroups", "addressGroups",
            "automationGroups",
        ),
        "id": draft.id,
    }  # fmt: skip


def group_limit(draft: Draft) -> Row:
    """Make a group's limits."""
    group_id = draft.account.id_at("groups", draft.index)
    return {
        "groupid": group_id,
        "limitMail": "0",
        "limitMailType": "month",
        "limitContact": "0",
        "limitList": "0",
        "limitCampaign": "0",
        "limitCampaignType": "month",
        "limitAttachment": "-1",
        "limitUser": "0",
        "abuseRatio": "4",
        "forceSenderInfo": "0",
        "links": draft.links("group"),
        "id": draft.id,
        "group": group_id,
    }


SPECS = (
    Spec("users", user, Fixed(4), updated=(("udate", "offset"),)),
    Spec("groups", group, Fixed(3), forbidden_when_missing=True),
    Spec("groupLimits", group_limit, Fixed(3)),
)
