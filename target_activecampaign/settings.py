"""The target's settings: their declarations, and where its files are."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from singer_sdk import typing as th

from tap_activecampaign.api import connection_settings, traffic_settings
from target_activecampaign.errors import TargetError
from target_activecampaign.ticto import PHONE_FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE_NAME: Final = "singer-activecampaign"
DEFAULT_DATA_DIR: Final = ".target-activecampaign"
_PROBE_BYTES: Final = 262_144

_ANY_MEMBERS: Final = th.ObjectType(additional_properties=True)


def default_user_agent() -> str:
    """Return what requests call themselves if the settings say nothing."""
    try:
        version = metadata.version(PACKAGE_NAME)
    except metadata.PackageNotFoundError:
        version = "unknown"
    return f"target-activecampaign/{version}"


def settings_schema() -> dict[str, Any]:
    """Return the declarations of all settings. Rules are checked in detail when it starts."""
    own: list[th.Property[Any]] = [
        th.Property(
            "segmentations",
            th.ArrayType(_ANY_MEMBERS),
            title="Segmentations",
            description="Rules: which event of an order does what. See docs/target.md.",
        ),
        th.Property(
            "integrations",
            th.ArrayType(_ANY_MEMBERS),
            title="Integrations",
            description=(
                "As in Ticto's panel: a name, products, an account of its own if wanted, and "
                "segmentations. Removing or deactivating one disables all its segmentations."
            ),
        ),
        th.Property(
            "rules_path",
            th.StringType(min_length=1),
            title="Rule file",
            description="A YAML or JSON file with segmentations and/or integrations.",
        ),
        th.Property(
            "order_streams",
            th.ArrayType(th.StringType),
            default=["*"],
            title="Order streams",
            description="Names or patterns of the streams that carry orders; others are ignored.",
        ),
        th.Property(
            "ticto_token",
            th.StringType(min_length=1),
            secret=True,
            title="Ticto token",
            description="If set, a record whose body has another token is rejected.",
        ),
        th.Property(
            "ticto_timezone",
            th.StringType,
            default="America/Sao_Paulo",
            title="Ticto's time zone",
            description="Zone of Ticto's dates, which name none.",
        ),
        th.Property(
            "default_phone_format",
            th.StringType(allowed_values=list(PHONE_FORMATS)),
            default="e164",
            title="Phone format",
            description="For rules that name none.",
        ),
        th.Property(
            "delivery",
            th.StringType(allowed_values=["auto", "bulk", "direct"]),
            default="auto",
            title="Delivery",
            description=(
                "bulk: batches through ActiveCampaign's import; direct: the calls for one contact; "
                "auto: bulk from ten contacts on."
            ),
        ),
        th.Property(
            "exclude_automations",
            th.BooleanType,
            default=False,
            title="Exclude automations",
            description=(
                "Whether imports start no automations that wait for a list or a tag. Direct "
                "delivery always starts them."
            ),
        ),
        th.Property(
            "data_dir",
            th.StringType(min_length=1),
            default=DEFAULT_DATA_DIR,
            title="Data directory",
            description="Where rejects.jsonl and the default ledger are.",
        ),
        th.Property(
            "ledger_url",
            th.StringType(min_length=1),
            secret=True,
            title="Ledger URL",
            description=(
                "SQLAlchemy URL of the ledger. Default: ledger.db in data_dir. A PostgreSQL "
                "database lets runs on several machines share it."
            ),
        ),
        th.Property(
            "ledger_retention_days",
            th.IntegerType(minimum=1, maximum=36_500),
            default=400,
            title="Ledger retention in days",
            description="How long the ledger remembers what was applied.",
        ),
        th.Property(
            "on_reject",
            th.StringType(allowed_values=["continue", "fail"]),
            default="continue",
            title="On reject",
            description=(
                "continue: write the reject, go on, exit 0; fail: finish the run, then exit 1 if "
                "there was any."
            ),
        ),
        th.Property(
            "dry_run",
            th.BooleanType,
            default=False,
            title="Dry run",
            description=(
                "Print what would be done, per order, as JSON lines on stderr; write nothing."
            ),
        ),
    ]
    return th.PropertiesList(
        *connection_settings(required=False),
        *own,
        *traffic_settings(default_user_agent=default_user_agent()),
    ).to_dict()


def data_dir(config: Mapping[str, Any]) -> Path:
    """Return the directory of the target's files, which may not exist yet."""
    return Path(config.get("data_dir") or DEFAULT_DATA_DIR).expanduser()


def ledger_url(config: Mapping[str, Any]) -> str:
    """Return the URL of the ledger."""
    return str(config.get("ledger_url") or f"sqlite:///{data_dir(config) / 'ledger.db'}")


def prepare_data_dir(path: Path) -> None:
    """Create the directory, private to the user, and prove that it can be written.

    Raises:
        TargetError: If it cannot, or if the disk is full.
    """
    probe = path / f".probe-{os.getpid()}"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(probe, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(b"\0" * _PROBE_BYTES)
                file.flush()
                os.fsync(file.fileno())
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise TargetError(
            f"The setting data_dir: {path} cannot be written: {error.strerror}. Nothing has been "
            f"applied."
        ) from None
