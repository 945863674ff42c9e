"""The steps of the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests

from tests.demo.tables import print_table
from tests.demo.truth import compare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.demo.meltano import Meltano, Run
    from tests.demo.warehouses import Warehouse
    from tests.sandbox import Sandbox

_SHOWN_LOG_LINES = 30


class DemoError(Exception):
    """A step of the demo did not do what it should."""


def load(sandbox: Sandbox, meltano: Meltano, warehouse: Warehouse) -> None:
    """Load the account, change some contacts, and load it again.

    Raises:
        DemoError: If a run fails, or the tables differ from the account.
    """
    settings = {
        "TAP_ACTIVECAMPAIGN_API_URL": sandbox.url,
        "TAP_ACTIVECAMPAIGN_API_TOKEN": sandbox.token,
        **warehouse.settings(),
    }
    first = run_pipeline(sandbox, meltano, settings, "tap-activecampaign", warehouse.loader)
    _check_tables(sandbox, warehouse, first, shown_from=0)

    print("\nFour contacts change and one is new.")
    changed = [str(row["id"]) for row in sandbox.account.rows("contacts")[10:50:10]]
    for number, contact_id in enumerate(changed):
        body = {"collection": "contacts", "id": contact_id}
        control(sandbox, "touch", {**body, "changes": {"firstName": f"Changed {number}"}})
    values = {"email": "new.contact@example.com", "firstName": "New"}
    control(sandbox, "insert", {"collection": "contacts", "values": values})

    second = run_pipeline(sandbox, meltano, settings, "tap-activecampaign", warehouse.loader)
    _check_tables(sandbox, warehouse, second, shown_from=2)
    for number, contact_id in enumerate(changed):
        if warehouse.value("contacts", int(contact_id), "first_name") != f"Changed {number}":
            raise DemoError(f"the change of contact {contact_id} did not arrive in the table")
    print("The second run brought all five contacts.")


def run_pipeline(
    sandbox: Sandbox, meltano: Meltano, settings: Mapping[str, str], *plugins: str
) -> Run:
    """Run a pipeline and tell what it cost.

    Raises:
        DemoError: If it failed.
    """
    print(f"\n$ meltano run {' '.join(plugins)}", flush=True)
    control(sandbox, "clear", {})
    run = meltano.run("run", *plugins, settings=settings)
    if run.exit_code:
        tail = "\n".join(run.log.splitlines()[-_SHOWN_LOG_LINES:])
        raise DemoError(f"meltano run ended with exit code {run.exit_code}.\n{tail}")
    stats = requests.get(f"{sandbox.url}/_sandbox/stats", timeout=10).json()
    refused = stats["by_status"].get("429", 0)
    print(
        f"  {stats['requests']:,} requests ({refused} refused for coming too fast) "
        f"in {run.seconds:.0f} s"
    )
    return run


def _check_tables(sandbox: Sandbox, warehouse: Warehouse, run: Run, shown_from: int) -> None:
    """Print the tables beside the account.

    Args:
        sandbox: The account.
        warehouse: The tables.
        run: What has just loaded them.
        shown_from: How many records a table must have received to be shown.

    Raises:
        DemoError: If a table differs from the account.
    """
    comparisons = compare(sandbox, warehouse)
    moved = run.records_by_stream()
    shown = [one for one in comparisons if moved.get(one.table, 0) >= shown_from or not one.equal]
    print_table(
        ("table", "records moved", "rows in table", "rows in account", ""),
        [
            (
                one.table,
                moved.get(one.table, 0),
                one.loaded,
                one.expected,
                "equal" if one.equal else "DIFFERENT",
            )
            for one in shown
        ],
    )
    if len(shown) < len(comparisons):
        print(
            f"  and {len(comparisons) - len(shown)} tables that moved at most one record: the row "
            f"at a bookmark is sent again, so that none is ever lost"
        )
    loaded = sum(one.loaded for one in comparisons)
    print(f"  {len(comparisons)} tables, {sum(moved.values()):,} records moved, {loaded:,} rows")
    if not moved or not any(one.loaded for one in comparisons):
        raise DemoError("nothing was loaded")
    different = [one.table for one in comparisons if not one.equal]
    if different:
        raise DemoError(f"these tables differ from the account: {', '.join(different)}")


def control(sandbox: Sandbox, name: str, body: Mapping[str, object]) -> None:
    """Change the account behind the API's back, as people do in their browsers.

    Raises:
        DemoError: If the sandbox does not accept it.
    """
    answer = requests.post(f"{sandbox.url}/_sandbox/{name}", json=body, timeout=10)
    if not answer.ok:
        raise DemoError(f"the sandbox refused {name}: {answer.text}")
