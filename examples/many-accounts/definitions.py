"""What Dagster knows of the accounts: a job for each, and an asset for each of its streams."""

import json
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    AssetSelection,
    AssetSpec,
    Backoff,
    DagsterRunStatus,
    DefaultScheduleStatus,
    Definitions,
    Failure,
    Jitter,
    MaterializeResult,
    RetryPolicy,
    ScheduleDefinition,
    define_asset_job,
    in_process_executor,
    multi_asset,
)

PROJECT = Path(__file__).resolve().parent
ACCOUNTS_FILE = Path(os.environ.get("ACCOUNTS_FILE", PROJECT / "accounts.yml"))
MELTANO = os.environ.get("MELTANO", str(PROJECT / "../../.venv-meltano/bin/meltano"))
OUTPUT = PROJECT / "output"
ORDERS = "ticto_orders"
CHECK = "read_to_its_end"

# What is refused for a while is tried again, after one, two and four minutes.
RETRIES = RetryPolicy(
    max_retries=3,
    delay=float(os.environ.get("FIRST_RETRY_SECONDS", "60")),
    backoff=Backoff.EXPONENTIAL,
    jitter=Jitter.PLUS_MINUS,
)
ENDED = (DagsterRunStatus.CANCELING, DagsterRunStatus.CANCELED, DagsterRunStatus.FAILURE)
SECONDS_BETWEEN_LOOKS = 10
FAILED_STREAM = re.compile(r"Stream '(\w+)' was not read to its end")


@dataclass
class Outcome:
    """What Meltano and the plugins said.

    Attributes:
        exit_code: 0 if all went well.
        rows: How many records the tap sent, by stream.
        failed: The tap's sentence for each stream that it could not read to its end.
        loaded: Whether nothing failed but streams of the tap.
        errors: Everything that was said as an error.
    """

    exit_code: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)
    loaded: bool = False
    errors: list[str] = field(default_factory=list)

    def take(self, entry: dict[str, Any]) -> None:
        """Note a line of Meltano's log."""
        said, metric = str(entry["event"]), entry.get("metric_info") or {}
        if metric.get("metric") == "record_count" and entry.get("producer"):
            self.rows[metric["tags"]["stream"]] += metric["value"]
        elif found := FAILED_STREAM.search(said):
            self.failed[found[1]] = said
        elif entry.get("success") is False:
            self.loaded = set(entry.get("exit_codes") or {}) == {"extractors"}
        if entry.get("level") in ("error", "critical"):
            self.errors.append(said)

    def sentences(self) -> str:
        """Return why the run failed."""
        found = list(self.failed.values()) or self.errors[-3:]
        return "\n".join(found) or f"Meltano ended with {self.exit_code}."


