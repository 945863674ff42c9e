"""Run the demo: `python -m tests.demo`, or `make demo`, which installs what it needs."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tests.demo.acts import DemoError, load
from tests.demo.buyers import orders
from tests.demo.meltano import ROOT, Meltano, is_installed
from tests.demo.postbacks import receive
from tests.demo.warehouses import DuckDB, JsonLines
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.demo.warehouses import Warehouse

FOLDER = ROOT / "output" / "demo"


def main() -> int:
    """Show both plugins at work and return 0 if every step did what it should."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--contacts", type=int, default=500, help="size of the account")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)

    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        with Sandbox(contacts=options.contacts) as sandbox:
            print(
                f"A stand-in for an ActiveCampaign account with {options.contacts:,} contacts "
                f"listens on {sandbox.url}.\nLike ActiveCampaign it answers 5 requests a second."
            )
            meltano = Meltano(FOLDER)
            warehouse = _warehouse()
            load(sandbox, meltano, warehouse)
            orders(sandbox, meltano)
            receive(sandbox, meltano)
    except DemoError as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    print(f"\nAll checks passed. The tables are in {_shown(warehouse.place)} ({warehouse.loader}).")
    return 0


def _warehouse() -> Warehouse:
    if is_installed("loaders", "target-duckdb"):
        return DuckDB(FOLDER / "warehouse.duckdb")
    print(
        "target-duckdb has no release that keeps every row on this Python, so target-jsonl loads "
        "instead; put a Python 3.10 to 3.13 beside it and run 'make clean demo' to see DuckDB.\n"
    )
    return JsonLines(FOLDER / "tables")


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
