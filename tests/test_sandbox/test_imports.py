from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.test_sandbox.client import Client


def _queue(client: Client, *contacts: Any) -> Any:
    return client.post("import/bulk_import", {"contacts": list(contacts)})


def _info(client: Client, batch: str) -> Any:
    return client.get("import/info", batchId=batch)


def test_batch_when_queued_is_carried_out_later(serve: Callable[..., Client]) -> None:
    client = serve()
    contact = {
        "email": "Nova@example.com",
        "first_name": "Nova",
        "tags": ["CLIENTE_VIP", "tag nova"],
        "fields": [{"id": 1, "value": "000.000.001-91"}],
        "subscribe": [{"listid": "1"}],
        "unknown": "dropped",
    }
    queued = _queue(client, contact, {"email": "outra@example.com"}).json()
    assert (queued["Success"], queued["queued_contacts"]) == (1, 2)
    assert _info(client, queued["batchId"]) == {"status": False, "success": [], "failure": []}
    assert client.account.count("contacts") == 200
    assert client.get("import/bulk_import")["outstanding"][0]["contacts"] == "2"
    assert _info(client, queued["batchId"])["status"] in ("waiting", "active")
    client.account.clock.advance(2)
    done = _info(client, queued["batchId"])
    assert (done["status"], len(done["success"]), done["failure"]) == ("completed", 2, [])
    assert client.get("import/bulk_import")["outstanding"] == []
    summary = client.control("contacts/nova@example.com")
    assert summary["lists"] == {"Alunos": "active"}
    assert summary["tags"] == ["cliente_vip", "tag nova"]
    assert summary["fields"] == {"CPF": "000.000.001-91"}
    assert summary["contact"]["firstName"] == "Nova"


def test_batch_when_it_repeats_changes_nothing_twice(serve: Callable[..., Client]) -> None:
    client = serve(import_seconds=0)
    contact = {"email": "nova@example.com", "tags": ["x1"], "subscribe": [{"listid": 1}]}
    for _ in range(2):
        _queue(client, contact, {"email": "outra@example.com"})
    counts = [client.account.count(name) for name in ("contacts", "tags")]
    assert counts == [202, client.account.count("tags")]
    assert len(client.control("contacts/nova@example.com")["tags"]) == 1


def test_contacts_when_refused_appear_as_failures(serve: Callable[..., Client]) -> None:
    client = serve(import_seconds=0)
    account = client.account
    excluded = next(row for row in account.rows("exclusions") if row["matchType"] == "exact")
    account.insert("contacts", email="devolvida@example.com", bounced_hard="1")
    left = account.insert("contacts", email="saiu@example.com")
    account.insert("contactLists", contact=left, list="1", status="2")
    batch = _queue(
        client,
        {"email": excluded["matchPhrase"]},
        {"email": "devolvida@example.com"},
        {"email": "saiu@example.com", "first_name": "Volta", "subscribe": [{"listid": 1}]},
        {"email": "nova@example.com", "subscribe": [{"listid": 1}]},
        {"email": "saiu@example.com", "unsubscribe": [{"listid": 2}]},
    ).json()["batchId"]
    account.clock.advance(2)
    done = _info(client, batch)
    assert done["failure"] == [
        excluded["matchPhrase"],
        "devolvida@example.com",
        "saiu@example.com",
    ]
    assert len(done["success"]) == 2
    assert account.row("contacts", left)["firstName"] != "Volta"
    assert client.control("contacts/saiu@example.com")["lists"] == {"Alunos": "unsubscribed"}


@pytest.mark.parametrize(
    ("faulty", "reason"),
    [
        ({}, "Field 'email' not found"),
        ({"email": "a@b"}, "Field 'email' incorrect format"),
        ({"email": "a,b@example.com"}, "Field 'email' incorrect format"),
        (
            {"email": "a@example.com", "fields": [{"id": "1", "value": "x"}]},
            "Field 'fields' incorrect format",
        ),
        ({"email": "a@example.com", "subscribe": [{}]}, "Field 'subscribe' incorrect format"),
        ({"email": "a@example.com", "tags": "x"}, "Field 'tags' incorrect format"),
    ],
)
def test_batch_when_one_contact_is_malformed_is_refused_whole(
    serve: Callable[..., Client], faulty: dict[str, Any], reason: str
) -> None:
    client = serve(import_seconds=0)
    answer = _queue(client, {"email": "boa@example.com"}, faulty)
    assert answer.status_code == 400
    assert answer.json()["success"] == 0
    assert answer.json()["failureReasons"] == [{"contact": 2, "failureReason": reason}]
    assert client.account.count("contacts") == 200


def test_batch_when_too_large_or_empty_is_refused(serve: Callable[..., Client]) -> None:
    client = serve()
    many = [{"email": f"c{at}@example.com"} for at in range(251)]
    assert _queue(client, *many).status_code == 400
    assert _queue(client, *many[:250]).status_code == 200
    assert _queue(client).status_code == 400
    heavy = [{"email": f"c{at}@example.com", "first_name": "x" * 2000} for at in range(240)]
    assert _queue(client, *heavy).status_code == 400


@pytest.mark.parametrize(("size", "most"), [(1, 20), (2, 100)])
def test_imports_when_too_many_in_a_minute_are_400(
    serve: Callable[..., Client], size: int, most: int
) -> None:
    client = serve()
    contacts = [{"email": f"c{at}@example.com"} for at in range(size)]
    statuses = [_queue(client, *contacts).status_code for _ in range(most + 1)]
    assert statuses == [200] * most + [400]
    refused = _queue(client, *contacts).json()
    assert refused["message"] == "Rate limit exceeded."
    assert isinstance(refused["failureReasons"][0], str)
    client.account.clock.advance(61)
    assert _queue(client, *contacts).status_code == 200


@pytest.mark.parametrize(
    ("fate", "status", "created"), [("failed", "failed", 0), ("interrupted", "interrupted", 1)]
)
def test_batch_when_it_goes_wrong(
    serve: Callable[..., Client], fate: str, status: str, created: int
) -> None:
    client = serve(import_seconds=0)
    client.sandbox.faults.next(fate)
    batch = _queue(client, {"email": "a@example.com"}, {"email": "b@example.com"}).json()["batchId"]
    client.account.clock.advance(2)
    assert _info(client, batch)["status"] == status
    assert client.account.count("contacts") == 200 + created


def test_batch_when_stuck_never_ends(serve: Callable[..., Client]) -> None:
    client = serve(import_seconds=0)
    client.sandbox.faults.next("stuck")
    batch = _queue(client, {"email": "a@example.com"}, {"email": "b@example.com"}).json()["batchId"]
    client.account.clock.advance(10_000)
    assert _info(client, batch)["status"] == "active"
    assert client.account.count("contacts") == 200


def test_polls_when_counted_decide_in_place_of_time(serve: Callable[..., Client]) -> None:
    client = serve(import_polls=3)
    batch = _queue(client, {"email": "a@example.com"}, {"email": "b@example.com"}).json()["batchId"]
    statuses = [_info(client, batch)["status"] for _ in range(3)]
    assert statuses == [False, "active", "completed"]


def test_info_when_the_batch_is_missing_or_unknown(serve: Callable[..., Client]) -> None:
    client = serve()
    missing = client.call("GET", "import/info")
    assert missing.status_code == 400
    assert missing.json() == {"success": 0, "message": "'batchId' is a required field."}
    assert client.call("GET", "import/info?batchId=x").status_code == 404