def meltano(
    context: AssetExecutionContext, account: str, *plugins: str, **settings: str
) -> Outcome:
    """Run `meltano run`, and end it when the run has been given up in the web page."""
    # Meltano dies with the process that started it, so a run that is repeated is alone.
    command = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    # Runs that are begun together must not install anything together.
    command += [MELTANO, "--log-format=json", "run", "--no-install", "--force"]
    process = subprocess.Popen(
        [*command, f"--state-id-suffix={account}", *plugins],
        cwd=PROJECT,
        env={**os.environ, "MELTANO_SYS_DIR_ROOT": str(own_folder(account)), **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    outcome = Outcome()
    try:
        next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
        for line in process.stdout or ():
            entry = as_entry(line)
            outcome.take(entry)
            tell(context, entry)
            if time.monotonic() > next_look:
                next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
                run = context.instance.get_run_by_id(context.run_id)
                if run is not None and run.status in ENDED:
                    raise Failure("The run was ended.", allow_retries=False)
        outcome.exit_code = process.wait()
    finally:
        process.terminate()
        process.wait()
    return outcome


def own_folder(account: str) -> Path:
    """Return a folder of Meltano's for an account alone.

    In one folder, runs at the same time would overwrite each other's catalog, and so load streams
    that nobody has selected. Only the installed plugins are shared.
    """
    folder = OUTPUT / account / "meltano"
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("extractors", "loaders"):
        if not (folder / kind).is_symlink():
            (folder / kind).symlink_to(PROJECT / ".meltano" / kind)
    return folder


def as_entry(line: str) -> dict[str, Any]:
    """Return a line of the log; what a plugin prints past the log is an entry of its own."""
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    return entry if isinstance(entry, dict) and "event" in entry else {"event": line.rstrip()}


def tell(context: AssetExecutionContext, entry: dict[str, Any]) -> None:
    """Put what matters into the events, which all machines share, and the rest into a file."""
    match entry.get("level"):
        case "error" | "critical":
            context.log.error(entry["event"])
        case "warning":
            context.log.warning(entry["event"])
        case _ if "metric_info" not in entry:
            print(entry["event"], flush=True)


def credentials(plugin: str, account: dict[str, Any]) -> dict[str, str]:
    """Return the settings of a plugin that say which account it is for."""
    if not (token := os.environ.get(account["token"])):
        raise Failure(
            f"The environment variable {account['token']} is not set.", allow_retries=False
        )
    return {f"{plugin}_API_URL": account["api_url"], f"{plugin}_API_TOKEN": token}


def warehouse(name: str, account: dict[str, Any]) -> AssetsDefinition:
    """Return the assets of an account's streams, which one run of Meltano loads."""
    keys = {stream: [name, stream] for stream in account["streams"]}

    @multi_asset(
        name=f"{name}_warehouse",
        group_name=name,
        specs=[AssetSpec(key, skippable=True) for key in keys.values()],
        check_specs=[AssetCheckSpec(CHECK, asset=key) for key in keys.values()],
        retry_policy=RETRIES,
        can_subset=True,
    )
    def load(context: AssetExecutionContext) -> Iterator[MaterializeResult | AssetCheckResult]:
        chosen = [one for one in keys if context.selected_asset_keys & {AssetSpec(keys[one]).key}]
        outcome = meltano(
            context,
            name,
            "tap-activecampaign",
            "target-postgres",
            **credentials("TAP_ACTIVECAMPAIGN", account),
            TAP_ACTIVECAMPAIGN__SELECT=json.dumps([f"{stream}.*" for stream in chosen]),
            TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA=name,
        )
        # Where streams failed, the others are loaded; anything else has met all of them.
        whole = outcome.exit_code == 0 or bool(outcome.failed and outcome.loaded)
        for stream in chosen:
            bad = outcome.failed.get(stream)
            if bad or not whole:
                yield AssetCheckResult(
                    passed=False,
                    asset_key=keys[stream],
                    check_name=CHECK,
                    description=bad or outcome.sentences(),
                )
            else:
                yield AssetCheckResult(passed=True, asset_key=keys[stream], check_name=CHECK)
                yield MaterializeResult(
                    asset_key=keys[stream], metadata={"rows": outcome.rows[stream]}
                )
        if outcome.exit_code:
            # The tap has repeated already what it could of streams that failed.
            raise Failure(outcome.sentences(), allow_retries=not whole)

    return load


def orders(name: str, account: dict[str, Any]) -> AssetsDefinition:
    """Return the asset that stands for an account's orders having been applied to its contacts."""

    @multi_asset(
        name=f"{name}_{ORDERS}",
        group_name=name,
        specs=[AssetSpec([name, ORDERS])],
        retry_policy=RETRIES,
    )
    def apply(context: AssetExecutionContext) -> MaterializeResult:
        outcome = meltano(
            context,
            name,
            "tap-ticto-orders",
            "target-activecampaign",
            **credentials("TARGET_ACTIVECAMPAIGN", account),
            TAP_TICTO_ORDERS_PATH=str(ACCOUNTS_FILE.parent / account["orders"]),
            TARGET_ACTIVECAMPAIGN_RULES_PATH=str(ACCOUNTS_FILE.parent / account["rules"]),
            TARGET_ACTIVECAMPAIGN_DATA_DIR=str(OUTPUT / name),
        )
        if outcome.exit_code:
            raise Failure(outcome.sentences())
        return MaterializeResult()

    return apply


def definitions(accounts: dict[str, dict[str, Any]]) -> Definitions:
    """Return everything that the accounts need."""
    assets = [warehouse(name, account) for name, account in accounts.items()]
    assets += [orders(name, account) for name, account in accounts.items() if "orders" in account]
    # The tag keeps two runs of one account apart: dagster.yaml.
    jobs = {
        name: define_asset_job(name, AssetSelection.groups(name), tags={"account": name})
        for name in accounts
    }
    schedules = [
        ScheduleDefinition(
            job=jobs[name],
            cron_schedule=account["schedule"],
            default_status=DefaultScheduleStatus.RUNNING,
        )
        for name, account in accounts.items()
    ]
    return Definitions(
        assets=assets,
        jobs=list(jobs.values()),
        schedules=schedules,
        executor=in_process_executor,
    )


defs = definitions(yaml.safe_load(ACCOUNTS_FILE.read_text(encoding="utf-8"))["accounts"])
