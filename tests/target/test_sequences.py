"""Whatever order events arrive in, the account says what the newest one of each item says."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from tests.sandbox import Sandbox
from tests.target.support import buyer, deliver, order, rule, settings, written

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

MONEY_BACK = ("refunded", "chargeback")
LISTS = {7001: "Leads", 7002: "Newsletter"}
EVENT = st.tuples(
    st.sampled_from(sorted(LISTS)),
    st.sampled_from(("pix_created", "pix_expired", "authorized", *MONEY_BACK)),
    st.integers(0, 59),
)
SEQUENCES = st.lists(EVENT, min_size=1, max_size=8, unique_by=lambda event: (event[0], event[2]))


def rules() -> Iterator[dict[str, Any]]:
    for product, name in LISTS.items():
        keys = {"products": [product], "list": name}
        pix = f"pix_{product}"
        only = {**keys, "list": None}
        yield rule(f"pix {product}", event="pix_created", **{**only, "tags": pix})
        yield rule(f"lost {product}", event="pix_expired", action="remove", **{**only, "tags": pix})
        yield rule(f"paid {product}", **{**keys, "tags": f"paid_{product}"})
        yield rule(f"not pix {product}", action="remove", **{**only, "tags": pix})
        yield rule(
            f"back {product}",
            event=list(MONEY_BACK),
            action="remove",
            **{**keys, "tags": f"paid_{product};{pix}"},
        )


def expected(events: list[tuple[int, str, int]]) -> tuple[set[str], set[str]]:
    """Return the tags and the active lists that the newest events ask for."""
    tags, lists = set(), set()
    for product, name in LISTS.items():
        own = sorted((second, status) for item, status, second in events if item == product)
        money = [status for _, status in own if not status.startswith("pix")]
        if money and money[-1] == "authorized":
            tags.add(f"paid_{product}")
            lists.add(name)
        if not money and own and own[-1][1] == "pix_created":
            tags.add(f"pix_{product}")
    return tags, lists


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    with Sandbox(contacts=10, requests_per_second=None) as opened:
        yield opened


NUMBERS = itertools.count()


@pytest.mark.parametrize("mode", ["direct", "bulk"])
@trials(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(SEQUENCES, st.randoms(use_true_random=False), st.integers(0, 8))
def test_shuffled_repeated_and_late_events(
    tmp_path_factory: pytest.TempPathFactory,
    account: Sandbox,
    mode: str,
    events: list[tuple[int, str, int]],
    dice: Any,
    split: int,
) -> None:
    account.behaviour.import_seconds = 0.001
    email = f"{mode}{next(NUMBERS)}@example.com"
    arrivals = [*events, *dice.sample(events, k=min(2, len(events)))]
    dice.shuffle(arrivals)
    records = [
        order(
            email=email,
            order_hash=f"{email}{product}",
            status=status,
            status_date=f"2026-03-02 10:00:{second:02}",
            item__product_id=product,
        )
        for product, status, second in arrivals
    ]
    folder = tmp_path_factory.mktemp("run")
    config = settings(account, folder, *rules(), delivery=mode)
    for part in (records[:split], records[split:]):
        deliver(config, part)
    seen = buyer(account, email)
    tags, lists = expected(events)
    assert set(seen.get("tags", ())) == tags
    assert {name for name, status in seen.get("lists", {}).items() if status == "active"} == lists
    account.clear_log()
    deliver(config, records)
    assert written(account) == []
