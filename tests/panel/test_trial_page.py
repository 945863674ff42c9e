from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from target_activecampaign.events.ledger import Ledger
from target_activecampaign.panel.rule_edits import Update
from target_activecampaign.panel.trial import TrialError, try_record
from tests.inbox.samples import postback
from tests.panel.served import ServedPanel, Visitor, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

pytestmark = pytest.mark.slow

FORM: dict[str, Any] = {
    "title": "Boleto",
    "event": ["bank_slip_created"],
    "list": ["Leads"],
    "tags": ["boleto"],
    "keep_if_still_earned": "yes",
}
HTMX = {"HX-Request": "true"}


def tried(visitor: Visitor, body: dict[str, Any] | str) -> str:
    pasted = body if isinstance(body, str) else json.dumps(body)
    return text_of(visitor.post("/trial", {"pasted": pasted}, page="/trial"))


def test_a_trial_shows_what_fires_what_it_does_and_why_others_do_not(visitor: Visitor) -> None:
    page = tried(visitor, postback(1))
    assert "1 rule fires" in page
    assert "Compra aprovada Create or update the contact: first name, last name, phone" in page
    assert "Put on the list “Alunos” Give the tag “cliente_vip”" in page
    assert "Pix gerado the event is authorized" in page
    assert "Clube / Renovou it is not of the type renewal" in page


def test_a_received_order_can_be_tried(panel: ServedPanel, visitor: Visitor) -> None:
    (postback_id,) = panel.receive(postback(1, status="pix_created"))
    page = text_of(visitor.get(f"/trial?order={postback_id}"))
    assert "Give the tag “pix_gerado”" in page
    assert "There is no such order" in text_of(visitor.get("/trial?order=99"))


def test_nothing_is_asked_of_the_account_and_nothing_is_written(
    panel: ServedPanel, visitor: Visitor, sandbox: Sandbox
) -> None:
    sandbox.clear_log()
    tried(visitor, postback(1))
    assert sandbox.requests == []
    assert not panel.target_data.exists()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{", "This is not JSON: look at line 1."),
        ("[]", "This is not an object in braces."),
        ("", "Choose an order, or paste one."),
        ('{"status": "authorized"}', "The record has a status, but no buyer"),
        (json.dumps(postback(1, status="nonsense")), "a status that is not known"),
    ],
)
def test_what_is_no_order_says_so(visitor: Visitor, body: str, told: str) -> None:
    assert told in tried(visitor, body)


def test_a_rule_is_tried_before_it_is_saved(panel: ServedPanel, visitor: Visitor) -> None:
    (postback_id,) = panel.receive(postback(1, status="bank_slip_created"))
    before = panel.rules()
    path = "/segmentations/try?integration=&title="
    fields = {**FORM, "order": str(postback_id)}
    page = visitor.post(path, fields, page="/segmentations/new?integration=", **HTMX)
    assert "<html" not in page.text
    assert "This rule fires." in page.text
    assert "Give the tag “boleto”" in page.text
    fields["event"] = ["refunded"]
    page = visitor.post(path, fields, page="/segmentations/new?integration=", **HTMX)
    assert "This rule does not fire." in page.text
    assert "the event is bank_slip_created" in page.text
    assert panel.rules() == before


def test_a_changed_rule_is_tried_as_it_would_be(panel: ServedPanel, visitor: Visitor) -> None:
    (postback_id,) = panel.receive(postback(1))
    path = "/segmentations/try?integration=&title=Compra+aprovada"
    fields = {**FORM, "title": "Compra", "event": ["authorized"], "order": str(postback_id)}
    page = visitor.post(path, fields, page="/segmentations", **HTMX)
    assert "Give the tag “boleto”" in page.text
    assert "cliente_vip" not in page.text


def test_a_rule_that_does_not_hold_is_told_when_it_is_tried(
    panel: ServedPanel, visitor: Visitor
) -> None:
    (postback_id,) = panel.receive(postback(1))
    fields = {"title": "X", "event": ["authorized"], "order": str(postback_id)}
    page = visitor.post(
        "/segmentations/try?integration=", fields, page="/segmentations/new?integration=", **HTMX
    )
    assert "a rule needs at least one of them" in page.text


def test_a_trial_works_without_an_account(tmp_path: Path) -> None:
    rules = "segmentations:\n  - {title: A, event: authorized, tags: a}\n"
    with ServedPanel(tmp_path / "none", rules=rules) as panel:
        assert "Give the tag “a”" in tried(Visitor(panel), postback(1))


def test_without_rules_a_trial_says_so(tmp_path: Path) -> None:
    with ServedPanel(tmp_path / "none") as panel:
        assert "There are no active rules" in tried(Visitor(panel), postback(1))


def test_a_ledger_that_cannot_be_read_is_told(panel: ServedPanel) -> None:
    panel.target_data.mkdir()
    (panel.target_data / "ledger.db").write_bytes(b"no database" * 100)
    with pytest.raises(TrialError, match="ledger"):
        try_record(panel.panel.workspace.target, postback(1))


def test_an_edit_is_tried_on_a_copy(panel: ServedPanel) -> None:
    target = panel.panel.workspace.target
    (result,) = try_record(target, postback(1), Update(("segmentations",), 0, {"tags": "changed"}))
    assert {"add_tag": "changed"} in result.plans[0].steps
    (result,) = try_record(target, postback(1))
    assert {"add_tag": "cliente_vip"} in result.plans[0].steps
    assert Ledger is not None
