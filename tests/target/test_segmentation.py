"""Each clause of what a rule does, by both ways of delivery."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from target_activecampaign.run.summary import OUTCOMES
from tests.sandbox import Sandbox
from tests.target.support import body, buyer, deliver, order, rejects, rule, settings, written

if TYPE_CHECKING:
    from pathlib import Path

ANA = "ana@example.com"
REFUND = rule("estorno", event=["refunded", "chargeback"], action="remove", tags="vip")


def refund(**changes: Any) -> dict[str, Any]:
    return order(status="refunded", status_date="2026-03-05 08:00:00", **changes)


def opted_out(sandbox: Sandbox, email: str = ANA, list_id: str = "1", status: str = "2") -> str:
    """Insert a contact that has long left a list by its own will."""
    contact = sandbox.account.insert(
        "contacts",
        email=email,
        cdate="2024-01-05T10:00:00-06:00",
        udate="2024-01-06T10:00:00-06:00",
    )
    sandbox.account.insert("contactLists", contact=contact, list=list_id, status=status)
    return contact


def test_add_creates_subscribes_and_tags(sandbox: Sandbox, tmp_path: Path, delivery: str) -> None:
    config = settings(sandbox, tmp_path, delivery=delivery)
    deliver(config, [order(customer__email=" ANA@Example.com ")])
    seen = buyer(sandbox, ANA)
    assert seen["contact"]["firstName"] == "Ana"
    assert seen["contact"]["lastName"] == "Exemplo Lima"
    assert seen["contact"]["phone"] == "+5521998887777"
    assert seen["lists"] == {"Alunos": "active"}
    assert sorted(seen["tags"]) == ["comprou_x", "vip"]


def test_add_updates_a_known_contact_and_keeps_what_is_not_sent(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    sandbox.account.insert("contacts", email=ANA, firstName="Antiga", lastName="Lima", phone="123")
    nameless = order(customer__name="Nova", customer__phone=None)
    deliver(settings(sandbox, tmp_path, delivery=delivery), [nameless])
    contact = buyer(sandbox, ANA)["contact"]
    assert (contact["firstName"], contact["lastName"], contact["phone"]) == ("Nova", "Lima", "123")


def test_add_leaves_someone_off_who_has_unsubscribed(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    opted_out(sandbox)
    config = settings(sandbox, tmp_path, delivery=delivery)
    summary = deliver(config, [order()])
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "unsubscribed"}
    assert sorted(buyer(sandbox, ANA)["tags"]) == ["comprou_x", "vip"]
    # What was not done is counted apart.
    assert (summary["applied"], summary["left_list"], rejects(config)) == (0, 1, [])
    assert any("tagged, not subscribed: has left the list" in line for line in summary.lines())


def test_add_subscribes_again_with_resubscribe(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    opted_out(sandbox)
    deliver(settings(sandbox, tmp_path, rule(resubscribe=True), delivery=delivery), [order()])
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "active"}


def test_remove_takes_tags_off_and_unsubscribes(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    config = settings(sandbox, tmp_path, rule(), REFUND, delivery=delivery)
    deliver(config, [order()])
    deliver(config, [refund()])
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "unsubscribed"}
    assert buyer(sandbox, ANA)["tags"] == ["comprou_x"]


def test_remove_creates_nobody(sandbox: Sandbox, tmp_path: Path, delivery: str) -> None:
    summary = deliver(settings(sandbox, tmp_path, REFUND, delivery=delivery), [refund()])
    assert buyer(sandbox, ANA) == {}
    assert written(sandbox) == []
    assert summary["applied"] == 1


@pytest.mark.parametrize("status", ["2", "3"])
def test_remove_leaves_a_contact_that_is_not_on_the_list_as_it_is(
    sandbox: Sandbox, tmp_path: Path, status: str, delivery: str
) -> None:
    opted_out(sandbox, status=status)
    before = buyer(sandbox, ANA)["lists"]
    deliver(settings(sandbox, tmp_path, REFUND, delivery=delivery), [refund()])
    assert buyer(sandbox, ANA)["lists"] == before
    assert written(sandbox) == []


def test_a_buyer_who_was_refunded_and_buys_again_is_back_on_the_list(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    config = settings(sandbox, tmp_path, rule(), REFUND, delivery=delivery)
    deliver(config, [order()])
    deliver(config, [refund()])
    deliver(config, [order(order_hash="TOC-2", status_date="2026-04-01 10:00:00")])
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "active"}


def test_a_buyer_who_is_refunded_and_buys_again_in_one_drain_is_back_on_the_list(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    config = settings(sandbox, tmp_path, rule(), REFUND, delivery=delivery)
    again = order(order_hash="TOC-2", status_date="2026-04-01 10:00:00")
    deliver(config, [order(), refund(), again])
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "active"}
    assert sorted(buyer(sandbox, ANA)["tags"]) == ["comprou_x", "vip"]


def test_an_opt_out_stays_when_a_refund_and_a_new_order_follow(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    opted_out(sandbox)
    config = settings(sandbox, tmp_path, rule(), REFUND, delivery=delivery)
    again = order(order_hash="TOC-2", status_date="2026-04-01 10:00:00")
    deliver(config, [refund(), again])
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "unsubscribed"}


def test_tags_are_one_without_regard_to_case(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    rules = rule(tags=" VIP ; vip;Cliente_VIP; ;novo, com vírgula"), rule("b", tags=["vip"])
    before = sandbox.account.count("tags")
    deliver(settings(sandbox, tmp_path, *rules, delivery=delivery), [order()])
    # cliente_vip exists in the account, and keeps its spelling.
    assert sorted(buyer(sandbox, ANA)["tags"]) == ["VIP", "cliente_vip", "novo, com vírgula"]
    assert sandbox.account.count("tags") == before + 2


def test_every_matching_rule_runs_in_the_order_written(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    rules = (
        rule("a", tags="um", list="Leads"),
        rule("b", tags="um;dois", list="Leads", action="remove"),
        rule("c", tags="tres", list=["Newsletter", "4"]),
    )
    summary = deliver(settings(sandbox, tmp_path, *rules, delivery=delivery), [order()])
    seen = buyer(sandbox, ANA)
    assert seen["tags"] == ["tres"]
    assert seen["lists"] == {
        "Leads": "unsubscribed", "Newsletter": "active", "Clientes VIP": "active",
    }  # fmt: skip
    assert [summary.of_rule(title)["applied"] for title in "abc"] == [1, 1, 1]


def test_fields_are_written_by_perstag_title_or_id_and_never_blanked(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    fields = {row["perstag"]: row for row in sandbox.account.rows("fields")}
    rules = rule(
        fields={
            "%CPF%": "customer.cpf",
            fields["LINK_BOLETO"]["title"]: "transaction.bank_slip_url",
            fields["ULTIMA_COMPRA"]["id"]: "status_date",
            "DATA_DE_NASCIMENTO": "order.order_date",
            "INTERESSES": "item.product_name",
            "PONTOS": "item.amount",
        }
    )
    config = settings(sandbox, tmp_path, rules, delivery=delivery)
    deliver(config, [order()])
    expected = {
        "CPF": "52998224725",
        "ULTIMA_COMPRA": "2026-03-02T10:00:00-03:00",
        "DATA_DE_NASCIMENTO": "2026-03-02",
        "INTERESSES": "||Oficina Exemplo||",
        "PONTOS": "14990",
    }
    assert buyer(sandbox, ANA)["fields"] == expected
    without_cpf = order(order_hash="TOC-2", status_date="2026-03-02 10:00:00", customer__cpf=None)
    deliver(config, [without_cpf])
    assert buyer(sandbox, ANA)["fields"] == expected


def test_a_removal_writes_fields_of_a_contact_that_exists(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    rules = rule(), {**REFUND, "fields": {"ORIGEM": "status"}}
    config = settings(sandbox, tmp_path, *rules, delivery=delivery)
    deliver(config, [order(), refund(), refund(email="nobody@example.com")])
    assert buyer(sandbox, ANA)["fields"] == {"ORIGEM": "refunded"}
    assert buyer(sandbox, "nobody@example.com") == {}


def test_the_contact_enters_automations(sandbox: Sandbox, tmp_path: Path, delivery: str) -> None:
    rules = rule(automation=["Boas-vindas", "2"]), rule("b", automation="Boas-vindas")
    deliver(settings(sandbox, tmp_path, *rules, delivery=delivery), [order()])
    assert sorted(buyer(sandbox, ANA)["automations"]) == ["Boas-vindas", "Recuperar carrinho"]


def test_each_order_enters_the_automation(sandbox: Sandbox, tmp_path: Path, delivery: str) -> None:
    config = settings(sandbox, tmp_path, rule(automation="Boas-vindas"), delivery=delivery)
    deliver(config, [order(), order(order_hash="TOC-2"), order()])
    assert buyer(sandbox, ANA)["automations"] == ["Boas-vindas"] * 2


def test_one_record_is_one_item_and_a_bump_fires_its_own_rules(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    rules = (
        rule("main", products=[7001], tags="main", list=None),
        rule("bump", offers=["oex00009"], tags="bump", list=None),
    )
    config = settings(sandbox, tmp_path, *rules, delivery=delivery)
    deliver(config, [body("v2_authorized")])
    assert buyer(sandbox, "beatriz.exemplo@example.com")["tags"] == ["main"]
    deliver(config, [body("v2_bump")])
    assert sorted(buyer(sandbox, "beatriz.exemplo@example.com")["tags"]) == ["bump", "main"]


def test_stale_and_repeated_events_are_skipped_and_counted(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    expired = rule("expirou", event="Pix Expirado", tags="perdeu_pix", list=None)
    config = settings(sandbox, tmp_path, rule(), REFUND, expired, delivery=delivery)
    late = order(status="pix_expired", status_date="2026-03-09 10:00:00")
    summary = deliver(config, [order(), order(), late, refund(), order(), late])
    assert (summary["applied"], summary["repeated"], summary["stale"]) == (2, 2, 2)
    assert buyer(sandbox, ANA)["tags"] == ["comprou_x"]
    assert summary.of_rule("expirou")["stale"] == 2


def test_what_lies_between_an_event_and_its_repeat_is_stale_in_any_number_of_runs(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    config = settings(sandbox, tmp_path, rule(), REFUND, delivery=delivery)
    repeat = order(status_date="2026-03-09 10:00:00")
    fates = [deliver(config, [one]) for one in (order(), repeat, refund(), repeat, refund())]
    assert [fate for run in fates for fate in OUTCOMES if run[fate]] == [
        "applied", "repeated", "stale", "repeated", "stale",
    ]  # fmt: skip
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "active"}


@pytest.mark.slow
@pytest.mark.parametrize("arrival", list(itertools.permutations(range(3))))
def test_events_that_come_together_apply_in_the_order_of_their_dates(
    sandbox: Sandbox, tmp_path: Path, delivery: str, arrival: tuple[int, ...]
) -> None:
    rules = (
        rule("pix", event="pix_created", list="Leads", tags="aguardando_pix"),
        rule("pago", list="Alunos", tags="comprou"),
        rule("pagou", list="Leads", tags="aguardando_pix", action="remove"),
        rule("estorno", event="refunded", list="Alunos", tags=None, action="remove"),
    )
    events = [order(status="pix_created", status_date="2026-03-02 09:00:00"), order(), refund()]
    config = settings(sandbox, tmp_path, *rules, delivery=delivery)
    summary = deliver(config, [events[number] for number in arrival])
    # The pix is outdated: it was paid in the same drain.
    assert (summary["applied"], summary["outdated"]) == (2, 1)
    seen = buyer(sandbox, ANA)
    assert seen["lists"] == {"Alunos": "unsubscribed"}
    assert seen["tags"] == ["comprou"]


def test_a_renewal_is_not_a_repeat(sandbox: Sandbox, tmp_path: Path, delivery: str) -> None:
    rules = (
        rule("nova", type="first_sale", tags="nova", list=None),
        rule("renovou", type=["renewal", "credit_card"], tags="renovou", list=None),
    )
    config = settings(sandbox, tmp_path, *rules, delivery=delivery)
    summary = deliver(config, [body("v2_first_charge"), body("v2_renewal")])
    assert sorted(buyer(sandbox, "beatriz.exemplo@example.com")["tags"]) == ["nova", "renovou"]
    assert summary["applied"] == 2


def test_a_rule_never_blanks_a_phone(sandbox: Sandbox, tmp_path: Path, delivery: str) -> None:
    sandbox.account.insert("contacts", email=ANA, phone="+5511911112222")
    config = settings(sandbox, tmp_path, rule(phone_format="none"), delivery=delivery)
    deliver(config, [order()])
    assert buyer(sandbox, ANA)["contact"]["phone"] == "+5511911112222"


def test_an_integration_has_its_own_products_and_account(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    with Sandbox(contacts=10, requests_per_second=None, import_seconds=0.01, token="b") as other:
        integrations = [
            {
                "name": "clube",
                "products": ["Clube Exemplo"],
                "api_url": other.url,
                "api_token": "b",
                "segmentations": [rule("sócio", tags="socio")],
            },
            {"name": "tudo", "segmentations": [rule("todos", tags="todos")]},
            {"name": "velha", "active": False, "segmentations": [rule("x", tags="velha")]},
        ]
        config = settings(sandbox, tmp_path, integrations=integrations, delivery=delivery)
        config["segmentations"] = []
        deliver(config, [body("v2_first_charge"), order()])
        assert buyer(other, "beatriz.exemplo@example.com")["tags"] == ["socio"]
        assert buyer(other, ANA) == {}
        assert buyer(sandbox, ANA)["tags"] == ["todos"]
        assert buyer(sandbox, "beatriz.exemplo@example.com")["tags"] == ["todos"]


def test_an_inactive_rule_does_nothing(sandbox: Sandbox, tmp_path: Path, delivery: str) -> None:
    config = settings(sandbox, tmp_path, rule(active=False), delivery=delivery)
    assert deliver(config, [order()])["ignored"] == 1
    assert written(sandbox) == []


def test_unusable_records_are_rejected_and_the_rest_is_applied(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    config = settings(sandbox, tmp_path, delivery=delivery)
    bad = [body("v2_panel_test"), {"what": "ever"}, order(email="not an address")]
    summary = deliver(config, [*bad, order()])
    assert (summary["applied"], summary["rejected"]) == (1, 3)
    assert [line["record"].get("token") for line in rejects(config)] == [None, None, None]
    assert all(line["reason"] and line["what_to_do"] and line["time"] for line in rejects(config))
