"""Direct delivery: how many requests, what is looked up, and what happens on bad days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.api import ApiError
from target_activecampaign.errors import RuleError
from tests.sandbox import Sandbox
from tests.target.support import buyer, deliver, effects, order, rejects, rule, settings, written
from tests.target.test_segmentation import ANA, REFUND, opted_out, refund

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

FULL = rule(tags="aluno_ativo;cliente_vip", fields={"CPF": "customer.cpf"})
NAMES = {"lists", "tags", "fields", "automations"}


def about_orders(sandbox: Sandbox) -> list[str]:
    """Return the requests that are not for names, which are read once per run."""
    return [
        f"{entry.method} {entry.path.strip('/').split('/')[0]}"
        for entry in sandbox.requests
        if entry.path.strip("/") not in NAMES
    ]


def test_a_new_contact_takes_four_requests(sandbox: Sandbox, tmp_path: Path) -> None:
    deliver(settings(sandbox, tmp_path, FULL), [order()])
    assert about_orders(sandbox) == [
        "POST contact", "POST contactLists", "POST contactTags", "POST contactTags",
    ]  # fmt: skip


def test_a_known_contact_takes_five_requests(sandbox: Sandbox, tmp_path: Path) -> None:
    opted_out(sandbox, list_id="2")
    deliver(settings(sandbox, tmp_path, FULL), [order()])
    assert len(about_orders(sandbox)) == 5
    assert buyer(sandbox, ANA)["lists"] == {"Leads": "unsubscribed", "Alunos": "active"}


def test_a_contact_on_the_list_already_is_not_subscribed_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    opted_out(sandbox, status="1")
    deliver(settings(sandbox, tmp_path, FULL), [order()])
    assert "POST contactLists" not in about_orders(sandbox)


def test_a_contact_who_came_and_left_a_moment_ago_is_not_taken_for_new(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.account.clock.set(sandbox.account.now)
    contact = sandbox.account.insert("contacts", email=ANA)
    sandbox.account.insert("contactLists", contact=contact, list="1", status="2")
    deliver(settings(sandbox, tmp_path, FULL), [order()])
    assert buyer(sandbox, ANA)["lists"] == {"Alunos": "unsubscribed"}


def test_names_are_read_once_per_run(sandbox: Sandbox, tmp_path: Path) -> None:
    orders = [order(email=f"buyer{n}@example.com") for n in range(9)]
    deliver(settings(sandbox, tmp_path, FULL), orders)
    reads = [entry.path.strip("/") for entry in sandbox.requests if entry.method == "GET"]
    assert sorted(reads) == ["fields", "lists", "tags"]
    assert len(about_orders(sandbox)) == 36


def test_names_are_found_on_later_pages(tmp_path: Path) -> None:
    with Sandbox(contacts=30, requests_per_second=None, page_cap=2) as paged:
        paged.account.insert("lists", name="A última", channel="email")
        deliver(settings(paged, tmp_path, rule(list="A última", tags="cliente_vip")), [order()])
        assert buyer(paged, ANA)["lists"] == {"A última": "active"}
        assert not [entry for entry in paged.requests if entry.path.strip("/") == "tags"
                    and entry.method == "POST"]  # fmt: skip


@pytest.mark.parametrize("total", ["absent", "wrong", "zero"])
def test_names_are_found_whatever_the_answer_counts(tmp_path: Path, total: str) -> None:
    with Sandbox(contacts=30, requests_per_second=None, total=total) as account:
        for number in range(210):
            account.account.insert("lists", name=f"Lista {number}", channel="email")
        deliver(settings(account, tmp_path, rule(list=["Lista 1", "Lista 209"])), [order()])
        assert set(buyer(account, ANA)["lists"]) == {"Lista 1", "Lista 209"}


@pytest.mark.parametrize("answer", ["error", "existing"])
def test_a_tag_that_someone_else_creates_meanwhile_is_used(tmp_path: Path, answer: str) -> None:
    with Sandbox(contacts=30, requests_per_second=None, duplicate_tag=answer) as raced:
        made: list[str] = []

        def race(request: object, account: object) -> None:
            if request.method == "POST" and request.path.strip("/").endswith("tags") and not made:  # type: ignore[attr-defined]
                made.append(account.insert("tags", tag="NOVA", tagType="contact"))  # type: ignore[attr-defined]

        raced.hook(race)
        deliver(settings(raced, tmp_path, rule(tags="nova")), [order()])
        assert made
        assert buyer(raced, ANA)["tags"] == ["NOVA"]


@pytest.mark.parametrize("kind", ["status_500", "status_503", "reset", "html"])
@pytest.mark.parametrize("whose", ["ours", "another program's"])
def test_a_tag_is_asked_for_once_when_it_exists_though_each_answer_fails(
    sandbox: Sandbox, tmp_path: Path, kind: str, whose: str
) -> None:
    made: list[str] = []

    def race(request: Any, account: Any) -> None:
        if request.method == "POST" and request.path.strip("/").endswith("/tags") and not made:
            made.append(account.insert("tags", tag="NOVA", tagType="contact"))

    is_ours = whose == "ours"
    if not is_ours:
        sandbox.hook(race)
    sandbox.faults.next(kind, "tags", method="POST", times=None, after_effect=is_ours)
    deliver(settings(sandbox, tmp_path, rule(tags="nova")), [order()])
    assert [entry for entry in written(sandbox) if entry == "POST tags"] == ["POST tags"]
    assert [tag.casefold() for tag in buyer(sandbox, ANA)["tags"]] == ["nova"]


def test_a_tag_is_asked_for_again_when_it_does_not_exist_after_a_failure(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    for kind in ("status_500", "status_429", "forbidden"):
        sandbox.faults.next(kind, "tags", method="POST", retry_after=0)
    deliver(settings(sandbox, tmp_path, rule(tags="nova")), [order()])
    assert buyer(sandbox, ANA)["tags"] == ["nova"]


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"list": "Nenhuma"}, "'compra'.*list: the account has no list 'Nenhuma'"),
        (
            {"list": "Avisos por SMS"},
            "'compra'.*list: 'Avisos por SMS' is a list for text messages",
        ),
        ({"fields": {"NADA": "status"}}, "'compra'.*fields: the account has no field 'NADA'"),
        ({"automation": 999}, "'compra'.*automation: the account has no automation '999'"),
    ],
)
def test_a_missing_name_stops_before_the_first_write(
    sandbox: Sandbox, tmp_path: Path, keys: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RuleError, match=sentence):
        deliver(settings(sandbox, tmp_path, rule("boa"), rule(**keys)), [order()])
    assert written(sandbox) == []


def test_a_name_that_two_lists_have_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.account.insert("lists", name="Dupla", channel="email")
    sandbox.account.insert("lists", name="Dupla", channel="email")
    with pytest.raises(RuleError, match="2 lists called 'Dupla'; use an id"):
        deliver(settings(sandbox, tmp_path, rule(list="Dupla")), [order()])


def test_a_name_that_a_list_for_mail_and_one_for_sms_have_means_that_for_mail(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.account.insert("lists", name="Dupla", channel="sms")
    for_mail = sandbox.account.insert("lists", name="Dupla", channel="email")
    deliver(settings(sandbox, tmp_path, rule(list="Dupla")), [order()])
    joined = [row for row in sandbox.account.rows("contactLists") if row["list"] == for_mail]
    assert [row["status"] for row in joined] == ["1"]


def test_a_rule_may_take_contacts_off_a_list_for_sms(sandbox: Sandbox, tmp_path: Path) -> None:
    leaves = rule(list="Avisos por SMS", action="remove", event="refunded")
    summary = deliver(settings(sandbox, tmp_path, leaves), [order(status="refunded")])
    assert (summary["applied"], summary["rejected"]) == (1, 0)


def test_one_refused_address_is_one_reject(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults.next("errors_list", "contact/sync")
    config = settings(sandbox, tmp_path)
    summary = deliver(config, [order(), order(email="bia@example.com")])
    assert (summary["applied"], summary["rejected"]) == (1, 1)
    assert [line["record"]["customer"]["email"] for line in rejects(config)] == [ANA]
    assert deliver(config, [line["record"] for line in rejects(config)])["applied"] == 1


def test_the_repeat_of_a_refused_order_does_not_make_the_order_stale(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.faults.next("errors_list", "contact/sync")
    config = settings(sandbox, tmp_path)
    repeat = order(status_date="2026-03-09 10:00:00")
    summary = deliver(config, [order(), repeat])
    assert (summary["repeated"], summary["rejected"]) == (1, 1)
    assert deliver(config, [line["record"] for line in rejects(config)])["applied"] == 1


def test_an_account_that_fails_ends_the_run_and_the_next_one_completes_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    config = settings(sandbox, tmp_path, rule(automation="Boas-vindas"), max_retries=0)
    orders = [order(email=f"b{n}@example.com") for n in range(3)]
    sandbox.faults.next("status_500", "contactTags", times=1)
    with pytest.raises(ApiError, match="contactTags"):
        deliver(config, orders)
    assert deliver(config, orders)["applied"] == 3
    assert buyer(sandbox, "b0@example.com")["automations"] == ["Boas-vindas"]


def test_removal_of_a_tag_whose_answer_was_lost_is_not_an_error(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    config = settings(sandbox, tmp_path, rule(), REFUND)
    deliver(config, [order()])
    sandbox.faults.next("reset", "contactTags/*", after_effect=True)
    assert deliver(config, [refund()])["applied"] == 1
    assert buyer(sandbox, ANA)["tags"] == ["comprou_x"]


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize(
    "kind", ["status_429", "status_503", "status_500", "reset", "truncated", "html", "empty"]
)
def test_an_automation_is_entered_once_though_the_answer_was_lost(
    sandbox: Sandbox,
    tmp_path: Path,
    kind: str,
    after_effect: bool,
) -> None:
    sandbox.faults.next(kind, "contactAutomations", method="POST", after_effect=after_effect)
    sandbox.faults.next(kind, "contactAutomations", method="POST")
    deliver(settings(sandbox, tmp_path, rule(automation="Boas-vindas")), [order()])
    assert buyer(sandbox, ANA)["automations"] == ["Boas-vindas"]


@pytest.mark.parametrize("seed", [1, 2])
def test_all_effects_come_exactly_once_when_a_fifth_of_the_answers_is_broken(
    sandbox: Sandbox, tmp_path: Path, seed: int
) -> None:
    rules = rule(automation="Boas-vindas", fields={"CPF": "customer.cpf"}), REFUND
    emails = [f"b{n}@example.com" for n in range(8)]
    orders = [order(email=email) for email in emails]
    orders += [refund(email=email) for email in emails[:4]]
    with Sandbox(contacts=30, requests_per_second=None) as calm:
        deliver(settings(calm, tmp_path / "calm", *rules, delivery="direct"), orders)
        expected = effects(calm, emails)
    sandbox.faults.rate(0.2, seed=seed, retry_after=0)
    summary = deliver(settings(sandbox, tmp_path, *rules, delivery="direct"), orders)
    assert sandbox.faults.count > 5
    assert effects(sandbox, emails) == expected
    assert (summary["applied"], summary["rejected"]) == (12, 0)
