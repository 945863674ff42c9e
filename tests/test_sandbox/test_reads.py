from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.below import of_a_deleted_tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.test_sandbox.client import Client

pytestmark = pytest.mark.slow


def test_forbidden_when_the_token_is_missing_or_wrong(serve: Callable[..., Client]) -> None:
    client = serve()
    for headers in ({"Api-Token": "wrong"}, {"Api-Token": ""}):
        response = client.call("GET", "users/me", headers=headers)
        assert (response.status_code, response.content) == (403, b"")


def test_unknown_paths_and_methods_when_asked(serve: Callable[..., Client]) -> None:
    client = serve()
    assert client.call("GET", "nothingHere").status_code == 404
    assert client.call("POST", "campaigns", {}).status_code == 405
    assert client.call("GET", "contacts/1/nothingHere").status_code == 404


def test_page_size_when_limit_is_absent_or_too_large(serve: Callable[..., Client]) -> None:
    client = serve()
    assert len(client.get("contacts")["contacts"]) == 20
    assert len(client.get("contacts", limit=500)["contacts"]) == 100
    assert len(client.get("fields")["fields"]) == client.account.count("fields")
    capped = serve(page_cap=50)
    assert len(capped.get("contacts", limit=100)["contacts"]) == 50


def test_every_collection_when_paged_gives_its_rows_once(serve: Callable[..., Client]) -> None:
    client = serve(activities_need_contact=False, contacts=130)
    for name in client.account.collection_names:
        spec = client.account.collection(name).spec
        if spec.list_path is None or spec.paging != "offset" or name == "groupMembers":
            continue
        # Lists of every channel, and a settled order where none is promised.
        query = {
            "lists": {"filters[channel]": "all"},
            "contactGoals": {"orders[timespan]": "ASC"},
        }.get(name, {})
        rows = client.pages(spec.list_path, spec.list_key, 37, **query)
        if spec.order != "ids":
            rows.sort(key=lambda row: int(row["id"]))
        assert rows == client.account.rows(name), name


@pytest.mark.parametrize("gaps", ["even", "uneven"])
def test_keyset_scan_when_ids_have_gaps_gives_all_contacts(
    serve: Callable[..., Client], gaps: str
) -> None:
    client = serve(id_gaps=gaps)
    client.account.delete("contacts", client.account.rows("contacts")[57]["id"])
    new = client.account.insert("contacts", email="nova@example.com")
    ids: list[str] = []
    while True:
        query = {"orders[id]": "ASC", "id_greater": ids[-1] if ids else 0, "limit": 33}
        page = client.get("contacts", **query)["contacts"]
        ids += [row["id"] for row in page]
        if len(page) < 33:
            break
    assert ids == [row["id"] for row in client.account.rows("contacts")]
    assert ids[-1] == new
    assert len(ids) == 200
    assert [int(one) for one in ids] == sorted({int(one) for one in ids})
    assert int(ids[-1]) > 200


@pytest.mark.parametrize(
    ("path", "total"),
    [
        ("contacts", "200"),
        ("deals", 80),
        ("lists/exclusions", 5),
        ("eventTrackingEvents", 3),
        ("webhook/events", 25),
        ("dealCustomFieldMeta", None),
        ("ecomOrderProducts", None),
    ],
)
def test_total_when_each_collection_writes_it_its_own_way(
    serve: Callable[..., Client], path: str, total: object
) -> None:
    meta = serve().get(path).get("meta", {})
    assert meta.get("total") == total
    assert type(meta.get("total")) is type(total)


def test_total_when_overridden(serve: Callable[..., Client]) -> None:
    assert "total" not in serve(total="absent").get("contacts")["meta"]
    assert serve(total={"tags": "zero"}).get("tags")["meta"]["total"] == "0"
    assert serve(total="wrong").get("contacts")["meta"]["total"] == "407"


def test_side_loads_when_answers_carry_them(serve: Callable[..., Client]) -> None:
    client = serve()
    contacts = client.get("contacts")
    assert contacts["meta"]["page_input"]["limit"] == 20
    assert {row["id"] for row in contacts["scoreValues"]} == {
        one for row in contacts["contacts"] for one in row["scoreValues"]
    }
    fields = client.get("fields")
    assert [row["id"] for row in fields["fieldOptions"]] == [
        one for row in fields["fields"] for one in row["options"]
    ]
    groups = client.get("dealGroups")
    assert {row["group"] for row in groups["dealStages"]} == {
        row["id"] for row in groups["dealGroups"]
    }
    included = client.get("contacts", include="contactLists,contactTags.tag", limit=5)
    assert [row["id"] for row in included["contactTags"]] == [
        one for row in included["contacts"] for one in row["contactTags"]
    ]
    assert {row["id"] for row in included["tags"]} == {
        row["tag"] for row in included["contactTags"]
    }


def test_children_of_a_contact_when_read(serve: Callable[..., Client]) -> None:
    client = serve()
    account = client.account
    children = account.collection("contacts").spec.children
    seen: set[str] = set()
    noted = {row["relid"] for row in account.rows("notes") if row["reltype"] == "Subscriber"}
    rows_of_contacts = account.rows("contacts")
    some = rows_of_contacts[:40] + [row for row in rows_of_contacts if row["id"] in noted]
    for contact in some:
        for name, child in children.items():
            body = client.get(f"contacts/{contact['id']}/{name}", limit=100)
            assert "meta" not in body
            rows = body.get(child.single or account.collection(child.collection).spec.list_key)
            seen |= {name} if rows else set()
            if name in ("contactTags", "deals", "scoreValues"):
                mine = [row for row in account.rows(name) if row.get("contact") == contact["id"]]
                if name == "contactTags":
                    mine = [row for row in mine if not of_a_deleted_tag(account, row)]
                assert rows == mine
    assert seen == set(children)
    assert client.get(f"contacts/{account.rows('contacts')[0]['id']}/plusAppend") == {}


