from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.test_sandbox.client import Client


def test_id_bounds_and_descending_order_when_combined(serve: Callable[..., Client]) -> None:
    client = serve()
    ids = [row["id"] for row in client.account.rows("contacts")]
    query = {"orders[id]": "desc", "id_greater": ids[10], "id_less": ids[15]}
    rows = client.get("contacts", **query)
    assert [row["id"] for row in rows["contacts"]] == ids[14:10:-1]
    assert rows["meta"]["total"] == "4"


@pytest.mark.parametrize(
    ("filters", "column", "keep"),
    [
        ("filters[updated_after]", "udate", 1),
        ("filters[updated_before]", "udate", -1),
        ("filters[created_after]", "cdate", 1),
        ("filters[created_before]", "cdate", -1),
    ],
)
def test_contact_dates_when_filtered(
    serve: Callable[..., Client], filters: str, column: str, keep: int
) -> None:
    client = serve()
    read = client.account.stamps.read
    bound = read("2024-03-01T00:00:00-06:00")
    assert bound is not None
    wanted = [
        row["id"]
        for row in client.account.rows("contacts")
        if row[column] and (((read(row[column]) or 0) >= bound) == (keep > 0))
    ]
    for value in ("2024-03-01", "2024-03-01 00:00:00", "2024-03-01T06:00:00Z"):
        query = {filters: value, "orders[id]": "ASC"}
        found = client.pages("contacts", "contacts", 50, **query)
        assert [row["id"] for row in found] == wanted
    assert 0 < len(wanted) < 200


def test_contact_dates_when_rows_changed_since_the_last_request(
    serve: Callable[..., Client],
) -> None:
    client = serve()
    query = {"filters[updated_after]": "2026-01-01"}
    assert client.get("contacts", **query)["meta"]["total"] == "0"
    row = client.account.rows("contacts")[3]
    client.account.touch("contacts", row["id"], firstName="Outra")
    found = client.get("contacts", **query)["contacts"]
    assert [(one["id"], one["firstName"]) for one in found] == [(row["id"], "Outra")]
    client.account.delete("contacts", row["id"])
    assert client.get("contacts", **query)["contacts"] == []


def test_contact_parameters_when_used(serve: Callable[..., Client]) -> None:
    client = serve()
    rows = client.account.rows("contacts")
    found = client.get("contacts", email=rows[5]["email"].upper())["contacts"]
    assert [row["id"] for row in found] == [rows[5]["id"]]
    link = client.account.rows("contactTags")[0]
    tagged = {
        row["contact"] for row in client.account.rows("contactTags") if row["tag"] == link["tag"]
    }
    found = client.pages("contacts", "contacts", 100, tagid=link["tag"])
    assert {row["id"] for row in found} == tagged
    members = {
        row["contact"]
        for row in client.account.rows("contactLists")
        if row["list"] == "2" and row["status"] == "2"
    }
    found = client.pages("contacts", "contacts", 100, listid="2", status="2")
    assert {row["id"] for row in found} == members
    chosen = client.call("GET", f"contacts?ids[]={rows[1]['id']}&ids[]={rows[4]['id']}").json()
    assert [row["id"] for row in chosen["contacts"]] == [rows[1]["id"], rows[4]["id"]]


def test_unknown_filters_and_orders_when_sent_are_ignored(serve: Callable[..., Client]) -> None:
    client = serve()
    plain = client.get("contactTags")
    odd = {"filters[tag]": "3", "filters[updated_since]": "2030-01-01", "orders[id]": "DESC"}
    assert client.get("contactTags", **odd) == plain


