"""Rows and paths that ActiveCampaign's reference describes since autumn 2026."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.test_sandbox.client import Client


def _ids(rows: list[Any]) -> list[str]:
    return [row["id"] for row in rows]


# --- rows that outlive what they point to -----------------------------------------------------


def test_rows_of_deleted_tags_when_listed_are_there_and_below_a_contact_are_not(
    serve: Callable[..., Client],
) -> None:
    client = serve()
    link = client.account.rows("contactTags")[0]
    assert client.call("DELETE", f"tags/{link['tag']}").status_code == 200
    assert link in client.pages("contactTags", "contactTags", 100)
    below = client.get(f"contacts/{link['contact']}/contactTags", limit=1)["contactTags"]
    assert link["id"] not in _ids(below)
    assert client.call("GET", f"tags/{link['tag']}").status_code == 404
    tags = set(_ids(client.account.rows("tags")))
    assert {row["tag"] for row in client.account.rows("contactTags")} - tags > {link["tag"]}


def test_links_below_a_contact_when_paged_come_all_at_once(serve: Callable[..., Client]) -> None:
    client = serve()
    contact = client.account.rows("contacts")[3]["id"]
    whole = client.get(f"contacts/{contact}/contactTags")
    assert len(whole["contactTags"]) == 3
    assert client.get(f"contacts/{contact}/contactTags", limit=1, offset=2) == whole


def test_rows_of_deleted_contacts_when_listed(serve: Callable[..., Client]) -> None:
    client = serve()
    contact = client.account.rows("contactData")[0]["contact"]
    append = client.account.rows("plusAppends")[0]["contact"]
    links = [row for row in client.account.rows("contactTags") if row["contact"] == append]
    for one in {contact, append}:
        assert client.call("DELETE", f"contacts/{one}").status_code == 200
    assert contact in {row["contact"] for row in client.pages("contactData", "contactData", 50)}
    assert append in {row["contact"] for row in client.pages("plusAppends", "plusAppends", 50)}
    assert links
    assert append not in {row["contact"] for row in client.account.rows("contactTags")}
    people = set(_ids(client.account.rows("contacts")))
    assert {row["contact"] for row in client.account.rows("contactData")} - people - {contact}


def test_links_of_a_contact_when_it_is_removed_by_a_test_go_with_it(
    serve: Callable[..., Client],
) -> None:
    account = serve().account
    contact = account.rows("contactTags")[0]["contact"]
    memberships = account.count("contactLists")
    account.delete("contacts", contact)
    assert contact not in {row["contact"] for row in account.rows("contactTags")}
    assert account.count("contactLists") == memberships


# --- what moves without a stamp, and what comes late ------------------------------------------


def test_counters_when_moved_leave_the_stamps_alone(serve: Callable[..., Client]) -> None:
    client = serve()
    account = client.account
    before = account.rows("campaigns")[0]
    account.move("campaigns", before["id"], opens="99999")
    assert account.row("campaigns", before["id"]) == {**before, "opens": "99999"}
    client.control("move", {"collection": "tags", "id": 1, "changes": {"subscriber_count": "7"}})
    assert account.row("tags", 1)["subscriber_count"] == "7"


def test_counters_when_the_api_writes_move_with_it(serve: Callable[..., Client]) -> None:
    client = serve()
    account = client.account
    contact = account.insert("contacts", email="nova@example.com")
    tag, target, automation = account.row("tags", 2), account.row("lists", 3), "1"
    entered = int(account.row("automations", automation)["entered"])
    client.post("contactTags", {"contactTag": {"contact": contact, "tag": "2"}})
    for status in (1, 1):
        body = {"contactList": {"contact": contact, "list": "3", "status": status}}
        client.post("contactLists", body)
    entry = {"contactAutomation": {"contact": contact, "automation": automation}}
    client.post("contactAutomations", entry)
    counted = str(int(tag["subscriber_count"]) + 1)
    assert account.row("tags", 2) == {**tag, "subscriber_count": counted}
    active = target["active_subscribers"]
    moved = account.row("lists", 3)["active_subscribers"]
    assert (int(moved), type(moved)) == (int(active) + 1, type(active))
    assert int(account.row("automations", automation)["entered"]) == entered + 1


@pytest.mark.parametrize("collection", ["trackingLogs", "activities"])
def test_events_when_they_come_late_have_a_new_id_and_their_own_stamp(
    serve: Callable[..., Client], collection: str
) -> None:
    client = serve(activities_need_contact=False)
    account = client.account
    contact = account.rows("contacts")[0]["id"]
    last = max(int(row["id"]) for row in account.rows(collection))
    account.happen(collection, contact)
    stamp = account.stamp_now()
    account.clock.advance(3 * 86_400)
    assert account.count(collection) == len(account.rows(collection))
    assert max(int(row["id"]) for row in account.rows(collection)) == last
    client.get(f"contacts/{contact}")
    late = max(account.rows(collection), key=lambda row: int(row["id"]))
    assert int(late["id"]) > last
    assert late["subscriberid"] == contact
    assert abs((account.stamps.read(late["tstamp"]) or 0) - (account.stamps.read(stamp) or 0)) < 5


def test_events_when_seeded_are_not_in_the_order_of_their_ids(
    serve: Callable[..., Client],
) -> None:
    account = serve().account
    for collection in ("trackingLogs", "activities"):
        stamps = [account.stamps.read(row["tstamp"]) or 0 for row in account.rows(collection)]
        assert stamps != sorted(stamps)


# --- paths ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parents", "path", "key"),
    [
        ("automations", "automations/{}/triggers", "automationTriggers"),
        ("automations", "automations/{}/blocks", "automationBlocks"),
        ("contactAutomations", "contactAutomations/{}/automationLogs", "contactAutomationLogs"),
        ("contactAutomations", "contactAutomations/{}/contactGoals", "contactGoals"),
        ("contactGoals", "contactGoals/{}/contactGoalLists", "contactGoalLists"),
        ("contactConversions", "contactConversions/{}/attributions", "attributions"),
        ("contactConversionPoints", "contactConversionPoints/{}/attributions", "attributions"),
    ],
)
def test_lists_below_a_row_when_read(
    serve: Callable[..., Client], parents: str, path: str, key: str
) -> None:
    client = serve()
    found = [client.get(path.format(row["id"]))[key] for row in client.account.rows(parents)]
    assert any(found)
    assert client.call("GET", path.format("999999")).status_code in (403, 404)


@pytest.mark.parametrize(
    ("parents", "path", "key"),
    [
        ("geoIps", "geoIps/{}/geoAddress", "geoAddress"),
        ("contactAutomations", "contactAutomations/{}/contact", "contact"),
        ("contactAutomations", "contactAutomations/{}/automation", "automation"),
        ("contactGoals", "contactGoals/{}/contactAutomation", "contactAutomation"),
        ("contactGoals", "contactGoals/{}/automation", "automation"),
        ("contactGoalTags", "contactGoalTags/{}/contactGoal", "contactGoal"),
        ("contactConversions", "contactConversions/{}/conversion", "conversion"),
        ("contactConversions", "contactConversions/{}/conversionTrigger", "conversionTrigger"),
        ("addresses", "addresses/{}/addressGroup", "addressGroup"),
    ],
)
def test_related_rows_when_read_or_gone(
    serve: Callable[..., Client], parents: str, path: str, key: str
) -> None:
    client = serve()
    answers = [client.get(path.format(row["id"])) for row in client.account.rows(parents)[:30]]
    assert {key} in [set(answer) for answer in answers]
    assert {frozenset(answer) for answer in answers} <= {frozenset({key}), frozenset()}


def test_a_related_row_when_deleted_is_an_empty_object(serve: Callable[..., Client]) -> None:
    client = serve()
    run = client.account.rows("contactAutomations")[0]
    client.account.delete("automations", run["automation"])
    assert client.get(f"contactAutomations/{run['id']}/automation") == {}


def test_steps_of_a_run_when_read_by_its_automation_only(serve: Callable[..., Client]) -> None:
    client = serve()
    runs = client.account.rows("contactAutomations")
    path = "automations/{}/contactAutomations/{}/steps"
    steps = [client.get(path.format(run["automation"], run["id"]))["steps"] for run in runs[:4]]
    assert [len(one) for one in steps] == [4, 0, 3, 4]
    assert any(step["skipReason"] for one in steps for step in one)
    other = "1" if runs[0]["automation"] != "1" else "2"
    assert client.call("GET", path.format(other, runs[0]["id"])).status_code == 404


def test_geo_ips_when_listed_bring_their_places(serve: Callable[..., Client]) -> None:
    client = serve()
    page = client.get("geoIps", limit=50)
    assert {row["geoAddress"] for row in page["geoIps"]} == set(_ids(page["geoAddresses"]))
    for row in client.account.rows("geoIps"):
        client.account.delete("geoIps", row["id"])
    assert "geoAddresses" not in client.get("geoIps")


def test_merges_when_listed_name_the_contact_that_stayed(serve: Callable[..., Client]) -> None:
    client = serve()
    page = client.get("contactLogs", limit=100)
    assert {row["action"] for row in page["contactLogs"]} == {"merge"}
    assert {row["contact"] for row in page["contactLogs"]} <= set(
        _ids(client.account.rows("contacts"))
    )


# --- refusals ---------------------------------------------------------------------------------


def test_forbidden_when_the_token_is_bad_has_no_body_and_a_permission_has_one(
    serve: Callable[..., Client],
) -> None:
    client = serve(forbidden=("deals",))
    bad = client.call("GET", "users/me", headers={"Api-Token": "wrong"})
    assert (bad.status_code, bad.content) == (403, b"")
    denied = client.call("GET", "deals")
    assert denied.status_code == 403
    assert denied.json()["errors"][0]["title"] == "Forbidden"
    client.sandbox.faults.next("bad_token", "tags")
    passing = client.call("GET", "tags")
    assert (passing.status_code, passing.content) == (403, b"")
    client.sandbox.behaviour.bad_token = "message"
    old = client.call("GET", "users/me", headers={"Api-Token": "wrong"})
    assert old.json() == {"message": "Forbidden"}
