"""Accounts (companies), custom fields of accounts and deals, and their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sandbox.data import names
from tests.sandbox.sizes import Fixed, Share, Spread
from tests.sandbox.spec import Child, Spec, contains, equals

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.draft import Draft
    from tests.sandbox.query import Query
    from tests.sandbox.spec import Row


def account(draft: Draft) -> Row:
    """Make an account; counts are filled only where `count_deals` asks for them."""
    return {
        "name": f"Empresa {draft.pick(1, names.LAST_NAMES)} {draft.key}",
        "accountUrl": draft.pick(2, (None, "https://www.example.com", "")),
        "createdTimestamp": draft.offset(draft.created),
        "updatedTimestamp": draft.offset(draft.updated),
        "contactCount": "0",
        "dealCount": "0",
        "owner": "1" if draft.die(3, 5) else None,
        "links": draft.links(
            "notes", "accountCustomFieldData", "accountContacts", "emailActivities",
            "contactEmails", "owner",
        ),
        "id": draft.id,
    }  # fmt: skip


def real_counts(account_: Account, rows: list[Row], query: Query) -> Row:
    """Fill the two counts of the page where `count_deals=true` asks for them."""
    if query.params.get("count_deals") == "true":
        deals = account_.collection("deals")
        wanted = {row["id"]: 0 for row in rows}
        for deal in deals.rows():
            if deal.get("account") in wanted:
                wanted[deal["account"]] += 1
        for row in rows:
            row["dealCount"] = str(wanted[row["id"]])
            members = account_.collection("accountContacts").where("account", row["id"])
            row["contactCount"] = str(len(members))
    return {}


def account_contact(draft: Draft) -> Row:
    """Make a contact's place in an account."""
    row: Row = {
        "account": draft.one_of("accounts", 1),
        "contact": draft.owner,
        "jobTitle": draft.pick(2, ("Compras", "Diretoria", None)),
        "createdTimestamp": draft.offset(draft.created),
        "updatedTimestamp": draft.offset(draft.updated),
        "links": draft.links("account", "contact"),
        "id": draft.id,
    }
    if draft.die(3, 4) == 0:
        del row["jobTitle"]
    return row


_KINDS: tuple[tuple[str, str, list[str] | None], ...] = (
    ("Descrição", "text", None),
    ("Canais", "multiselect", ["E-mail", "WhatsApp"]),
    ("Contrato", "currency", None),
    ("Funcionários", "number", None),
    ("Renovação", "date", None),
    ("Próxima reunião", "datetime", None),
    ("Perfil", "dropdown", ["Ouro", "Prata"]),
)


def custom_field(owner: str) -> Any:
    """Return the maker of custom fields of deals or accounts: real numbers for flags."""

    def make(draft: Draft) -> Row:
        label, kind, options = _KINDS[draft.index % len(_KINDS)]
        return {
            "id": draft.id,
            "fieldLabel": label,
            "fieldType": kind,
            "fieldOptions": options,
            "fieldDefault": (None, 1, "Ouro")[draft.index % 3],
            "fieldDefaultCurrency": "BRL" if kind == "currency" else None,
            "isFormVisible": draft.index % 2,
            "isRequired": 0,
            "displayOrder": draft.index + 1,
            "personalization": "" if draft.index % 2 else f"{owner.upper()}_{draft.index}",
            "knownFieldId": (None, 3, "4")[draft.index % 3],
            "hideFieldFlag": 0,
            "createdBy": (1, "1", None)[draft.index % 3],
            "updatedBy": (1, None)[draft.index % 2],
            "createdTimestamp": draft.naive(draft.created),
            "updatedTimestamp": draft.naive(draft.updated),
            "links": draft.links(f"{owner}CustomFieldData"),
        }

    return make


def custom_value(owner: str, inner: str) -> Any:
    """Return the maker of custom field values: text, lists, numbers and null in one column."""

    def make(draft: Draft) -> Row:
        field = draft.index % len(_KINDS)
        kind = _KINDS[field][1]
        values: dict[str, Any] = {
            "text": "Cliente desde 2022",
            "multiselect": ["E-mail", "WhatsApp"],
            "currency": draft.die(1, 90_000),
            "number": draft.pick(2, (12, 2.5, "7")),
            "date": "2024-02-29",
            "datetime": "2024-02-29T10:00:00-03:00",
            "dropdown": "Ouro",
        }
        row: Row = {
            "id": draft.id,
            f"{owner}CustomFieldMetumId": field + 1,
            inner: int(draft.owner),
            "customFieldId": field + 1,
            "createdTimestamp": draft.naive(draft.created),
            "updatedTimestamp": draft.naive(draft.updated),
            "fieldValue": None if draft.die(3, 12) == 0 else values[kind],
            "links": draft.links(owner, f"{owner}CustomFieldMetum"),
        }
        if kind == "currency":
            row["fieldCurrency"] = "BRL"
        return row

    return make


_TIMES: Any = {
    "created": (("createdTimestamp", "naive"),),
    "updated": (("updatedTimestamp", "naive"),),
}

SPECS = (
    Spec(
        "accounts",
        account,
        Share(0.05),
        entity="CustomerAccount",
        created=(("createdTimestamp", "offset"),),
        updated=(("updatedTimestamp", "offset"),),
        params={"search": contains("name")},
        sideload=real_counts,
        children={
            "notes": Child("notes", "owner:account", "string"),
            "accountContacts": Child("accountContacts", "account", "string"),
            "accountCustomFieldData": Child("accountCustomFieldData", "accountId"),
            "emailActivities": Child("emailActivities", "account", "string"),
            "contactEmails": Child("contactEmails", "account", "string"),
        },
    ),
    Spec(
        "accountContacts",
        account_contact,
        Spread("contacts", (1, 0, 0, 0)),
        created=(("createdTimestamp", "offset"),),
        updated=(("updatedTimestamp", "offset"),),
        filters={"contact": equals("contact"), "account": equals("account")},
        parent_key="contact",
    ),
    Spec(
        "accountCustomFieldMeta",
        custom_field("account"),
        Fixed(len(_KINDS)),
        singular="accountCustomFieldMetum",
        total="absent",
        default_limit=100,
        children={
            "accountCustomFieldData": Child("accountCustomFieldData", "accountCustomFieldMetumId")
        },
        **_TIMES,
    ),
    Spec(
        "accountCustomFieldData",
        custom_value("account", "accountId"),
        Spread("accounts", (3, 1, 0)),
        singular="accountCustomFieldDatum",
        total="number",
        filters={"customerAccountId": equals("accountId")},
        strict="filters",
        parent_key="accountId",
        **_TIMES,
    ),
    Spec(
        "dealCustomFieldMeta",
        custom_field("deal"),
        Fixed(len(_KINDS)),
        singular="dealCustomFieldMetum",
        total="absent",
        default_limit=100,
        children={
            # Answers under the key of its parent.
            "dealCustomFieldData": Child(
                "dealCustomFieldData", "dealCustomFieldMetumId", envelope="dealCustomFieldMeta"
            )
        },
        **_TIMES,
    ),
    Spec(
        "dealCustomFieldData",
        custom_value("deal", "dealId"),
        Spread("deals", (3, 1, 0)),
        singular="dealCustomFieldDatum",
        total="absent",
        seeded={"updatedTimestamp": 1},
        filters={"dealId": equals("dealId")},
        strict="filters",
        parent_key="dealId",
        **_TIMES,
    ),
)
