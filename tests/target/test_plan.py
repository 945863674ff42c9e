"""What a person would expect of each sample order, as a plan."""

from __future__ import annotations

import itertools
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from target_activecampaign.segmentation import load_rule_sets, matching_rules
from target_activecampaign.segmentation.plan import ResolvedIds, field_text, plan_for
from target_activecampaign.segmentation.steps import (
    AddTag,
    EnterAutomation,
    RemoveTag,
    SetField,
    Step,
    Subscribe,
    Unsubscribe,
    Upsert,
)
from target_activecampaign.ticto import orders_in
from tests.target.support import body, rule
from tests.target.test_orders import EXPECTED

ZONE = ZoneInfo("America/Sao_Paulo")
IDS = ResolvedIds(
    lists={"Alunos": 1, "Leads": 2, "Clube": 3},
    fields={"CPF": (1, "text"), "BOLETO": (2, "text"), "CARTAO": (3, "text")},
    automations={"Recuperar": 4},
)
REFUSED = "subscriptions.change_card_url"
RULES = load_rule_sets(
    {
        "segmentations": [
            rule("aluno", products=[7001], tags="aluno", fields={"CPF": "customer.cpf"}),
            rule("bônus", products=[7009], list=None, tags="bonus"),
            rule("clube", products=[7002], type="first_sale", list="Clube", tags="socio"),
            rule("renovou", type="renewal", list=None, tags="renovou"),
            rule("estorno", event=["refunded", "chargeback"], action="remove", tags="aluno"),
            rule(
                "carrinho",
                event="Abandono de Carrinho",
                list="Leads",
                tags="carrinho",
                automation="Recuperar",
            ),
            rule(
                "pix",
                event=["pix_created", "waiting_payment"],
                type="pix",
                list=None,
                tags="pix",
                phone_format="none",
            ),
            rule("perdeu", event="pix_expired", list=None, tags="pix", action="remove"),
            rule(
                "boleto",
                event="bank_slip_created",
                list=None,
                tags="boleto",
                fields={"BOLETO": "transaction.bank_slip_url"},
            ),
            rule(
                "recusa",
                event="refused",
                type="renewal",
                list=None,
                tags="cartao",
                fields={"CARTAO": REFUSED},
            ),
            rule(
                "saiu",
                event=["subscription_canceled", "close"],
                action="remove",
                list="Clube",
                tags="socio",
            ),
            rule("voltou", event="uncanceled", list="Clube", tags="socio"),
        ]
    }
)[0].rules
PHONE = "+5521998887777"
CPF = ((1, "52998224725"),)
PAID = (Upsert("Beatriz", "Exemplo Nunes", PHONE, CPF), Subscribe(1), AddTag("aluno"))
BUYER = Upsert("Beatriz", "Exemplo Nunes", PHONE)
UNDO = (RemoveTag("aluno"), Unsubscribe(1))
CART = (BUYER, Subscribe(2), AddTag("carrinho"), EnterAutomation(4, creates=True))
OUT = (RemoveTag("socio"), Unsubscribe(3))
BOLETO = (2, "https://example.com/boleto/EX")
CARTAO = (3, "https://example.com/card/EX")
PLANS: dict[str, tuple[Step, ...]] = {
    "v2_authorized": PAID,
    "v2_authorized_pix": PAID,
    "v2_authorized_company_landline": (
        Upsert("Empresa", "Exemplo Ltda", "+551130000000"), Subscribe(1), AddTag("aluno"),
    ),
    "v2_authorized_foreign": (
        Upsert("Hana", "Example", "+8107011112222"), Subscribe(1), AddTag("aluno"),
    ),
    "v2_authorized_no_phone": (
        Upsert("Beatriz", "Exemplo Nunes", None, CPF), Subscribe(1), AddTag("aluno"),
    ),
    "v2_first_charge": (BUYER, Subscribe(3), AddTag("socio")),
    "v2_renewal": (BUYER, AddTag("renovou")),
    "v2_bump": (BUYER, AddTag("bonus")),
    "v2_item_list": PAID,
    "v2_refunded": UNDO,
    "v2_chargeback": UNDO,
    "v2_pix_created": (Upsert("Beatriz", "Exemplo Nunes"), AddTag("pix")),
    "v2_waiting_payment_pix": (Upsert("Beatriz", "Exemplo Nunes"), AddTag("pix")),
    "v2_pix_expired": (RemoveTag("pix"),),
    "v2_bank_slip_created": (
        Upsert("Beatriz", "Exemplo Nunes", PHONE, (BOLETO,)), AddTag("boleto"),
    ),
    "v2_refused_renewal": (Upsert("Beatriz", "Exemplo Nunes", PHONE, (CARTAO,)), AddTag("cartao")),
    "v2_subscription_canceled": OUT,
    "v2_close": OUT,
    "v2_uncanceled": (BUYER, Subscribe(3), AddTag("socio")),
    "v2_abandoned_cart_flat": CART,
    "v2_abandoned_cart_nested": CART,
    "v1_authorized_pix": PAID,
    "v1_refunded": UNDO,
    "flat_paid": (BUYER, Subscribe(1), AddTag("aluno")),
    "flat_billet_printed": (Upsert("Beatriz", "Exemplo Nunes", PHONE, (BOLETO,)), AddTag("boleto")),
    "flat_abandoned_cart": CART,
    "api_authorized": PAID,
    "api_refunded": UNDO,
    "api_delayed_pix": (RemoveTag("pix"),),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_the_plan_of_each_sample(name: str) -> None:
    made = next(orders_in(body(name), ZONE))
    plan = plan_for(made, matching_rules(RULES, made), IDS, ZONE)
    assert plan.steps == PLANS.get(name, ())
    assert plan.email == made.email


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        (None, "text", None),
        ("  ", "text", None),
        ("x ", "text", "x"),
        (14990, "number", "14990"),
        (12.5, "number", "12.5"),
        (1234567.89, "number", "1234567.89"),
        (3.0, "number", "3"),
        (True, "text", "true"),
        ({"a": 1}, "text", None),
        ([], "text", None),
        (["a", None, 2], "text", "a, 2"),
        (["a", "b"], "listbox", "||a||b||"),
        ("a", "checkbox", "||a||"),
        ("2026-03-02 23:30:00", "date", "2026-03-02"),
        ("02/03/2026 23:30:00", "date", "2026-03-02"),
        ("2026-03-02 23:30:00", "datetime", "2026-03-02T23:30:00-03:00"),
        ("soon", "date", "soon"),
    ],
    ids=itertools.count(),
)
def test_values_are_written_as_the_field_takes_them(
    value: Any, kind: str, written: str | None
) -> None:
    assert field_text(value, kind, ZONE) == written


def test_steps_show_nothing_of_the_buyer() -> None:
    shown = repr((*PAID, SetField(1, "52998224725")))
    assert "Beatriz" not in shown
    assert "99888" not in shown
    assert "529982" not in shown
