from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.test_sandbox.client import Client


def _sync(client: Client, **contact: Any) -> Any:
    return client.post("contact/sync", {"contact": contact})


def test_sync_when_the_address_is_new_or_known(serve: Callable[..., Client]) -> None:
    client = serve()
    values = [{"field": "1", "value": "000.000.001-91"}]
    created = _sync(client, email="Nova@Example.com", firstName="Nova", fieldValues=values)
    assert created.status_code == 201
    contact = created.json()["contact"]
    assert (contact["email"], contact["orgid"], contact["email_empty"]) == (
        "nova@example.com",
        "",
        False,
    )
    assert created.json()["fieldValues"][0]["value"] == "000.000.001-91"
    client.account.clock.advance(60)
    updated = _sync(client, email="nova@example.com", phone="+5511900000001")
    assert updated.status_code == 200
    row = client.account.row("contacts", contact["id"])
    assert (row["firstName"], row["phone"]) == ("Nova", "+5511900000001")
    assert row["cdate"] == contact["cdate"]
    assert row["udate"] > contact["udate"]
    assert row["udate"][:19].replace("T", " ") == row["updated_timestamp"]
    assert client.account.count("contacts") == 201
    again = client.get("contacts", email="NOVA@example.com")["contacts"]
    assert [one["id"] for one in again] == [contact["id"]]


def test_sync_when_it_changes_a_seeded_contact_keeps_what_is_not_sent(
    serve: Callable[..., Client],
) -> None:
    client = serve()
    before = client.account.rows("contacts")[8]
    assert _sync(client, email=before["email"], lastName="Nova").status_code == 200
    after = client.account.row("contacts", before["id"])
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"lastName", "udate", "updated_timestamp", "updated_utc_timestamp"}
    assert after["lastName"] == "Nova"


@pytest.mark.parametrize(
    ("contact", "status", "code"),
    [
        ({}, 400, None),
        ({"email": ""}, 400, None),
        ({"email": "sem-arroba"}, 422, "email_invalid"),
        ({"email": "a@b"}, 422, "email_invalid"),
        ({"email": "a b@example.com"}, 422, "email_invalid"),
        ({"email": "@example.com"}, 422, "email_invalid"),
    ],
)
def test_sync_when_the_address_is_missing_or_invalid(
    serve: Callable[..., Client], contact: dict[str, str], status: int, code: str | None
) -> None:
    client = serve()
    answer = client.post("contact/sync", {"contact": contact})
    assert answer.status_code == status
    assert answer.json()["errors"][0].get("code") == code
    assert client.account.count("contacts") == 200


def test_contacts_when_created_changed_and_deleted(serve: Callable[..., Client]) -> None:
    client = serve()
    known = client.account.rows("contacts")[0]["email"]
    taken = client.post("contacts", {"contact": {"email": known}})
    assert (taken.status_code, taken.json()["errors"][0]["code"]) == (422, "duplicate")
    created = client.post("contacts", {"contact": {"email": "nova@example.com"}})
    assert created.status_code == 201
    assert set(created.json()["contact"]) == {
        "email", "cdate", "udate", "orgid", "links", "id", "organization",
    }  # fmt: skip
    contact_id = created.json()["contact"]["id"]
    path = f"contacts/{contact_id}"
    changed = client.call("PUT", path, {"contact": {"email": "outra@example.com"}})
    assert changed.json()["contact"]["email"] == "outra@example.com"
    assert client.get("contacts", email="nova@example.com")["contacts"] == []
    assert client.call("PUT", path, {"contact": {"email": known}}).status_code == 422
    client.post("contactTags", {"contactTag": {"contact": contact_id, "tag": "1"}})
    links = client.account.count("contactTags")
    assert client.call("DELETE", path).json() == {}
    assert client.call("DELETE", path).status_code == 404
    assert client.account.count("contactTags") == links - 1


def test_memberships_when_set_twice_are_updated_in_place(serve: Callable[..., Client]) -> None:
    client = serve()
    contact = client.account.insert("contacts", email="nova@example.com")
    before = client.account.count("contactLists")

    def subscribe(status: Any, **more: Any) -> Any:
        entry = {"list": 2, "contact": contact, "status": status, **more}
        return client.post("contactLists", {"contactList": entry})

    first = subscribe(1)
    assert first.status_code == 200
    assert first.json()["contactList"]["status"] == 1  # the request's type
    client.account.clock.advance(5)
    second = subscribe("2")
    row = client.account.row("contactLists", first.json()["contactList"]["id"])
    assert second.json()["contactList"]["id"] == row["id"]
    assert (row["status"], row["list"]) == ("2", "2")
    assert row["udate"] > row["sdate"]
    assert client.account.count("contactLists") == before + 1
    assert subscribe(4).status_code == 422
    assert subscribe("x").status_code == 422
    unknown = {"contactList": {"list": 99, "contact": contact, "status": 1}}
    assert (client.post("contactLists", unknown).status_code) == 400
    assert [
        row["id"] for row in client.get(f"contacts/{contact}/contactLists")["contactLists"]
    ] == [row["id"]]


def test_tag_links_when_repeated_keep_their_id(serve: Callable[..., Client]) -> None:
    client = serve()
    contact = client.account.insert("contacts", email="nova@example.com")
    body = {"contactTag": {"contact": contact, "tag": 3}}
    first, second = client.post("contactTags", body), client.post("contactTags", body)
    assert (first.status_code, second.status_code) == (201, 200)
    link = first.json()["contactTag"]["id"]
    assert second.json()["contactTag"]["id"] == link
    assert client.call("DELETE", f"contactTags/{link}").json() == {}
    gone = client.call("DELETE", f"contactTags/{link}")
    assert gone.status_code == 404
    assert gone.json() == {"message": f"No Result found for SubscriberTag with id {link}"}


