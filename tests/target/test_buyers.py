"""Buyers, purchases, refunds, renewals and recovery, in any order of arrival, runs and crashes.

A model that shares no code with the target says what the account must hold at the end.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from tap_activecampaign.api import ActiveCampaignError
from tests.sandbox import Sandbox
from tests.target.support import (
    body,
    buyer,
    deliver,
    order,
    rule,
    settings,
    wait_by_its_clock,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

# Product -> whether rules fire on its purchase, and whether records tell that it is a subscription.
PRODUCTS = {7001: (True, False), 7002: (True, True), 7003: (False, False)}
UNPAID = ("pix_created", "pix_expired", "refused")
ENDS = ("refunded", "subscription_canceled")
FINALITY = {"refunded": 2} | dict.fromkeys(UNPAID, 0)


@dataclass(frozen=True)
class Happening:
    """Something that happens to a buyer: a cart (item 0), or an event of an order's charge."""

    product: int
    item: int
    status: str
    charge: int
    second: int

    @property
    def rank(self) -> tuple[int, int]:
        return self.second, FINALITY.get(self.status, 1)


def rules() -> list[dict[str, Any]]:
    made = [
        rule("chase", event=["abandoned_cart", "pix_created", "pix_expired", "refused"],
             type="first_sale", list="Leads", tags="chase", automation="Recuperar carrinho"),
        rule("paid", list=None, tags="chase", action="remove"),
        rule("lead", list="Leads", tags=None, action="remove"),
        rule("failed", event="refused", type="renewal", list=None, tags="failed"),
    ]  # fmt: skip
    for product, (fires, _) in PRODUCTS.items():
        if fires:
            own = {"products": [product], "tags": f"has_{product};client"}
            made += [
                rule(f"new {product}", type="first_sale", automation="Boas-vindas", **own),
                rule(f"again {product}", type="renewal", **{**own, "tags": "renewed"}),
                rule(f"back {product}", event=list(ENDS), action="remove", **own),
            ]
    return made


def record(email: str, one: Happening) -> dict[str, Any]:
    at = f"2026-03-02 10:00:{one.second:02}"
    about = {"product_id": one.product, "product_name": f"P{one.product}", "offer_id": one.product}
    if one.status == "abandoned_cart":
        return {**body("v2_abandoned_cart_flat"), **about, "email": email, "created_at": at,
                "checkout_url": None}  # fmt: skip
    made = order(
        email,
        order_hash=f"{email}-{one.product}-{one.item}",
        transaction=f"{email}-{one.product}-{one.item}-{one.charge}",
        status=one.status,
        status_date=at,
        item__product_id=one.product,
        item__product_name=f"P{one.product}",
    )
    if PRODUCTS[one.product][1]:
        made["offer"] = {"is_subscription": True}
    return made


@dataclass
class Model:
    """What a marketer expects, by the words of the guide."""

    tags: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    automations: list[str] = field(default_factory=list)
    # Item -> its events that count, and those of them on which rules fired.
    seen: dict[Any, list[Happening]] = field(default_factory=dict)
    fired: dict[Any, list[Happening]] = field(default_factory=dict)
    done: set[Happening] = field(default_factory=set)
    held: dict[Any, bool] = field(default_factory=dict)
    earned: dict[str, set[Any]] = field(default_factory=dict)

    def run(self, arrivals: list[Happening]) -> None:
        """Take in what comes together in one drain."""
        ordered = list(arrivals)
        for item in {self._item(one) for one in arrivals}:
            places = [n for n, one in enumerate(arrivals) if self._item(one) == item]
            own = sorted((arrivals[n] for n in places), key=lambda one: one.rank)
            for place, one in zip(places, own, strict=True):
                ordered[place] = one
        bought: list[set[int]] = []
        seen = {item: list(events) for item, events in self.seen.items()}
        for one in ordered:
            counts = self._counts(one, seen.setdefault(self._item(one), []))
            bought.append({one.product} if counts and one.status == "authorized" else set())
        for place, one in enumerate(ordered):
            later: set[int] = set().union(*bought[place + 1 :])
            self._take(one, is_bought_later=one.product in later)

    @staticmethod
    def _item(one: Happening) -> Any:
        return one if one.status == "abandoned_cart" else (one.product, one.item)

    def _counts(self, one: Happening, known: list[Happening]) -> bool:
        """Return whether an event is new and not stale among those of its item; learns it."""
        paid = [k for k in known if k.status not in UNPAID]
        if one in known:
            return False
        if one.status in UNPAID:
            renews = self._is_renewal(one, known)
            settled = [k for k in paid if k.status in {"authorized", "refunded"}]
            if any(k.charge == one.charge or not renews for k in settled):
                return False
            is_stale = any(k.rank > one.rank for k in known)
        else:
            blocking = paid if one.status in {"authorized", "refunded"} else known
            is_stale = any(k.rank > one.rank for k in blocking)
        if not is_stale:
            known.append(one)
        return not is_stale

    @staticmethod
    def _is_renewal(one: Happening, known: list[Happening]) -> bool:
        paid = [k for k in known if k.status == "authorized" and k.charge != one.charge]
        if one.status == "authorized":
            return any(k.second <= one.second for k in paid)
        return PRODUCTS[one.product][1] and bool(paid)

    def _take(self, one: Happening, *, is_bought_later: bool) -> None:
        item = self._item(one)
        fires, _ = PRODUCTS[one.product]
        seen, fired = self.seen.setdefault(item, []), self.fired.setdefault(item, [])
        renews = self._is_renewal(one, seen)
        if one.status in {*UNPAID, "abandoned_cart"}:
            holds = any(self.held[i] for i in self.held if i[0] == one.product)
            own_charges = {k.charge for k in seen if k.status == "authorized"}
            is_other = self.held.get(item, False) and one.charge not in own_charges
            renews = renews and is_other
            if (holds or is_bought_later) and not renews:
                if one not in fired:
                    self.done.add(one)
                return
            if one in self.done:
                return
        if renews and one.status in {"pix_created", "pix_expired"}:
            # No rule matches.
            return
        counts = self._counts(one, seen)
        if counts and one.status in {"authorized", *ENDS}:
            self.held[item] = one.status == "authorized"
        if one.status in ENDS and not fires:
            return
        if self._counts(one, fired):
            self._fire(one, item, renews=renews)

    def _fire(self, one: Happening, item: Any, *, renews: bool) -> None:
        fires, _ = PRODUCTS[one.product]
        if one.status in {*UNPAID, "abandoned_cart"}:
            if renews:
                self._earn(item, "failed")
            else:
                self._earn(item, "chase", "Leads")
                self.automations.append("Recuperar carrinho")
        elif one.status == "authorized":
            for effect in ("chase", "Leads"):
                self.earned.pop(effect, None)
            self.tags.discard("chase")
            self.lists.discard("Leads")
            if fires and renews:
                self._earn(item, "renewed", "Alunos")
            elif fires:
                self._earn(item, f"has_{one.product}", "client", "Alunos")
                self.automations.append("Boas-vindas")
        else:
            for effect in (f"has_{one.product}", "client", "Alunos"):
                owners = self.earned.get(effect, set())
                if any(self.held.get(other) for other in owners if other != item):
                    owners.discard(item)
                else:
                    self.earned.pop(effect, None)
                    self.tags.discard(effect)
                    self.lists.discard(effect)

    def _earn(self, item: Any, *effects: str) -> None:
        for effect in effects:
            (self.lists if effect in {"Leads", "Alunos"} else self.tags).add(effect)
            self.earned.setdefault(effect, set()).add(item)


