"""Bulk delivery: batches within their limits, every contact accounted for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.api import ApiSession, ApiSettings
from target_activecampaign.delivery.imports import (
    MOST_BYTES,
    MOST_CONTACTS,
    Imports,
    RateWindow,
    batches,
    invalid_contacts,
)
from target_activecampaign.delivery.router import choose
from tests.sandbox import Sandbox
from tests.target.support import buyer, deliver, effects, order, rejects, rule, settings
from tests.target.test_segmentation import REFUND, opted_out, refund

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow

IMPORT = "import/bulk_import"


def emails(count: int) -> list[str]:
    return [f"buyer{number}@example.com" for number in range(count)]


def sent(sandbox: Sandbox, path: str = IMPORT, method: str = "POST") -> int:
    return sum(
        entry.method == method and entry.path.strip("/") == path for entry in sandbox.requests
    )


def test_five_thousand_orders_take_at_most_sixty_requests(tmp_path: Path) -> None:
    with Sandbox(contacts=100, requests_per_second=None) as sandbox:
        config = settings(sandbox, tmp_path)
        summary = deliver(config, (order(email=email) for email in emails(5000)))
        assert summary["applied"] == 5000
        assert len(sandbox.requests) <= 60
        assert sent(sandbox) == 20
        assert {entry.status for entry in sandbox.requests} <= {200, 201}
        assert buyer(sandbox, "buyer4999@example.com")["lists"] == {"Alunos": "active"}
        sandbox.clear_log()
        replayed = deliver(config, (order(email=email) for email in emails(5000)))
        assert replayed["repeated"] == 5000
        assert [entry for entry in sandbox.requests if entry.method != "GET"] == []


@pytest.mark.parametrize(
    ("mode", "contacts", "expected"),
    [("auto", 9, "direct"), ("auto", 10, "bulk"), ("bulk", 1, "bulk"), ("direct", 5000, "direct")],
)
def test_bulk_is_chosen_from_ten_contacts_on(mode: str, contacts: int, expected: str) -> None:
    assert choose(mode, contacts) == expected


def test_auto_counts_contacts_and_not_orders(sandbox: Sandbox, tmp_path: Path) -> None:
    orders = [order(email=email, order_hash=f"{email}{n}") for email in emails(9) for n in (1, 2)]
    deliver(settings(sandbox, tmp_path), orders)
    assert sent(sandbox) == 0
    deliver(settings(sandbox, tmp_path), [order(email=email) for email in emails(10)])
    assert sent(sandbox) == 1


@given(st.lists(st.integers(1, MOST_BYTES // 2), max_size=800))
def test_batches_keep_both_limits_and_lose_nobody(sizes: list[int]) -> None:
    found = batches(sizes)
    assert [index for batch in found for index in batch] == list(range(len(sizes)))
    assert all(len(batch) <= MOST_CONTACTS for batch in found)
    assert all(len(batch) == 1 or sum(sizes[i] for i in batch) < MOST_BYTES for batch in found)


def test_a_batch_is_measured_as_it_is_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    rules = rule(fields={"OBSERVACOES": "item.offer_name"})
    long_name = "ã" * 1500
    orders = [order(email=email, item__offer_name=long_name) for email in emails(60)]
    assert deliver(settings(sandbox, tmp_path, rules), orders)["applied"] == 60
    assert sent(sandbox) == 2
    bodies = [entry.body for entry in sandbox.requests if entry.path.strip("/") == IMPORT]
    assert all(len(json.dumps(body)) <= MOST_BYTES for body in bodies if body)


def test_the_rate_of_imports_is_kept() -> None:
    now = [0.0]
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    window = RateWindow(3, clock=lambda: now[0], wait=wait)
    for _ in range(7):
        window.take()
        now[0] += 1.0
    assert waits == [57.0, 57.0]


def test_one_malformed_address_among_three_hundred_is_one_reject(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    config = settings(sandbox, tmp_path)
    addresses = [*emails(299), 'quo"te@example.com']
    summary = deliver(config, [order(email=email) for email in addresses])
    assert (summary["applied"], summary["rejected"]) == (299, 1)
    assert len(rejects(config)) == 1
    assert not [entry for entry in sandbox.requests if entry.status == 400]


def test_a_contact_that_the_import_finds_invalid_is_taken_out_and_the_rest_is_sent(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    def spoil(request: Any, _account: object) -> None:
        for contact in (
            request.body["contacts"] if request.path.endswith(IMPORT) and request.body else ()
        ):
            if contact["email"] in {"buyer3@example.com", "buyer7@example.com"}:
                contact["email"] = "no address"

    sandbox.hook(spoil)
    config = settings(sandbox, tmp_path)
    summary = deliver(config, [order(email=email) for email in emails(12)])
    assert (summary["applied"], summary["rejected"], sent(sandbox)) == (10, 2, 2)
    found = {line["record"]["customer"]["email"] for line in rejects(config)}
    assert found == {"buyer3@example.com", "buyer7@example.com"}
    assert buyer(sandbox, "buyer8@example.com")["lists"] == {"Alunos": "active"}


def test_an_excluded_address_is_one_reject(sandbox: Sandbox, tmp_path: Path) -> None:
    config = settings(sandbox, tmp_path)
    sandbox.account.insert("exclusions", matchPhrase="buyer3@example.com", matchType="exact")
    summary = deliver(config, [order(email=email) for email in emails(12)])
    assert (summary["applied"], summary["rejected"]) == (11, 1)
    assert rejects(config)[0]["record"]["customer"]["email"] == "buyer3@example.com"
    assert "excluded" in rejects(config)[0]["reason"]


@pytest.mark.parametrize("fate", ["failed", "interrupted"])
def test_an_import_that_does_not_complete_is_made_good(
    sandbox: Sandbox, tmp_path: Path, fate: str
) -> None:
    sandbox.faults.next(fate)
    summary = deliver(settings(sandbox, tmp_path), [order(email=email) for email in emails(12)])
    assert summary["applied"] == 12
    for email in emails(12):
        assert buyer(sandbox, email)["lists"] == {"Alunos": "active"}


@pytest.mark.parametrize("after_effect", [False, True])
def test_an_import_whose_answer_was_lost_is_not_sent_twice(
    sandbox: Sandbox,
    tmp_path: Path,
    after_effect: bool,
) -> None:
    sandbox.faults.next("reset", IMPORT, method="POST", after_effect=after_effect)
    summary = deliver(settings(sandbox, tmp_path), [order(email=email) for email in emails(12)])
    assert (summary["applied"], sent(sandbox)) == (12, 1)
    assert all(buyer(sandbox, email)["lists"] == {"Alunos": "active"} for email in emails(12))


def test_the_import_is_told_about_automations_in_both_places(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    config = settings(sandbox, tmp_path, exclude_automations=True)
    deliver(config, [order(email=email) for email in emails(10)])
    sent_body = next(e.body for e in sandbox.requests if e.path.strip("/") == IMPORT)
    assert sent_body["exclude_automations"] is True
    assert {contact["exclude_automations"] for contact in sent_body["contacts"]} == {True}


def test_bulk_and_direct_come_to_the_same_account(tmp_path: Path) -> None:
    rules = (
        rule(automation="Boas-vindas", fields={"CPF": "customer.cpf"}),
        REFUND,
        rule("lead", event="pix_created", list="Leads", tags="pix", resubscribe=True),
        rule("pagou", list="Leads", tags="pix", action="remove"),
    )
    people = emails(14)
    orders = []
    for number, email in enumerate(people):
        code = f"H{number}"
        pix = order(email=email, order_hash=code, status="pix_created",
                    status_date="2026-03-01 10:00:00")  # fmt: skip
        paid = order(email=email, order_hash=code)
        back = refund(email=email, order_hash=code)
        again = order(email=email, order_hash=f"{code}b", status_date="2026-04-02 10:00:00")
        orders += [[pix, paid], [paid, back], [pix, paid, back, again], [paid], [back, paid]][
            number % 5
        ]
    seen = []
    for mode in ("direct", "bulk"):
        with Sandbox(contacts=30, requests_per_second=None, import_seconds=0.01) as sandbox:
            for email in people[::3]:
                opted_out(sandbox, email, list_id="1")
                sandbox.account.insert(
                    "contactTags", contact=opted_out(sandbox, f"x{email}"), tag="1"
                )
            config = settings(sandbox, tmp_path / mode, *rules, delivery=mode)
            summary = deliver(config, orders)
            seen.append((effects(sandbox, people), summary.lines()))
    assert seen[0] == seen[1]


def imports_of(sandbox: Sandbox, wait: Callable[[float], None]) -> Imports:
    session = ApiSession(ApiSettings(f"{sandbox.url}/api/3/", sandbox.token, "tests", 1000))
    return Imports(session, clock=sandbox.account.clock.time, wait=wait)


def test_an_import_that_another_program_leaves_no_room_for_waits(sandbox: Sandbox) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        sandbox.account.clock.advance(seconds)

    for _ in range(2):
        # Two programs of which neither knows of the other: 15 and 15 imports of one contact.
        imports = imports_of(sandbox, wait)
        for number in range(15):
            imports.send([{"email": f"b{number}@example.com"}])
    assert [entry.status for entry in sandbox.requests].count(200) == 30
    assert 400 in {entry.status for entry in sandbox.requests}
    assert 10.0 in waits


def test_repeats_do_not_count_for_the_choice(sandbox: Sandbox, tmp_path: Path) -> None:
    config = settings(sandbox, tmp_path)
    deliver(config, [order(email=email) for email in emails(12)])
    deliver(config, [order(email=email) for email in emails(13)])
    assert sent(sandbox) == 1


@pytest.mark.parametrize(
    ("position", "expected"),
    [(4, {3: "why"}), ("4", {3: "why"}), (0, {}), ("0", {}), (13, {}), ("-1", {}), (True, {}),
     (None, {}), ("four", {})],
)  # fmt: skip
def test_a_refusal_is_read_whatever_kind_of_number_it_names(
    position: object, expected: dict[int, str]
) -> None:
    body = {"success": 0, "failureReasons": [{"contact": position, "failureReason": "why"}]}
    assert invalid_contacts(body, 12) == expected


@pytest.mark.parametrize("body", [None, {}, [], {"failureReasons": ["Too large."]}, "text"])
def test_a_refusal_without_positions_names_no_contact(body: object) -> None:
    assert invalid_contacts(body, 12) == {}


def test_a_batch_that_is_refused_as_a_whole_is_delivered_directly(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    def spoil(request: Any, _account: object) -> None:
        if request.method == "POST" and request.path.endswith(IMPORT):
            # The sandbox finds it too large, and says so without naming a contact.
            request.raw = b" " * (MOST_BYTES + 1)
        contact = request.body.get("contact") if isinstance(request.body, dict) else None
        if isinstance(contact, dict) and contact.get("email") == "buyer3@example.com":
            contact["email"] = "no address"

    sandbox.hook(spoil)
    config = settings(sandbox, tmp_path)
    summary = deliver(config, [order(email=email) for email in emails(12)])
    assert (summary["applied"], summary["rejected"], sent(sandbox)) == (11, 1, 1)
    assert [line["record"]["customer"]["email"] for line in rejects(config)] == [
        "buyer3@example.com"
    ]
    assert buyer(sandbox, "buyer11@example.com")["lists"] == {"Alunos": "active"}


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_contact_too_large_for_an_import_goes_directly(
    sandbox: Sandbox, tmp_path: Path, is_refused: bool
) -> None:
    if is_refused:
        sandbox.faults.next("errors_list", "contact/sync")
    config = settings(sandbox, tmp_path, rule(fields={"OBSERVACOES": "item.offer_name"}))
    large = order(email="large@example.com", item__offer_name="z" * 450_000)
    summary = deliver(config, [*(order(email=email) for email in emails(12)), large])
    assert (summary["applied"], summary["rejected"]) == ((12, 1) if is_refused else (13, 0))
    assert sent(sandbox) == 1
    assert sent(sandbox, "contact/sync") == 1
    assert 400 not in {entry.status for entry in sandbox.requests}
