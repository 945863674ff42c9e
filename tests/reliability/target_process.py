"""The target as a process, and what it did to the account."""

from __future__ import annotations

import io
import signal
from collections import Counter
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from target_activecampaign.target import TargetActiveCampaign
from tests.reliability.bad_days import TIMEOUT_SECONDS, BadDay, Verdict
from tests.sandbox import Sandbox
from tests.target.support import STATE, effects, messages, order, rule, run, settings

if TYPE_CHECKING:
    from pathlib import Path

    from target_activecampaign.run.summary import Summary

    Effects = Counter[tuple[str, str, str]]

PEOPLE = [f"buyer{number}@example.com" for number in range(12)]
# What orders change, and therefore must be as after an undisturbed run.
WRITTEN = ("contacts", "contactLists", "contactTags", "fieldValues", "contactAutomations", "tags")
REFUNDED = "2026-03-05 08:00:00"
BOUGHT_AGAIN = "2026-04-01 10:00:00"
REFUND = rule("estorno", event=["refunded", "chargeback"], action="remove", tags="vip")
RULES = (rule(automation="Boas-vindas", fields={"CPF": "customer.cpf"}), REFUND)


def orders(people: list[str] = PEOPLE) -> list[dict[str, Any]]:
    """Return orders of which some are refunded, some bought again and some come twice."""
    bought = [order(email=email) for email in people]
    refunds = [order(email=email, status="refunded", status_date=REFUNDED) for email in people[::4]]
    again = [
        order(email=email, order_hash=f"2-{email}", status_date=BOUGHT_AGAIN)
        for email in people[::8]
    ]
    return [*bought, *refunds, *again, *bought[:2]]


def people_of(mode: str) -> list[str]:
    """Return fewer buyers where each costs several requests."""
    return PEOPLE[:6] if mode == "direct" else PEOPLE


def new_sandbox() -> Sandbox:
    """Return an account that is the same each time."""
    return Sandbox(contacts=30, requests_per_second=None, import_seconds=0.01)


def changed(sandbox: Sandbox) -> Effects:
    """Return every effect in the account, and how often it is there."""
    found: Effects = Counter()
    for email, seen in effects(sandbox, PEOPLE).items():
        person, lists, tags, fields, automations = seen
        found.update((email, "contact", f"{key}={value}") for key, value in person.items())
        found.update((email, "list", f"{name}={status}") for name, status in (lists or {}).items())
        found.update((email, "field", f"{name}={value}") for name, value in (fields or {}).items())
        found.update((email, "tag", name) for name in tags)
        found.update((email, "automation", name) for name in automations)
    # Links that stand twice, or belong to nobody, show in the number of rows.
    found.update({("", "rows", name): sandbox.account.count(name) for name in WRITTEN})
    return found


def made_by_orders(effects: Effects) -> int:
    """Return how many effects are those of orders: no row counts, and no member without a value."""
    return sum(
        count
        for (email, _, what), count in effects.items()
        if email and not what.endswith(("=None", "="))
    )


def good_day(mode: str, folder: Path) -> Effects:
    """Return the effects of a run on a good day."""
    folder.mkdir(exist_ok=True)
    with new_sandbox() as calm:
        config = settings(calm, folder, *RULES, delivery=mode)
        done = run(config, folder, messages(orders(people_of(mode))))
        assert done.status == 0, done.err
        return changed(calm)


def arrange(day: BadDay, sandbox: Sandbox) -> None:
    """Let a bad day begin for a program that writes."""
    # A limit or a denial is answered before anything is done; what is lost is the answer alone.
    refused = {"status_429", "forbidden"} & set(day.kinds)
    options: dict[str, Any] = {"after_effect": False} if refused else {}
    if "missing_key" in day.kinds:
        # The true answer to a deletion has no key either.
        options |= {"path": "*[!0-9]"}
    BadDay(
        day.name, day.kinds, day.share, day.times, day.paths, {**day.options, **options}
    ).arrange(sandbox.faults)


def bad_day(day: BadDay, mode: str, folder: Path, wanted: Effects) -> Verdict:
    """Run the target on a bad day, and compare with a good one."""
    folder = folder / day.name.replace(" ", "-")
    folder.mkdir()
    timeout = {"request_timeout_seconds": TIMEOUT_SECONDS} if "timeout" in day.kinds else {}
    with new_sandbox() as sandbox:
        config = settings(sandbox, folder, *RULES, delivery=mode, **timeout)
        arrange(day, sandbox)
        done = run(config, folder, messages(orders(people_of(mode))))
        sandbox.faults.clear()
        found = changed(sandbox)
        return Verdict(
            faults=sandbox.faults.count,
            requests=len(sandbox.requests),
            arrived=made_by_orders(found),
            lost=(wanted - found).total(),
            doubled=(found - wanted).total(),
            status=done.status,
            has_final_state=done.states == [STATE["value"]],
            err=done.err,
        )


def receive(config: dict[str, Any], lines: bytes) -> Summary:
    """Run the target in this process on lines as they are; returns its counts."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    target = TargetActiveCampaign(config=deepcopy(config))
    try:
        target.listen_and_close(io.BytesIO(lines))
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return target.consumer.summary
