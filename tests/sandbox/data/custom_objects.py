"""Custom objects: schemas and records, with UUIDs and stamps of nine decimals."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.sandbox.sizes import Fixed, Share
from tests.sandbox.spec import Spec

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.clock import Stamps
    from tests.sandbox.draft import Draft
    from tests.sandbox.query import Query
    from tests.sandbox.spec import Row, Rule, Test

_SCHEMAS = (("Matrícula", "Matrículas"), ("Certificado", "Certificados"), ("Aula", "Aulas"))


def _nanos(epoch: float, die: int) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(epoch))}.{die % 10**9:09d}Z"


def schema(draft: Draft) -> Row:
    """Make a schema; a child schema has a parent and an app."""
    singular, plural = _SCHEMAS[draft.index % len(_SCHEMAS)]
    row: Row = {
        "id": draft.uuid(),
        "slug": f"objeto-{draft.key}",
        "visibility": "public" if draft.index == 1 else "private",
        "labels": {"singular": singular, "plural": plural},
        "description": None if draft.index else f"{plural} dos alunos",
        "createdTimestamp": _nanos(draft.created, draft.die(1, 10**9)),
        "updatedTimestamp": _nanos(draft.updated, draft.die(2, 10**9)),
        "fields": [
            {
                "id": "numero",
                "labels": {"singular": "Número", "plural": "Números"},
                "type": "number",
                "required": False,
                "scale": 0,
            },
            {
                "id": "valor",
                "labels": {"singular": "Valor", "plural": "Valores"},
                "type": "currency",
                "required": False,
                "inherited": draft.index == 1,
            },
        ],
        "icons": {"default": "https://img.example.com/icone.png"},
        "relationships": [
            {
                "id": "primary-contact",
                "labels": {"singular": "Aluno", "plural": "Alunos"},
                "description": "Dono do registro",
                "namespace": "contacts",
                "hasMany": False,
            }
        ],
    }
    if draft.index == 1:
        row |= {"parentId": draft.account.id_at("schemas", 0), "appId": draft.uuid(9)}
    return row


def record(draft: Draft) -> Row:
    """Make a record; values are text, numbers, lists, objects and null."""
    value = draft.pick(1, (100, 2.5, "texto", ["a", "b"], {"value": 4990, "currency": "BRL"}, None))
    return {
        "id": draft.uuid(),
        "externalId": draft.pick(2, (None, f"ext-{draft.key}")),
        "schemaId": draft.account.id_at("schemas", draft.index % len(_SCHEMAS)),
        "fields": [{"id": "numero", "value": draft.key}, {"id": "valor", "value": value}],
        "relationships": {"primary-contact": [draft.one_of("contacts", 3)]},
        "createdTimestamp": _nanos(draft.created, draft.die(4, 10**9)),
        "updatedTimestamp": _nanos(draft.updated, draft.die(5, 10**9)),
    }


def page_meta(_account: Account, rows: list[Row], query: Query) -> Row:
    """Return what the meta of custom objects carries beside the total."""
    limit = min(query.number("limit", 20) or 20, 100)
    return {"count": len(rows), "limit": limit, "offset": query.number("offset", 0)}


def _reach(row: Row, name: str) -> object:
    outer, _, inner = name.partition(".")
    value = row.get(outer)
    if not inner:
        return value
    if outer == "fields":
        return next((one["value"] for one in value or [] if one["id"] == inner), None)
    return (value or {}).get(inner)


def operator(name: str) -> Rule:
    """Compare a property by an operator; without one, equality."""

    def rule(value: str, op: str, stamps: Stamps) -> Test:
        def test(row: Row) -> bool:
            have = _reach(row, name)
            if op in ("blank", "not_blank"):
                return (have in (None, "", [])) == (op == "blank")
            if have is None:
                return False
            if isinstance(have, list):
                return value in [str(one) for one in have]
            if op == "contains":
                return value.lower() in str(have).lower()
            if op == "in":
                return str(have) in value.split(",")
            left, right = _comparable(have, value, stamps)
            return {
                "lt": left < right,
                "lte": left <= right,
                "gt": left > right,
                "gte": left >= right,
            }.get(op, left == right)

        return test

    return rule


def _comparable(
    have: object, value: str, stamps: Stamps
) -> tuple[tuple[float, str], tuple[float, str]]:
    """Return both sides so that numbers and moments compare as such; nine decimals count."""
    text = str(have)
    moments = stamps.read(text), stamps.read(value)
    if moments[0] is not None and moments[1] is not None:
        return (float(int(moments[0])), _decimals(text)), (float(int(moments[1])), _decimals(value))
    try:
        return (float(text), ""), (float(value), "")
    except ValueError:
        return (0.0, text.lower()), (0.0, value.lower())


def _decimals(stamp: str) -> str:
    tail = stamp.partition(".")[2]
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    return digits.ljust(9, "0")


_ROOTS = (
    "id", "slug", "visibility", "description", "createdTimestamp", "updatedTimestamp",
    "labels.singular", "labels.plural", "externalId", "schemaId", "fields.numero",
    "fields.valor", "relationships.primary-contact",
)  # fmt: skip
_FILTERS = {name: operator(name) for name in _ROOTS} | {"name": operator("labels.singular")}
_ORDERS = {"createdTimestamp": "createdTimestamp", "updatedTimestamp": "updatedTimestamp"}

SPECS = (
    Spec(
        "schemas",
        schema,
        Fixed(len(_SCHEMAS)),
        path="customObjects/schemas",
        total="number",
        id_kind="uuid",
        created=(("createdTimestamp", "nanos_z"),),
        updated=(("updatedTimestamp", "nanos_z"),),
        filters=_FILTERS,
        orders={**_ORDERS, "labels.singular": "labels.singular"},
        meta=page_meta,
    ),
    Spec(
        "records",
        record,
        Share(0.15, least=9),
        path=None,
        total="number",
        id_kind="uuid",
        created=(("createdTimestamp", "nanos_z"),),
        updated=(("updatedTimestamp", "nanos_z"),),
        filters=_FILTERS,
        orders=_ORDERS,
        meta=page_meta,
    ),
)
