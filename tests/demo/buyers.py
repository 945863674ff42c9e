"""The second act: Ticto orders become lists and tags."""

from __future__ import annotations

import json
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import requests
import yaml

from tests.demo.acts import DemoError, control, run_pipeline
from tests.demo.meltano import ROOT
from tests.demo.tables import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.demo.meltano import Meltano
    from tests.sandbox import Sandbox

ORDERS = ROOT / "examples" / "ticto-orders.jsonl"
RULES = ROOT / "examples" / "rules.yml"
_TARGET = "target-activecampaign"

Summary = dict[str, Any]


def orders(sandbox: Sandbox, meltano: Meltano) -> None:
    """Send the sample orders through the target, twice, and show the buyers before and after.

    Raises:
        DemoError: If a run fails, changes no buyer, or changes any the second time.
    """
    if not entry_points(group="console_scripts", name=_TARGET):
        print(f"\nTicto orders are left out: this version installs no {_TARGET}.")
        return
    _make_what_the_rules_name(sandbox)
    emails = _buyers()
    settings = {
        "TAP_TICTO_ORDERS_PATH": str(ORDERS),
        "TARGET_ACTIVECAMPAIGN_API_URL": sandbox.url,
        "TARGET_ACTIVECAMPAIGN_API_TOKEN": sandbox.token,
        "TARGET_ACTIVECAMPAIGN_RULES_PATH": str(RULES),
        "TARGET_ACTIVECAMPAIGN_DATA_DIR": str(meltano.folder / "target"),
    }
    pipeline = ("tap-ticto-orders", _TARGET)

    before = summaries(sandbox, emails)
    run_pipeline(sandbox, meltano, settings, *pipeline)
    after = summaries(sandbox, emails)
    show(before, after)
    rejects = meltano.folder / "target" / "rejects.jsonl"
    for line in rejects.read_text(encoding="utf-8").splitlines() if rejects.exists() else ():
        print(f"  One record was rejected: {json.loads(line)['reason']}")
    if before == after:
        raise DemoError("the orders changed no buyer")

    print("\nThe same orders once more, as after a crash that lost the state:")
    run_pipeline(sandbox, meltano, settings, "--full-refresh", *pipeline)
    if summaries(sandbox, emails) != after:
        raise DemoError("orders that had been applied were applied again")
    print("  No buyer changed: the ledger knew all of them.")


def _make_what_the_rules_name(sandbox: Sandbox) -> None:
    """Make the lists, fields and automations that the sample rules name, as a user would have."""
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    groups = [rules, *rules.get("integrations", [])]
    segmentations = [rule for group in groups for rule in group.get("segmentations", [])]
    for key, collection, column in (
        ("list", "lists", "name"),
        ("automation", "automations", "name"),
        ("fields", "fields", "perstag"),
    ):
        rows = sandbox.account.rows(collection)
        known = {str(value).lower() for row in rows for value in (row[column], row["id"])}
        for name in dict.fromkeys(name for rule in segmentations for name in _names(rule.get(key))):
            if name.lower() not in known:
                values = {column: name, **({"title": name} if collection == "fields" else {})}
                control(sandbox, "insert", {"collection": collection, "values": values})


def _names(value: object) -> Iterator[str]:
    """Yield the names that a rule gives as one value, a list, or the keys of a mapping."""
    if isinstance(value, (list, dict)):
        yield from map(str, value)
    elif value is not None:
        yield str(value)


def _buyers() -> list[str]:
    """Return the addresses of the sample orders, in order of appearance."""
    found: dict[str, None] = {}
    for line in ORDERS.read_text(encoding="utf-8").splitlines():
        order = json.loads(line)
        customer = order.get("customer") or {}
        email = customer.get("email") or order.get("email_customer") or order.get("email")
        if isinstance(email, str) and "@" in email:
            found[email.strip().lower()] = None
    return list(found)


def summaries(sandbox: Sandbox, emails: list[str]) -> dict[str, Summary | None]:
    """Return what the sandbox tells of each buyer, None for one who is no contact."""
    found: dict[str, Summary | None] = {}
    for email in emails:
        answer = requests.get(f"{sandbox.url}/_sandbox/contacts/{email}", timeout=10)
        found[email] = None
        if answer.ok:
            told = answer.json()
            found[email] = {key: told[key] for key in ("lists", "tags", "fields", "automations")}
    return found


def show(before: dict[str, Summary | None], after: dict[str, Summary | None]) -> None:
    """Print each buyer's lists and tags, before and after."""
    rows = []
    for email, then in before.items():
        for label, summary in (("before", then), ("after", after[email])):
            who = email if label == "before" else ""
            if summary is None:
                rows.append((who, label, "not a contact", ""))
                continue
            lists = ", ".join(f"{name} ({status})" for name, status in summary["lists"].items())
            rows.append((who, label, lists or "-", ", ".join(summary["tags"]) or "-"))
    print_table(("buyer", "", "lists", "tags"), rows)
