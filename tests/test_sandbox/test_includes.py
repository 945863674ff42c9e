"""What `include=` brings beside contacts, as seen in use, and the ways in which it may fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.sandbox.below import of_a_deleted_tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.test_sandbox.client import Client

RIDERS = ("contactTags", "contactLists", "fieldValues", "contactAutomations")


def _page(client: Client, include: str, **params: Any) -> Any:
    return client.get("contacts", limit=100, include=include, **{"orders[id]": "ASC"}, **params)


def _named(page: Any, name: str) -> list[str]:
    return [one for contact in page["contacts"] for one in contact[name]]


def test_included_rows_when_asked_for_are_the_rows_of_the_lists(
    serve: Callable[..., Client],
) -> None:
    client = serve(contacts=90)
    account = client.account
    page = _page(client, ",".join(RIDERS))
    assert len(page["contacts"]) == 90
    for name in RIDERS:
        assert [row["id"] for row in page[name]] == _named(page, name)
        wanted = {
            row["id"]: row
            for row in account.rows(name)
            if name != "contactTags" or not of_a_deleted_tag(account, row)
        }
        assert {row["id"]: row for row in page[name]} == wanted
    assert account.count("contactTags") > len(page["contactTags"])


def test_included_rows_when_there_are_none_are_an_empty_array(
    serve: Callable[..., Client],
) -> None:
    client = serve(contacts=3)
    for row in client.account.rows("fieldValues"):
        client.account.delete("fieldValues", row["id"])
    page = _page(client, "fieldValues")
    assert page["fieldValues"] == []
    assert {tuple(contact["fieldValues"]) for contact in page["contacts"]} == {()}


def test_dotted_includes_when_asked_for_bring_what_the_rows_point_to(
    serve: Callable[..., Client],
) -> None:
    page = _page(
        serve(contacts=60),
        "contactTags.tag,contactLists.list,fieldValues.field,geoIps.geoAddress,contactDeals",
    )
    for outer, inner, column in (
        ("contactTags", "tags", "tag"),
        ("contactLists", "lists", "list"),
        ("fieldValues", "fields", "field"),
        ("geoIps", "geoAddresses", "geoAddress"),
    ):
        assert {row[column] for row in page[outer]} == {row["id"] for row in page[inner]}
    assert {row["id"] for row in page["contactDeals"]} == set(_named(page, "contactDeals"))


def test_includes_when_combined_with_bounds_and_dates_keep_to_the_page(
    serve: Callable[..., Client],
) -> None:
    client = serve(contacts=120)
    middle = client.account.rows("contacts")[50]["id"]
    client.account.touch("contacts", middle)
    changed = _page(client, "contactTags", **{"filters[updated_after]": "2026-01-01"})
    assert [contact["id"] for contact in changed["contacts"]] == [middle]
    assert {row["contact"] for row in changed["contactTags"]} <= {middle}
    after = _page(client, "contactLists", id_greater=middle)
    assert min(int(row["contact"]) for row in after["contactLists"]) > int(middle)


@pytest.mark.parametrize("allowed", [(), ("contactTags",)])
def test_includes_when_ignored_leave_no_trace(
    serve: Callable[..., Client], allowed: tuple[str, ...]
) -> None:
    page = _page(serve(includes=allowed), "contactTags,fieldValues,bounceLogs")
    assert ("contactTags" in page) == (allowed != ())
    assert "fieldValues" not in page
    assert "fieldValues" not in page["contacts"][0]
    assert "bounceLogs" not in page


def test_includes_when_everything_counts_bring_what_links_name(
    serve: Callable[..., Client],
) -> None:
    client = serve(includes="all", contacts=100)
    names = ("bounceLogs", "trackingLogs", "contactGoals", "contactLogs")
    page = _page(client, ",".join(names))
    for name in names:
        wanted = {row["id"] for row in client.account.rows(name)}
        assert {row["id"] for row in page[name]} == wanted == set(_named(page, name))
        assert wanted


def test_includes_when_cut_off_still_name_every_id(serve: Callable[..., Client]) -> None:
    page = _page(serve(include_cap=30), "contactTags")
    assert len(page["contactTags"]) == 30
    assert len(_named(page, "contactTags")) > 30


def test_includes_when_cut_off_by_contact_agree_and_lack_rows(
    serve: Callable[..., Client],
) -> None:
    client = serve(include_cap_per_contact=1, contacts=100)
    page = _page(client, "fieldValues")
    assert [row["id"] for row in page["fieldValues"]] == _named(page, "fieldValues")
    assert max(len(contact["fieldValues"]) for contact in page["contacts"]) == 1
    assert len(page["fieldValues"]) < client.account.count("fieldValues")


def test_included_rows_when_of_another_shape(serve: Callable[..., Client]) -> None:
    raw = _page(serve(include_shape="raw"), "contactTags,fieldValues")
    assert {"subscriberid", "tagid", "id"} <= raw["contactTags"][0].keys()
    assert not {"contact", "tag", "links"} & raw["contactTags"][0].keys()
    assert "field_id" in raw["fieldValues"][0]
    nested = _page(serve(include_shape="nested"), "contactTags")
    assert "contactTags" not in nested
    assert all(isinstance(one, dict) for one in _named(nested, "contactTags"))
    unnamed = _page(serve(include_shape="unnamed"), "contactTags")
    assert unnamed["contactTags"]
    assert "contactTags" not in unnamed["contacts"][0]


def test_pages_when_too_heavy_are_not_answered_and_lighter_ones_are(
    serve: Callable[..., Client],
) -> None:
    client = serve(include_most_rows=60, include_overdue="status_504")
    query = {"include": "contactTags,contactLists", "limit": 100}
    assert client.call("GET", "contacts", params=query).status_code == 504
    assert client.call("GET", "contacts", params={**query, "limit": 20}).status_code == 200
    assert client.call("GET", "contacts", params={"limit": 100}).status_code == 200
    client.sandbox.behaviour.include_overdue = "timeout"
    with pytest.raises(requests.Timeout):
        client.call("GET", "contacts", params=query, timeout=0.3)


@pytest.mark.parametrize("collection", ["contactTags", "contactLists", "fieldValues"])
@pytest.mark.parametrize("follows", [True, False])
def test_contact_stamps_when_something_below_changes(
    serve: Callable[..., Client], collection: str, *, follows: bool
) -> None:
    client = serve(stamps_follow=(collection,) if follows else ())
    account = client.account
    rows = account.rows(collection)
    account.touch(collection, rows[0]["id"])
    new = account.insert(collection, contact=account.rows("contacts")[30]["id"])
    account.delete(collection, rows[-1]["id"])
    wanted = {rows[0]["contact"], account.row(collection, new)["contact"], rows[-1]["contact"]}
    moved = client.get("contacts", **{"filters[updated_after]": "2026-01-01"})["contacts"]
    assert {contact["id"] for contact in moved} == (wanted if follows else set())


def test_contact_stamps_when_the_api_tags_and_subscribes_move(
    serve: Callable[..., Client],
) -> None:
    client = serve()
    contacts = [row["id"] for row in client.account.rows("contacts")[:3]]
    client.post("contactTags", {"contactTag": {"contact": contacts[0], "tag": "13"}})
    client.post("contactLists", {"contactList": {"contact": contacts[1], "list": "2", "status": 2}})
    value = {"contact": contacts[2], "field": "1", "value": "x"}
    client.post("fieldValues", {"fieldValue": value})
    moved = client.get("contacts", **{"filters[updated_after]": "2026-01-01"})["contacts"]
    assert [contact["id"] for contact in moved] == contacts
