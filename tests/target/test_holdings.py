"""Nobody is chased for what they have bought, and a removal takes back what its item earned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from target_activecampaign.events.ledger import Ledger
from target_activecampaign.events.tables import earned, events, holdings, outcomes, trails
from target_activecampaign.events.trial import TrialAccount, try_order
from target_activecampaign.run.limits import RunLimits
from target_activecampaign.segmentation import load_rule_sets
from target_activecampaign.ticto.records import RecordReader, zone_of
from tests.sandbox import Sandbox
from tests.target.support import body, buyer, deliver, messages, order, rejects, rule, run, settings
from tests.target.test_bulk import emails, sent
from tests.target.test_segmentation import ANA, opted_out

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

CHASE = rule(
    "recuperar",
    event=["abandoned_cart", "pix_created", "pix_expired", "waiting_payment", "refused"],
    type="first_sale",
    list=None,
    tags="chase",
    automation="Recuperar carrinho",
)
BOUGHT = rule("comprou", type="first_sale", tags="aluno", automation="Boas-vindas")
RENEWED = rule("renovou", type="renewal", list=None, tags="renovou")
FAILED = rule("falhou", event="refused", type="renewal", list=None, tags="falhou")
BACK = rule(
    "devolveu",
    event=["refunded", "chargeback", "subscription_canceled"],
    action="remove",
    tags="aluno",
)
RULES = (CHASE, BOUGHT, RENEWED, FAILED, BACK)


def at(day: int, hour: int = 10, minute: int = 0) -> str:
    return f"2026-03-{day:02} {hour:02}:{minute:02}:00"


def cart(day: int = 1, minute: int = 0, **changes: Any) -> dict[str, Any]:
    made = body("v2_abandoned_cart_flat")
    item = order()["item"]
    found = {
        "email": ANA,
        "created_at": at(day, minute=minute),
        "product_id": item["product_id"],
        "product_name": item["product_name"],
        "offer_id": item["offer_id"],
        "offer_name": item["offer_name"],
        "offer_code": item["offer_code"],
        "checkout_url": None,
        **changes,
    }
    return {**made, **found}


def event(status: str, day: int, code: str = "A", **changes: Any) -> dict[str, Any]:
    keys = {"order_hash": code, "status": status, "status_date": at(day), **changes}
    return order(ANA, **keys)


def tags(sandbox: Sandbox, email: str = ANA) -> set[str]:
    return set(buyer(sandbox, email).get("tags", ()))


def active(sandbox: Sandbox, email: str = ANA) -> set[str]:
    lists = buyer(sandbox, email).get("lists", {})
    return {name for name, status in lists.items() if status == "active"}


# Nobody is chased


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(cart(1), id="a cart before the purchase"),
        pytest.param(cart(9), id="a cart after it"),
        pytest.param(event("pix_created", 1), id="the pix that was paid"),
        pytest.param(event("pix_expired", 9), id="its expiry"),
        pytest.param(event("refused", 1, transaction="T-0"), id="a card that was refused before"),
        pytest.param(event("pix_created", 9, "B"), id="another order of the product"),
        pytest.param(event("waiting_payment", 9, "B", item__offer_code="X"), id="another offer"),
        pytest.param(event("pix_created", 9, "B", item__product_id=None), id="told by its name"),
    ],
)
@pytest.mark.parametrize("runs", ["two runs", "one drain", "one drain, purchase last"])
def test_what_says_not_paid_is_outdated_when_the_product_is_held(
    sandbox: Sandbox, tmp_path: Path, delivery: str, runs: str, late: dict[str, Any]
) -> None:
    config = settings(sandbox, tmp_path, *RULES, delivery=delivery, on_reject="fail")
    bought = event("authorized", 5)
    if runs == "two runs":
        deliver(config, [bought])
        summary = deliver(config, [late])
        assert (summary["outdated"], summary["applied"]) == (1, 0)
    else:
        given = [late, bought] if runs.endswith("last") else [bought, late]
        summary = deliver(config, given)
        assert (summary["outdated"], summary["applied"]) == (1, 1)
    assert summary.of_rule("recuperar")["outdated"] == 1
    assert any("1 outdated" in line for line in summary.lines())
    assert tags(sandbox) == {"aluno"}
    assert buyer(sandbox, ANA)["automations"] == ["Boas-vindas"]
    # Again, it is a repeat of what was decided.
    assert deliver(config, [late])["repeated"] == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(event("pix_created", 9, "B", item__product_id=5), id="another product"),
        pytest.param({**event("pix_created", 9, "B"), "customer": order("x@x.com")["customer"]},
                     id="another buyer"),
    ],
)  # fmt: skip
def test_what_says_not_paid_of_something_else_is_applied(
    sandbox: Sandbox, tmp_path: Path, other: dict[str, Any]
) -> None:
    config = settings(sandbox, tmp_path, *RULES)
    deliver(config, [event("authorized", 5)])
    assert deliver(config, [other])["applied"] == 1


@pytest.mark.parametrize("end", ["refunded", "chargeback", "subscription_canceled", "close"])
def test_what_is_no_longer_held_may_be_sold_again(
    sandbox: Sandbox, tmp_path: Path, delivery: str, end: str
) -> None:
    config = settings(sandbox, tmp_path, *RULES, delivery=delivery)
    deliver(config, [event("authorized", 5), event(end, 6)])
    assert deliver(config, [cart(9)])["applied"] == 1
    assert "chase" in tags(sandbox)


def test_a_complaint_ends_nothing_and_a_resumption_begins_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    config = settings(sandbox, tmp_path, *RULES)
    deliver(config, [event("authorized", 5), event("claimed", 6)])
    assert deliver(config, [cart(7)])["outdated"] == 1
    deliver(config, [event("subscription_canceled", 8), event("uncanceled", 9)])
    assert deliver(config, [cart(10)])["outdated"] == 1


def test_purchases_are_remembered_where_no_rule_fires_on_them(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    config = settings(sandbox, tmp_path, CHASE, delivery=delivery)
    bought, back = event("authorized", 5), event("refunded", 7)
    assert deliver(config, [bought])["ignored"] == 1
    assert deliver(config, [cart(6)])["outdated"] == 1
    assert deliver(config, [back])["ignored"] == 1
    # Replays change nothing: the refund is the newer.
    assert deliver(config, [bought, back, bought])["ignored"] == 3
    assert deliver(config, [cart(9)])["applied"] == 1
    # A rule that is added later sees the purchase as if it had never come.
    later = settings(sandbox, tmp_path, CHASE, rule("novo", tags="novo"), delivery=delivery)
    assert deliver(later, [bought])["applied"] == 1
    assert "novo" in tags(sandbox)


def test_a_rule_may_apply_although_the_product_is_held(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    anyway = rule("mesmo assim", event="abandoned_cart", tags="anyway", if_already_bought="apply")
    config = settings(sandbox, tmp_path, *RULES, anyway, delivery=delivery)
    summary = deliver(config, [event("authorized", 5), cart(9)])
    assert summary["applied"] == 2
    assert summary.of_rule("recuperar")["outdated"] == 1
    assert tags(sandbox) == {"aluno", "anyway"}


# Renewals


@pytest.mark.parametrize("runs", [1, 2])
def test_a_second_paid_charge_is_a_renewal_though_the_record_does_not_say_so(
    sandbox: Sandbox, tmp_path: Path, delivery: str, runs: int
) -> None:
    config = settings(sandbox, tmp_path, *RULES, delivery=delivery)
    charges = [
        event("authorized", 5, transaction="T-1"),
        event("authorized", 25, transaction="T-2"),
    ]
    for part in [charges] if runs == 1 else [[one] for one in charges]:
        deliver(config, part)
    assert tags(sandbox) == {"aluno", "renovou"}
    assert buyer(sandbox, ANA)["automations"] == ["Boas-vindas"]
    assert deliver(config, charges)["repeated"] == 2


@pytest.mark.parametrize(
    ("first", "second", "is_renewal"),
    [
        ({"subscriptions": [{"id": 1, "successful_charges": 1}]}, {}, True),
        ({}, {"offer": {"is_subscription": True}}, True),
        ({}, {}, False),
    ],
    ids=["the purchase told of a subscription", "the charge tells of it", "nothing tells of it"],
)
def test_an_unpaid_charge_of_a_held_item_is_a_renewal_where_a_subscription_is_known(
    sandbox: Sandbox,
    tmp_path: Path,
    delivery: str,
    first: dict[str, Any],
    second: dict[str, Any],
    is_renewal: bool,
) -> None:
    config = settings(sandbox, tmp_path, *RULES, delivery=delivery)
    deliver(config, [{**event("authorized", 5, transaction="T-1"), **first}])
    summary = deliver(config, [{**event("refused", 25, transaction="T-2"), **second}])
    assert (summary["applied"], summary["outdated"]) == ((1, 0) if is_renewal else (0, 1))
    assert ("falhou" in tags(sandbox)) is is_renewal
    assert "chase" not in tags(sandbox)


# Carts


@pytest.mark.parametrize(
    ("second", "between", "entered"),
    [
        (cart(1, minute=4), None, 1),
        (cart(1, minute=0, offer_code="OUTRA"), None, 2),
        (cart(3), None, 2),
        (cart(1, minute=40), event("refused", 1, status_date=at(1, minute=20)), 2),
    ],
    ids=["minutes apart", "another offer", "days apart", "something between"],
)
@pytest.mark.parametrize("runs", ["one drain", "a run for each"])
def test_two_carts_of_a_day_are_one_event(
    sandbox: Sandbox,
    tmp_path: Path,
    second: dict[str, Any],
    between: dict[str, Any] | None,
    entered: int,
    runs: str,
) -> None:
    lost = rule("perdeu", event="abandoned_cart", list=None, automation="Recuperar carrinho")
    config = settings(sandbox, tmp_path, lost, rule("x", event="refused", list=None))
    given = [one for one in (cart(1), between, second) if one is not None]
    for part in [given] if runs == "one drain" else [[one] for one in given]:
        deliver(config, part)
    assert buyer(sandbox, ANA)["automations"] == ["Recuperar carrinho"] * entered


# Removals


@pytest.mark.parametrize("runs", [1, 3])
def test_a_refund_leaves_what_another_paid_order_earns(
    sandbox: Sandbox, tmp_path: Path, delivery: str, runs: int
) -> None:
    config = settings(sandbox, tmp_path, *RULES, delivery=delivery, on_reject="fail")
    given = [event("authorized", 2), event("authorized", 5, "B"), event("refunded", 6)]
    summaries = [deliver(config, part) for part in ([given] if runs == 1 else [[g] for g in given])]
    assert (tags(sandbox), active(sandbox)) == ({"aluno"}, {"Alunos"})
    # Kept, per effect: a list and a tag.
    assert summaries[-1]["kept"] == 2
    assert summaries[-1].of_rule("devolveu")["kept"] == 2
    assert any("2 kept" in line for line in summaries[-1].lines())
    last = deliver(config, [event("chargeback", 9, "B")])
    assert (last["kept"], tags(sandbox), active(sandbox)) == (0, set(), set())


def test_what_two_subscriptions_earned_is_gone_after_the_second_is_cancelled(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    config = settings(sandbox, tmp_path, *RULES, delivery=delivery)
    deliver(config, [event("authorized", 2), event("authorized", 3, "B")])
    deliver(config, [event("subscription_canceled", 5)])
    assert active(sandbox) == {"Alunos"}
    deliver(config, [event("subscription_canceled", 6, "B")])
    assert (tags(sandbox), active(sandbox)) == (set(), set())


def test_the_refund_of_a_bump_leaves_what_the_main_item_earns(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    config = settings(sandbox, tmp_path, *RULES, delivery=delivery)
    bump: dict[str, Any] = {
        "item__product_id": 7009,
        "item__offer_code": "BUMP",
        "item__offer_id": 9,
    }
    deliver(config, [event("authorized", 2), event("authorized", 2, **bump)])
    deliver(config, [event("refunded", 3, **bump)])
    assert (tags(sandbox), active(sandbox)) == ({"aluno"}, {"Alunos"})


@pytest.mark.parametrize(
    ("remover", "removed_by"),
    [
        ({**BACK, "keep_if_still_earned": False}, event("refunded", 6)),
        (rule("mudou", action="remove", tags="aluno", products=[5]),
         event("authorized", 6, "C", item__product_id=5)),
    ],
    ids=["keep_if_still_earned: false", "an event that says paid"],
)  # fmt: skip
def test_a_removal_removes_although_something_else_earns_it(
    sandbox: Sandbox,
    tmp_path: Path,
    delivery: str,
    remover: dict[str, Any],
    removed_by: dict[str, Any],
) -> None:
    bought = {**BOUGHT, "products": [7001]}
    config = settings(sandbox, tmp_path, bought, remover, delivery=delivery)
    deliver(config, [event("authorized", 2), event("authorized", 5, "B")])
    summary = deliver(config, [removed_by])
    assert (summary["kept"], tags(sandbox), active(sandbox)) == (0, set(), set())


def test_what_no_paid_order_earned_is_removed(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    # Another order has asked for the tag, but was never paid.
    asked = rule("pediu", event="pix_created", tags="aluno")
    config = settings(sandbox, tmp_path, BOUGHT, BACK, asked, delivery=delivery)
    deliver(config, [event("pix_created", 1, "B", item__product_id=5), event("authorized", 2)])
    deliver(config, [event("refunded", 3)])
    assert tags(sandbox) == set()


def test_a_dry_run_tells_what_would_be_held_back_and_why(sandbox: Sandbox, tmp_path: Path) -> None:
    deliver(settings(sandbox, tmp_path, *RULES), [event("authorized", 2)])
    config = settings(sandbox, tmp_path, *RULES, dry_run=True)
    given = [event("authorized", 5, "B"), cart(6), event("refunded", 7)]
    done = run(config, tmp_path, messages(given))
    bought, lost, back = [
        json.loads(line) for line in done.err.splitlines() if line.startswith("{")
    ]
    assert [one["outcome"] for one in (bought, lost, back)] == ["applied", "outdated", "applied"]
    assert "bought" in lost["reason"]
    assert lost["rules_not_fired"]["recuperar"] == lost["reason"]
    (plan,) = back["plan"]
    assert plan["steps"] == []
    assert plan["kept"] == [{"remove_tag": "aluno"}, {"unsubscribe": "Alunos"}]
    assert "still earns" in plan["kept_because"]
    assert ANA not in done.err


# What the panel reads


def test_outcomes_are_noted_for_whoever_has_the_body_and_the_key(
    sandbox: Sandbox, tmp_path: Path, delivery: str
) -> None:
    opted_out(sandbox)
    config = settings(sandbox, tmp_path, *RULES, delivery=delivery)
    bodies = [event("authorized", 5), cart(6), event("extended", 7)]
    deliver(config, bodies)
    deliver(config, bodies[:1])
    ledger = Ledger(
        f"sqlite:///{tmp_path / 'data' / 'ledger.db'}", lock_dir=tmp_path, read_only=True
    )
    reader = RecordReader.from_config(config)
    found = [
        ledger.outcome_of(
            reader.read(one).orders[0],
            account_key=f"{sandbox.url}/api/3/",
            base_url=f"{sandbox.url}/api/3/",
        )
        for one in bodies
    ]
    ledger.close()
    assert [one and one.outcome.value for one in found] == ["left_list", "outdated", "ignored"]
    assert [one and one.rules for one in found] == [("comprou",), ("recuperar",), ()]
    assert found[0] is not None
    assert found[0].reason == "tagged, not subscribed: has left the list"
    assert found[0].noted_at is not None


def test_an_order_is_tried_out_without_the_network(tmp_path: Path) -> None:
    config = {"segmentations": list(RULES)}
    (rule_set,) = load_rule_sets(config)
    (tried,) = RecordReader.from_config(config).read(event("authorized", 5)).orders
    trial = try_order(tried, TrialAccount(rule_set.rules), zone=zone_of(config))
    (plan,) = trial.plans
    assert (trial.outcome.value, plan.rule) == ("applied", "comprou")
    assert {"subscribe": "Alunos"} in plan.steps
    assert trial.rules_not_fired["recuperar"] == "the event is authorized"
    # With what is known of the buyer.
    ledger = Ledger("sqlite://", lock_dir=tmp_path)
    (lost,) = RecordReader.from_config(config).read(cart(6)).orders
    assert try_order(lost, TrialAccount(rule_set.rules), zone=zone_of(config), ledger=ledger)\
        .outcome.value == "applied"  # fmt: skip
    ledger.close()


# Ledgers


NEW_TABLES = (holdings, earned, trails, outcomes)


def as_before(url: str) -> None:
    """Make a ledger what an earlier version wrote."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table in NEW_TABLES:
            table.drop(connection)
    engine.dispose()