def test_single_rows_when_read_or_missing(serve: Callable[..., Client]) -> None:
    client = serve()
    for name in client.account.collection_names:
        spec = client.account.collection(name).spec
        if spec.list_path is None or spec.paging != "offset" or name in ("contacts", "exclusions"):
            continue
        if name in ("groupMembers", "users"):
            continue
        row = client.account.rows(name)[0]
        row_id = row[spec.id_property]
        assert client.get(f"{spec.list_path}/{row_id}")[spec.row_key] == row, name
    missing = client.call("GET", "contacts/999999")
    assert missing.status_code == 404
    assert missing.json() == {"message": "No Result found for Subscriber with id 999999"}
    assert client.call("GET", "contacts/999999/contactTags").json() == missing.json()
    assert client.call("GET", "fieldValues/999999").status_code == 403
    assert client.get("users/me")["user"]["id"] == "1"
    one = client.get(f"contacts/{client.account.rows('contacts')[1]['id']}")
    assert one["contact"]["contactLists"] == [row["id"] for row in one["contactLists"]]


@pytest.mark.parametrize(
    ("path", "key", "collection"),
    [
        ("deals/{}/notes", "notes", "deals"),
        ("deals/{}/dealActivities", "dealActivities", "deals"),
        ("accounts/{}/notes", "notes", "accounts"),
        ("campaigns/{}/links", "links", "campaigns"),
        ("automations/{}/blocks", "automationBlocks", "automations"),
        ("dealTasks/{}/taskNotifications", "taskNotifications", "dealTasks"),
        ("ecomOrders/{}/orderDiscounts", "ecomOrderDiscounts", "ecomOrders"),
        ("ecomOrders/{}/orderProducts", "ecomOrderProducts", "ecomOrders"),
        ("sms/broadcasts/{}/recipients", "recipients", "smsBroadcasts"),
        ("sms/broadcasts/metrics/{}/failures", "failures", "smsBroadcasts"),
        (
            "dealCustomFieldMeta/{}/dealCustomFieldData",
            "dealCustomFieldMeta",
            "dealCustomFieldMeta",
        ),
        ("fields/{}/options", "fieldOptions", "fields"),
    ],
)
def test_children_of_other_rows_when_read(
    serve: Callable[..., Client], path: str, key: str, collection: str
) -> None:
    client = serve()
    parents = client.account.rows(collection)
    answers = [client.get(path.format(row["id"]), limit=100)[key] for row in parents]
    assert any(answers)


def test_activities_when_contact_is_missing(serve: Callable[..., Client]) -> None:
    client = serve()
    assert client.call("GET", "activities").status_code == 422
    row = client.account.rows("activities")[0]
    mine = client.get("activities", contact=row["subscriberid"])["activities"]
    assert {one["subscriberid"] for one in mine} == {row["subscriberid"]}
    later = client.get("activities", contact=row["subscriberid"], after="2030-01-01")
    assert later["activities"] == []
    whole = serve(activities_need_contact=False).get("activities", after="2024-01-01")
    assert int(whole["meta"]["total"]) > 0


def test_audiences_when_paged_and_sorted(serve: Callable[..., Client]) -> None:
    client = serve(contacts=3000)
    rows: list[Any] = []
    for page in range(1, 5):
        rows += client.get("audiences", page=page, page_size=10, sort="-updated_date")["data"]
    assert {row["id"] for row in rows} == {row["id"] for row in client.account.rows("audiences")}
    stamps = [row["attributes"]["updated_date"] for row in rows]
    assert stamps == sorted(stamps, reverse=True)


def test_whatsapp_when_paged_tells_next_and_previous(serve: Callable[..., Client]) -> None:
    client = serve(contacts=1000)
    path = "channel/whatsapp/inbox/conversation"
    first = client.get(path, page_size=20)
    last = client.get(path, page_size=20, page=2)
    assert (first["count"], first["previous"], last["next"]) == (30, None, None)
    assert "page=2" in first["next"]
    assert [*first["results"], *last["results"]] == client.account.rows("whatsappConversations")
    assert client.call("GET", path, params={"page": 3}).status_code == 404


def test_paths_when_forbidden_or_absent_by_setting(serve: Callable[..., Client]) -> None:
    client = serve(forbidden=("deals", "contacts/*/trackingLogs"), not_found=("segments",))
    denied = client.call("GET", "deals")
    assert denied.status_code == 403
    assert denied.json()["errors"][0]["detail"] == "You do not have permission to view deals."
    assert client.call("GET", "contacts/1/trackingLogs").status_code == 403
    assert client.call("GET", "segments").status_code == 404
    assert client.call("GET", "dealGroups").status_code == 200


def test_hook_when_rows_change_in_mid_scan(serve: Callable[..., Client]) -> None:
    client = serve()
    first = client.account.rows("contactTags")[0]["id"]
    seen: list[str] = []

    def delete_first(request: Any, account: Any) -> None:
        seen.append(request.path)
        if len(seen) == 2:
            account.delete("contactTags", first)

    client.sandbox.hook(delete_first)
    rows = client.pages("contactTags", "contactTags", 100)
    assert len(rows) == len({row["id"] for row in rows}) == 299  # one of 300 slipped between
    assert client.account.count("contactTags") == 299
    assert rows[0]["id"] == first