@pytest.mark.parametrize(
    ("link", "status"),
    [
        ({"tag": "1"}, 422),
        ({"contact": "1"}, 422),
        ({"contact": "999999", "tag": "1"}, 404),
        ({"contact": "1", "tag": "999999"}, 404),
    ],
)
def test_tag_links_when_wrong_are_refused(
    serve: Callable[..., Client], link: dict[str, str], status: int
) -> None:
    assert serve().post("contactTags", {"contactTag": link}).status_code == status


def test_tags_when_created_twice(serve: Callable[..., Client]) -> None:
    body = {"tag": {"tag": "Comprou Tudo", "tagType": "contact"}}
    same = {"tag": {"tag": "COMPROU TUDO", "tagType": "contact"}}
    client = serve()
    assert client.post("tags", body).status_code == 201
    repeated = client.post("tags", same)
    assert repeated.status_code == 422
    assert "Duplicate entry 'contact-COMPROU TUDO'" in repeated.json()["error"]
    lenient = serve(duplicate_tag="existing")
    first = lenient.post("tags", body).json()["tag"]["id"]
    second = lenient.post("tags", same)
    assert (second.status_code, second.json()["tag"]["id"]) == (200, first)


def test_tags_when_created_without_a_type_are_hidden(serve: Callable[..., Client]) -> None:
    client = serve()
    created = client.post("tags", {"tag": {"tag": "Invisível"}})
    assert created.status_code == 201
    assert client.get("tags", search="Invis")["tags"] == []
    assert client.get(f"tags/{created.json()['tag']['id']}")["tag"]["tag"] == "Invisível"


def test_field_values_when_set_move_the_contact_too(serve: Callable[..., Client]) -> None:
    client = serve()
    contact = client.account.rows("contacts")[0]
    body = {"fieldValue": {"contact": int(contact["id"]), "field": 2, "value": "https://x.example"}}
    first, second = client.post("fieldValues", body), client.post("fieldValues", body)
    assert first.status_code == 200
    value = first.json()["fieldValue"]
    assert (value["contact"], value["field"]) == (int(contact["id"]), 2)
    assert second.json()["fieldValue"]["id"] == value["id"]
    stored = client.account.row("fieldValues", value["id"])
    assert (stored["contact"], stored["field"]) == (contact["id"], "2")
    assert client.account.row("contacts", contact["id"])["udate"] != contact["udate"]
    assert (
        client.post("fieldValues", {"fieldValue": {"contact": 1, "field": 99}}).status_code == 422
    )
    assert (
        client.post(
            "fieldValues", {"fieldValue": {"contact": 0, "field": 1, "value": "x"}}
        ).status_code
        == 403
    )
    assert client.call("PUT", "fieldValues/999999", body).status_code == 400


def test_automations_when_entered_twice_keep_an_entry_per_call(
    serve: Callable[..., Client],
) -> None:
    client = serve()
    contact = client.account.insert("contacts", email="nova@example.com")
    body = {"contactAutomation": {"contact": contact, "automation": "1"}}
    first, second = (client.post("contactAutomations", body) for _ in range(2))
    assert first.status_code == second.status_code == 201
    entries = client.get(f"contacts/{contact}/contactAutomations")["contactAutomations"]
    assert len(entries) == 2
    counts = client.get(f"contacts/{contact}/automationEntryCounts")["automationEntryCounts"]
    assert [(row["id"], row["contactEntryCount"]) for row in counts] == [("1", "2")]
    refused = client.post("contactAutomations", {"contactAutomation": {"contact": contact}})
    assert (refused.status_code, refused.json()["message"]) == (
        403,
        "Could not create SubscriberSeries",
    )
    assert client.call("DELETE", f"contactAutomations/{entries[0]['id']}").status_code == 200


def test_tables_when_written(serve: Callable[..., Client]) -> None:
    client = serve()
    created = client.post("fields", {"field": {"title": "Turma atual", "type": "dropdown"}})
    field = created.json()["field"]
    assert (created.status_code, field["perstag"]) == (201, "TURMA_ATUAL")
    again = client.post("fields", {"field": {"title": "Turma atual", "type": "text"}})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "duplicate")
    rel = client.post("fieldRels", {"fieldRel": {"field": field["id"], "relid": 0}})
    assert rel.json()["fieldRel"]["relid"] == 0
    options = [{"orderid": 1, "value": "A", "label": "A", "isdefault": False, "field": field["id"]}]
    assert client.post("fieldOption/bulk", {"fieldOptions": options}).status_code == 201
    wrong = client.post("fieldOption/bulk", {})
    assert wrong.status_code == 422
    assert isinstance(wrong.json()["errors"], str)
    listed = client.get(f"fields/{field['id']}")
    assert (len(listed["fieldOptions"]), len(listed["fieldRels"])) == (1, 1)
    body = {"name": "Turma B", "stringid": "turma-b", "sender_url": "x", "sender_reminder": "y"}
    made = client.post("lists", {"list": body})
    assert (made.status_code, client.account.row("lists", made.json()["list"]["id"])["name"]) == (
        200,
        "Turma B",
    )
    note = {"note": {"note": "Oi", "relid": 1, "reltype": "Subscriber"}}
    written = client.post("notes", note)
    assert (written.status_code, written.json()["note"]["owner"]) == (
        201,
        {"type": "contact", "id": 1},
    )
    assert client.post("notes", {"note": {}}).status_code == 400