def test_a_ledger_of_an_earlier_version_is_taken_over(
    sandbox: Sandbox, tmp_path: Path, any_ledger_url: str
) -> None:
    config = settings(sandbox, tmp_path, *RULES, ledger_url=any_ledger_url)
    deliver(config, [event("authorized", 2), event("refunded", 3, "B")])
    as_before(any_ledger_url)
    # A dry run may not change it.
    dry = run({**config, "dry_run": True}, tmp_path, messages([event("authorized", 2)]))
    assert '"outcome": "repeated"' in dry.err
    assert deliver(config, [event("authorized", 2)])["repeated"] == 1
    # What the events of an item tell is known again as soon as one of them comes.
    assert deliver(config, [event("pix_expired", 9)])["outdated"] == 1
    assert deliver(config, [event("authorized", 25, transaction="T-2")])["applied"] == 1
    assert "renovou" in tags(sandbox)
    assert deliver(config, [cart(9)])["outdated"] == 1


def test_runs_on_one_ledger_share_what_is_held(
    sandbox: Sandbox, tmp_path: Path, any_ledger_url: str
) -> None:
    one = settings(sandbox, tmp_path / "one", *RULES, ledger_url=any_ledger_url)
    two = settings(sandbox, tmp_path / "two", *RULES, ledger_url=any_ledger_url)
    deliver(one, [event("authorized", 2), event("authorized", 3, "B")])
    assert deliver(two, [cart(4)])["outdated"] == 1
    assert deliver(two, [event("refunded", 5)])["kept"] == 2