@st.composite
def lives(draw: st.DrawFn) -> list[Happening]:
    """Draw what happens to one buyer, each in a second of its own."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(sorted(PRODUCTS)),
                st.integers(1, 2),
                st.sampled_from(("abandoned_cart", *UNPAID, "authorized", "authorized", *ENDS)),
                st.integers(1, 2),
            ),
            min_size=1,
            max_size=9,
            unique=True,
        )
    )
    seconds = draw(st.permutations(range(len(drawn))))
    found, carts = [], set()
    for (product, item, status, charge), second in zip(drawn, seconds, strict=True):
        if status == "abandoned_cart":
            # Several carts of a day are another matter.
            if product in carts:
                continue
            carts.add(product)
        found.append(Happening(product, item, status, charge, second))
    return found


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    with (
        Sandbox(contacts=10, requests_per_second=None) as opened,
        pytest.MonkeyPatch.context() as patch,
    ):
        wait_by_its_clock(opened, patch)
        yield opened


NUMBERS = itertools.count()


@pytest.mark.parametrize("mode", ["direct", "bulk"])
@trials(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(lives(), st.lists(st.integers(0, 9), max_size=3), st.lists(st.integers(1, 25), max_size=2))
def test_the_account_is_what_the_model_says(
    tmp_path_factory: pytest.TempPathFactory,
    account: Sandbox,
    mode: str,
    life: list[Happening],
    cuts: list[int],
    crashes: list[int],
) -> None:
    account.behaviour.import_seconds = 0.001
    # So that imports of the examples before do not count towards the limit of a minute.
    account.account.clock.advance(61.0)
    email = f"{mode}{next(NUMBERS)}@example.com"
    config = settings(account, tmp_path_factory.mktemp("run"), *rules(), delivery=mode)
    model = Model()
    bounds = [0, *sorted(min(cut, len(life)) for cut in cuts), len(life)]
    pending = list(crashes)
    for start, end in itertools.pairwise(bounds):
        part = life[start:end]
        records = [record(email, one) for one in part]
        if pending:
            crash(account, config, records, after=pending.pop())
        deliver(config, records)
        model.run(part)
    seen = buyer(account, email)
    active = {name for name, status in seen.get("lists", {}).items() if status == "active"}
    assert set(seen.get("tags", ())) == model.tags
    assert active == model.lists
    assert sorted(seen.get("automations", ())) == sorted(model.automations)


def crash(
    account: Sandbox, config: dict[str, Any], records: list[dict[str, Any]], *, after: int
) -> None:
    """Let a run end in the middle: the request after so many is carried out, but not answered."""
    count = 0

    def strike(_request: Any, _account: object) -> None:
        nonlocal count
        count += 1
        if count == after:
            account.faults.next("reset", after_effect=True)

    account.hook(strike)
    try:
        deliver({**config, "max_retries": 0}, records)
    except ActiveCampaignError:
        pass
    finally:
        count = 10_000
        account.faults.clear()
