"""Runs Meltano with the plugins of this repository, and leaves no process behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLE = ROOT / ".venv-meltano" / "bin" / "meltano"

TOO_LONG = 124
_LONGEST_RUN_SECONDS = 600
_END_SECONDS = 10


def plugin_python(kind: str, name: str) -> Path:
    """Return the interpreter of a plugin's own environment.

    Args:
        kind: `extractors` or `loaders`.
        name: Name of the plugin in meltano.yml.
    """
    return ROOT / ".meltano" / kind / name / "venv" / "bin" / "python"


def is_installed(kind: str, name: str) -> bool:
    """Return whether Meltano has installed the executable of a plugin that is named like it."""
    return plugin_python(kind, name).with_name(name).exists()


@dataclass(frozen=True)
class Run:
    """What a run of Meltano left.

    Attributes:
        exit_code: 0 if all went well, `TOO_LONG` if the run had to be ended.
        seconds: How long it took.
        entries: What Meltano and the plugins logged.
    """

    exit_code: int
    seconds: float
    entries: list[dict[str, Any]]

    @property
    def log(self) -> str:
        """What was logged, a line per entry."""
        return "\n".join(str(entry["event"]) for entry in self.entries)

    def records_by_stream(self) -> dict[str, int]:
        """Return how many records the tap says it sent."""
        counts: Counter[str] = Counter()
        for entry in self.entries:
            metric = entry.get("metric_info", {})
            if entry.get("producer") and metric.get("metric") == "record_count":
                counts[metric["tags"]["stream"]] += metric["value"]
        return dict(counts)


@dataclass
class Meltano:
    """Meltano in the project of this repository, with state of its own.

    Attributes:
        folder: Where state and logs go.
        settings: Environment variables of the plugins' settings.
    """

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, settings: Mapping[str, str] | None = None) -> Run:
        """Run `meltano <arguments>` to its end.

        Args:
            arguments: For example `run`, `tap-activecampaign`, `target-duckdb`.
            settings: More environment variables for this run.
        """
        self._prepare()
        log_path = self.folder / "meltano.log"
        started_at = time.monotonic()
        with log_path.open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [EXECUTABLE, "--log-format=json", *arguments],
                cwd=ROOT,
                env=self._environment(settings or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                exit_code = process.wait(_LONGEST_RUN_SECONDS)
            except subprocess.TimeoutExpired:
                exit_code = TOO_LONG
            finally:
                end_group(process)
        seconds = time.monotonic() - started_at
        lines = log_path.read_text(encoding="utf-8").splitlines()
        return Run(exit_code, seconds, [_entry(line) for line in lines])

    def _prepare(self) -> None:
        """Give Meltano a system folder of its own, so that only plugins are shared."""
        self._system.mkdir(parents=True, exist_ok=True)
        for kind in ("extractors", "loaders"):
            link = self._system / kind
            if not link.is_symlink():
                link.symlink_to(ROOT / ".meltano" / kind)

    @property
    def _system(self) -> Path:
        return self.folder.resolve() / ".meltano"

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        foreign = ("TAP_", "TARGET_", "MELTANO_", "SINGER_SDK_", "VIRTUAL_ENV", "PYTHON")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        return {
            **inherited,
            "MELTANO_PROJECT_ROOT": str(ROOT),
            "MELTANO_SYS_DIR_ROOT": str(self._system),
            "MELTANO_DATABASE_URI": f"sqlite:///{self._system / 'meltano.db'}",
            "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
            "NO_COLOR": "1",
            **self.settings,
            **settings,
        }


def _entry(line: str) -> dict[str, Any]:
    """Return a log line as an entry; what was written past the log is an entry of its own."""
    try:
        entry = json.loads(line)
    except ValueError:
        return {"event": line}
    return entry if isinstance(entry, dict) and "event" in entry else {"event": line}


def end_group(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """End a process that leads a session, and everything that it started."""
    if _signal(process.pid, signal.SIGTERM):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
        _signal(process.pid, signal.SIGKILL)
        process.wait()


def _signal(group: int, number: signal.Signals) -> bool:
    """Send a signal to a process group and return whether there was any process in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