def test_everything_that_is_known_is_forgotten_in_time(sandbox: Sandbox, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    config = settings(sandbox, tmp_path, *RULES, ledger_url=url, ledger_retention_days=30)
    deliver(config, [event("authorized", 2), cart(3)])
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table in (*NEW_TABLES, events):
            assert connection.execute(sa.select(table)).first() is not None, table.name
            connection.execute(sa.update(table).values(changed_at=1))
    deliver(config, [])
    with engine.begin() as connection:
        for table in (*NEW_TABLES, events):
            assert connection.execute(sa.select(table)).first() is None, table.name
    engine.dispose()


# Drains


@pytest.mark.parametrize("count", [5000, 5004])
def test_states_take_no_place_and_leftovers_go_in_an_import(tmp_path: Path, count: int) -> None:
    with Sandbox(contacts=100, requests_per_second=None) as sandbox:
        config = settings(sandbox, tmp_path)
        given = b"".join(
            messages([order(email=email) for email in emails(count)[start : start + 550]])
            for start in range(0, count, 550)
        )
        done = run(config, tmp_path, given)
        assert done.status == 0, done.err
        assert f"{count} applied" in done.err
        assert len(sandbox.requests) <= 60
        assert sent(sandbox) == (20 if count == 5000 else 21)


def test_what_is_left_over_of_a_large_drain_goes_in_an_import(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    config = settings(sandbox, tmp_path)
    people = emails(13)
    summary = deliver(
        config, [order(email=email) for email in people], limits=RunLimits(most_queued=10)
    )
    assert summary["applied"] == 13
    assert sent(sandbox) == 2
    assert sent(sandbox, "contact/sync") == 0
    assert rejects(config) == []
