"""Filters, operators and orders that ActiveCampaign's reference names since autumn 2026."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.test_sandbox.client import Client


def _ids(rows: list[Any]) -> list[str]:
    return [row["id"] for row in rows]


# --- filters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "channels"),
    [
        ({}, {"email"}),
        ({"filters[channel]": "all"}, {"email", "sms"}),
        ({"filters[channel]": "sms"}, {"sms"}),
        ({"filters[channel][eq]": "sms"}, {"sms"}),
        ({"filters[name][contains]": "aviso"}, set()),
        ({"filters[name][contains]": "aviso", "filters[channel]": "all"}, {"sms"}),
    ],
)
def test_lists_when_no_channel_is_named_are_those_for_mail(
    serve: Callable[..., Client], query: dict[str, str], channels: set[str]
) -> None:
    page = serve().get("lists", limit=100, **query)
    assert {row["channel"] for row in page["lists"]} == channels
    assert page["meta"]["total"] == str(len(page["lists"]))


@pytest.mark.parametrize(
    ("path", "column", "name"),
    [("bounceLogs", "tstamp", "tstamp"), ("contactTags", "cdate", "cdate")],
)
def test_operators_when_sent_for_a_known_column_mean_equality(
    serve: Callable[..., Client], path: str, column: str, name: str
) -> None:
    client = serve(contacts=400)
    rows = client.account.rows(path)
    middle = sorted(row[column] for row in rows)[len(rows) // 2]
    equal = [row["id"] for row in rows if row[column] == middle]
    for operator in ("", "[gt]", "[gte]"):
        found = client.get(path, limit=100, **{f"filters[{name}]{operator}": middle})
        assert sorted(_ids(found[path])) == sorted(equal)
    unknown = client.get(path, **{"filters[updated_timestamp][gt]": middle})
    assert unknown["meta"]["total"] == str(len(rows))


def test_operators_when_every_column_is_known_mean_equality_everywhere(
    serve: Callable[..., Client],
) -> None:
    client = serve(known_filters="columns")
    query = {"filters[updated_timestamp][gte]": "2020-01-01 00:00:00"}
    assert client.get("tags", **query)["tags"] == []
    assert client.get("tags", **{"filters[nothing][gte]": "1"})["tags"] != []


def test_contact_tags_when_filtered_know_columns_and_not_relations(
    serve: Callable[..., Client],
) -> None:
    client = serve()
    row = client.account.rows("contactTags")[7]
    mine = client.get("contactTags", limit=100, **{"filters[subscriberid]": row["contact"]})
    assert {one["contact"] for one in mine["contactTags"]} == {row["contact"]}
    same = client.get("contactTags", limit=100, **{"filters[tagid]": row["tag"]})
    assert {one["tag"] for one in same["contactTags"]} == {row["tag"]}
    ignored = client.get("contactTags", **{"filters[contact]": row["contact"]})
    assert ignored["meta"]["total"] == str(client.account.count("contactTags"))


def test_contact_lists_when_narrowed_by_bare_names(serve: Callable[..., Client]) -> None:
    client = serve()
    rows = client.account.rows("contactLists")

    def total(query: str) -> int:
        return int(client.call("GET", f"contactLists?{query}").json()["meta"]["total"])

    def count(*sources: str) -> int:
        return sum(row["sourceid"] in sources for row in rows)

    assert total("status=2") == sum(row["status"] == "2" for row in rows)
    mine = rows[5]["contact"]
    assert total(f"contact={mine}") == sum(row["contact"] == mine for row in rows)
    assert total("sourceIds[]=4&sourceIds[]=9") == count("4", "9")
    assert total("sourceIds[]=4,9") == count("4")
    assert total("filters[updated_timestamp]=2020-01-01") == len(rows)


def test_runs_of_an_automation_when_compared_by_operators(serve: Callable[..., Client]) -> None:
    client = serve()
    rows = client.account.rows("contactAutomations")
    since = sorted(row["adddate"] for row in rows)[len(rows) // 2]
    read = client.account.stamps.read
    bound = read(since) or 0
    later = [row for row in rows if (read(row["adddate"]) or 0) > bound]
    found = client.pages(
        "contactAutomations", "contactAutomations", 50, **{"filters[adddate][gt]": since}
    )
    assert sorted(_ids(found)) == sorted(_ids(later))
    automation = rows[0]["automation"]
    twin = client.pages(
        f"automations/{automation}/contactAutomations",
        "contactAutomations",
        50,
        **{"filters[status][eq]": "1", "orders[adddate]": "ASC"},
    )
    running = [row for row in rows if row["automation"] == automation and row["status"] == "1"]
    assert sorted(_ids(twin)) == sorted(_ids(running))
    stamps = [read(row["adddate"]) or 0 for row in twin]
    assert stamps == sorted(stamps)


def test_events_when_filtered_by_type_with_an_operator_contain_it(
    serve: Callable[..., Client],
) -> None:
    found = serve().get("trackingLogs", limit=100, **{"filters[type][eq]": "visit"})
    assert {row["type"] for row in found["trackingLogs"]} == {"pagevisit"}


@pytest.mark.parametrize("path", ["tags", "geoIps", "trackingLogs", "contactLogs", "contactGoals"])
def test_ids_when_named_come_whatever_the_limit(serve: Callable[..., Client], path: str) -> None:
    client = serve()
    ids = _ids(client.account.rows(path))[:4]
    found = client.get(path, ids=",".join(ids), limit=2)
    assert sorted(_ids(found[path])) == sorted(ids)
    assert len(client.get(path, ids=",".join(ids), limit=2, offset=1)[path]) == 3


def test_contacts_when_only_meta_is_asked_for(serve: Callable[..., Client]) -> None:
    client = serve()
    answer = client.get("contacts", meta="only", status="-1")
    assert answer.keys() == {"meta"}
    assert answer["meta"]["total"] == "200"
    assert answer["meta"]["page_input"]["status"] == -1
    changed = client.get("contacts", meta="only", **{"filters[updated_after]": "2026-01-01"})
    assert changed["meta"]["total"] == "0"


def test_contacts_when_the_server_narrows_them_say_so_in_the_echo(
    serve: Callable[..., Client],
) -> None:
    client = serve(contacts_status="1")
    page = client.get("contacts", status="-1")
    assert page["meta"]["page_input"]["status"] == 1
    assert 0 < int(page["meta"]["total"]) < 200
    assert page["meta"]["total"] == serve().get("contacts", status="1")["meta"]["total"]


# --- orders -----------------------------------------------------------------------------------

HONOURED = [
    ("contactTags", "cdate"), ("bounceLogs", "tstamp"), ("emailActivities", "tstamp"),
    ("trackingLogs", "tstamp"), ("contactGoals", "tstamp"), ("contactAutomations", "adddate"),
    ("contactConversions", "cdate"), ("contactConversionPoints", "tstamp"),
    ("automations", "mdate"), ("campaigns", "mdate"), ("campaigns", "ldate"), ("deals", "cdate"),
    ("lists", "created_timestamp"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "column"), HONOURED)
def test_documented_orders_when_sent_are_honoured_on_all_pages(
    serve: Callable[..., Client], path: str, column: str
) -> None:
    client = serve(contacts=600)
    query = {f"orders[{column}]": "DESC", "filters[channel]": "all"}
    rows = client.pages(path, path, 40, **query)
    read = client.account.stamps.read
    stamps = [read(row.get(column)) or 0 for row in rows]
    assert stamps == sorted(stamps, reverse=True)
    assert sorted(_ids(rows), key=int) == _ids(client.account.rows(path))
    lower = client.pages(
        path, path, 40, **{f"orders[{column}]": "newest", "filters[channel]": "all"}
    )
    stamps = [read(row.get(column)) or 0 for row in lower]
    assert stamps == sorted(stamps)


@pytest.mark.parametrize("setting", ["documented", "all"])
@pytest.mark.parametrize(
    ("path", "column"),
    [("contactLists", "updated_timestamp"), ("contactData", "tstamp"), ("geoIps", "tstamp")],
)
def test_orders_when_the_reference_says_that_none_counts_are_ignored(
    serve: Callable[..., Client], setting: str, path: str, column: str
) -> None:
    client = serve(honoured_orders=setting)
    plain = client.get(path, limit=50)
    assert client.get(path, limit=50, **{f"orders[{column}]": "DESC"})[path] == plain[path]


def test_contact_goals_when_no_order_is_sent_change_places(serve: Callable[..., Client]) -> None:
    client = serve()
    pages = {tuple(_ids(client.get("contactGoals", limit=100)["contactGoals"])) for _ in range(5)}
    assert len(pages) == 5
    query = {"orders[tstamp]": "ASC", "orders[contact]": "ASC"}
    steady = {
        tuple(_ids(client.get("contactGoals", limit=100, **query)["contactGoals"]))
        for _ in range(5)
    }
    assert len(steady) == 1