@pytest.mark.parametrize(
    "path", ["lists/exclusions", "dealCustomFieldData", "accountCustomFieldData"]
)
def test_unknown_filters_when_the_collection_is_strict_are_refused(
    serve: Callable[..., Client], path: str
) -> None:
    response = serve().call("GET", path, params={"filters[updated_after]": "2024-01-01"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["title"] == "Invalid attribute"


def test_unknown_orders_when_the_collection_is_strict(serve: Callable[..., Client]) -> None:
    client = serve()
    order = {"orders[updatedTimestamp]": "DESC"}
    assert client.call("GET", "lists/exclusions", params=order).status_code == 422
    assert client.call("GET", "dealCustomFieldData", params=order).status_code == 200


def test_orders_when_honoured_by_setting(serve: Callable[..., Client]) -> None:
    order = {"orders[updated_timestamp]": "DESC", "limit": 5}
    listed = [row["id"] for row in serve().get("tags", **order)["tags"]]
    assert listed == ["1", "2", "3", "4", "5"]
    for setting in ("all", {"tags": ["updated_timestamp"]}, {"tags": "all"}):
        client = serve(honoured_orders=setting)
        rows = client.pages("tags", "tags", 5, **{"orders[updated_timestamp]": "DESC"})
        stamps = [row["updated_timestamp"] for row in rows]
        assert stamps == sorted(stamps, reverse=True)
        assert [row["id"] for row in rows] != [row["id"] for row in client.account.rows("tags")]


def test_orders_when_honoured_on_the_first_page_only(serve: Callable[..., Client]) -> None:
    client = serve(honoured_orders={"tags": "first_page_only"})
    order = {"orders[updated_timestamp]": "DESC", "limit": 4}
    stamps = [row["updated_timestamp"] for row in client.get("tags", **order)["tags"]]
    assert stamps == sorted(stamps, reverse=True)
    second = client.get("tags", offset=4, **order)["tags"]
    assert [row["id"] for row in second] == ["5", "6", "7", "8"]


def test_null_stamps_when_ordered_come_last_descending(serve: Callable[..., Client]) -> None:
    client = serve(honoured_orders="all")
    rows = client.get("dealStages", **{"orders[udate]": "DESC"})["dealStages"]
    nulls = [row["udate"] is None for row in rows]
    assert nulls == sorted(nulls)
    assert any(nulls)
    assert not all(nulls)


def test_deals_when_filtered_and_ordered(serve: Callable[..., Client]) -> None:
    client = serve()
    query = {"filters[status]": "1", "filters[minimum_value]": "1000", "orders[value]": "DESC"}
    rows = client.get("deals", limit=100, **query)["deals"]
    assert {row["status"] for row in rows} == {"1"}
    values = [int(row["value"]) for row in rows]
    assert values == sorted(values, reverse=True)
    moved = client.account.rows("deals")[0]
    client.account.touch("deals", moved["id"])
    found = client.get("deals", **{"filters[updated_after]": "2026-01-01"})["deals"]
    assert [row["id"] for row in found] == [moved["id"]]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"search": "CARRINHO"}, ["carrinho_abandonado"]),
        ({"filters[search][eq]": "Cliente_VIP"}, ["cliente_vip"]),
        ({"filters[search][starts_with]": "lead"}, ["Lead Frio", "Lead Quente"]),
        ({"filters[search][contains]": "aluno"}, ["aluno_ativo", "aluno_inativo"]),
    ],
)
def test_tags_when_searched(
    serve: Callable[..., Client], query: dict[str, str], wanted: list[str]
) -> None:
    rows = serve().get("tags", **query)["tags"]
    assert [row["tag"] for row in rows if row["tagType"] == "contact"][: len(wanted)] == wanted


def test_custom_objects_when_filtered_by_operators(serve: Callable[..., Client]) -> None:
    client = serve()
    schemas = client.get("customObjects/schemas")
    assert schemas["meta"] == {"count": 3, "limit": 20, "offset": 0, "total": 3}
    schema = schemas["schemas"][0]["id"]
    path = f"customObjects/records/{schema}"
    rows = client.get(path, limit=100)["records"]
    stamp = sorted(row["updatedTimestamp"] for row in rows)[3]
    assert {row["schemaId"] for row in rows} == {schema}
    later = client.get(path, limit=100, **{"filters[updatedTimestamp][gt]": stamp})["records"]
    assert {row["id"] for row in later} == {
        row["id"] for row in rows if row["updatedTimestamp"] > stamp
    }
    record = client.account.rows("records")[0]
    client.account.touch("records", record["id"])
    changed = client.get(path, **{"filters[updatedTimestamp][gt]": "2026-01-01T00:00:00Z"})
    assert [row["id"] for row in changed["records"]] == [record["id"]]
    assert client.call("GET", "customObjects/records/unknown").status_code == 404


def test_order_when_rows_change_after_it_was_first_asked_for(serve: Callable[..., Client]) -> None:
    client = serve(honoured_orders="all", contacts=400)
    account = client.account
    order = {"orders[updated_timestamp]": "DESC"}
    ids = [row["id"] for row in client.pages("contactTags", "contactTags", 100, **order)]
    assert len(ids) == account.count("contactTags")
    account.touch("contactTags", ids[300])
    account.delete("contactTags", ids[10])
    new = account.insert(
        "contactTags", contact="1", tag="1", updated_timestamp="2020-01-01 00:00:00"
    )
    after = [row["id"] for row in client.pages("contactTags", "contactTags", 100, **order)]
    kept = [one for one in ids if one not in (ids[300], ids[10])]
    assert after == [ids[300], *kept, new]
