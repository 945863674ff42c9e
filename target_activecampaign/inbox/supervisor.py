"""Runs `tap-ticto | target-activecampaign` again and again beside the receiver.

The two are programs of their own: whatever becomes of them, postbacks come in. Their state is in
`data_dir`, replaced as a whole each time the target tells how far it is. A run that is killed is
repeated from the last state, and the target's ledger applies nothing twice.

A lock that the two inherit keeps a new run back while an old one, orphaned by a killed receiver,
still works.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from target_activecampaign.inbox.settings import InboxSettings

logger = logging.getLogger(__name__)

_TAP: Final = (sys.executable, "-m", "target_activecampaign.ticto_source")
_TARGET: Final = (sys.executable, "-m", "target_activecampaign")
_TAP_LOG_LEVEL: Final = "TAP_TICTO_LOGLEVEL"
_LONGEST_LINE_BYTES: Final = 64 * 1024 * 1024
_SECONDS_TO_END: Final = 25.0
_SECONDS_BETWEEN_LOCK_TRIES: Final = 0.5


@dataclass(frozen=True)
class Programs:
    """The two programs of a run, as command lines without their configuration."""

    tap: Sequence[str] = _TAP
    target: Sequence[str] = _TARGET


class Supervisor:
    """Applies what the inbox has received, every so many seconds.

    Args:
        settings: With `target_config` and `apply_every_seconds`.
        programs: What is run.
    """

    def __init__(self, settings: InboxSettings, programs: Programs | None = None) -> None:
        if settings.target_config is None or settings.apply_every_seconds is None:
            raise ValueError("a supervisor needs target_config and apply_every_seconds")
        self._target_config = settings.target_config
        self._every_seconds = settings.apply_every_seconds
        self._inbox_url = settings.inbox_url
        self._folder = settings.data_dir / "apply"
        self._programs = programs or Programs()
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._runs = 0
        self._failures_in_a_row = 0
        self._is_running = False
        self._last_end: str | None = None
        self._last_success: str | None = None
        self._last_fault: str | None = None

    @property
    def state_path(self) -> Path:
        """Where the state of the last run is."""
        return self._folder / "state.json"

    def status(self) -> dict[str, Any]:
        """Return how the runs go, for the health check."""
        return {
            "status": "failing" if self._failures_in_a_row else "ok",
            "running": self._is_running,
            "runs": self._runs,
            "failures_in_a_row": self._failures_in_a_row,
            "last_run_ended_at": self._last_end,
            "last_success_at": self._last_success,
            "last_fault": self._last_fault,
        }

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run_until_stopped())

    async def stop(self) -> None:
        """End a run that is under way, so that what it has done is in the state."""
        self._stopped.set()
        if self._task is not None:
            await self._task

    async def _run_until_stopped(self) -> None:
        while not self._stopped.is_set():
            began = time.monotonic()
            try:
                fault = await self._run_once()
            except OSError as error:
                fault = f"the programs could not be started: {error.strerror}"
            except Exception as error:  # noqa: BLE001 - the receiver goes on, whatever it is
                fault = f"an unexpected {type(error).__name__}"
            self._note(fault)
            rest = self._every_seconds - (time.monotonic() - began)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), max(rest, 0.0))

    def _note(self, fault: str | None) -> None:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self._runs += 1
        self._last_end = now
        self._last_fault = fault
        if fault is None:
            if self._failures_in_a_row:
                logger.info("Postbacks are applied again.")
            self._failures_in_a_row, self._last_success = 0, now
        elif not self._stopped.is_set():
            self._failures_in_a_row += 1
            logger.error(
                "Postbacks are kept, but were not applied: %s. Next try in %g seconds.",
                fault,
                self._every_seconds,
            )

    async def _run_once(self) -> str | None:
        """Run the two programs and return what went wrong."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked() as lock:
            while not _try_lock(lock):
                if await self._is_stopped_within(_SECONDS_BETWEEN_LOCK_TRIES):
                    return None
            self._is_running = True
            try:
                return await self._pipe(lock)
            finally:
                self._is_running = False

    async def _pipe(self, lock: int) -> str | None:
        tap_command = [*self._programs.tap, "--config", self._write("tap.json", self._tap_config())]
        if self.state_path.exists():
            tap_command += ["--state", str(self.state_path)]
        target_command = [
            *self._programs.target,
            "--config",
            str(self._target_config),
            # The inbox has compared the tokens and keeps none.
            "--config",
            self._write("target.json", {"ticto_token": None}),
        ]
        reading, writing = os.pipe()
        try:
            # Both lead groups of their own: Ctrl-C in a terminal is the receiver's to pass on.
            tap = await asyncio.create_subprocess_exec(
                *tap_command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                # What it says of every run would bury what the target says of the orders.
                env={_TAP_LOG_LEVEL: "WARNING", **os.environ},
                pass_fds=(lock,),
                start_new_session=True,
            )
            os.close(writing)
            writing = -1
            target = await asyncio.create_subprocess_exec(
                *target_command,
                stdin=reading,
                stdout=asyncio.subprocess.PIPE,
                limit=_LONGEST_LINE_BYTES,
                pass_fds=(lock,),
                start_new_session=True,
            )
        finally:
            for descriptor in (reading, writing):
                if descriptor >= 0:
                    os.close(descriptor)
        keeping = asyncio.create_task(self._keep_states(target))
        ending = asyncio.create_task(self._end_when_stopped(tap, target))
        try:
            await asyncio.gather(tap.wait(), target.wait(), keeping)
        finally:
            ending.cancel()
        return _fault(tap.returncode, target.returncode)

    def _tap_config(self) -> dict[str, Any]:
        return {"inbox_url": self._inbox_url}

    async def _keep_states(self, target: asyncio.subprocess.Process) -> None:
        """Keep each state that the target lets out; it covers what is applied or rejected."""
        assert target.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        async for line in target.stdout:
            try:
                state = json.loads(line)
            except ValueError:
                continue
            if isinstance(state, dict):
                self._write("state.json", state)

    async def _end_when_stopped(self, *programs: asyncio.subprocess.Process) -> None:
        await self._stopped.wait()
        for program in programs:
            with contextlib.suppress(ProcessLookupError):
                program.terminate()
        await asyncio.sleep(_SECONDS_TO_END)
        for program in programs:
            with contextlib.suppress(ProcessLookupError):
                program.kill()

    async def _is_stopped_within(self, seconds: float) -> bool:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)
        return self._stopped.is_set()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield descriptor
        finally:
            # Closed here and by the programs when they end; the last one lets the lock go.
            os.close(descriptor)

    def _write(self, name: str, value: Any) -> str:
        """Write a file in one step: it is there as a whole, or as it was."""
        path, part = self._folder / name, self._folder / f"{name}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(value, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        return str(path)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _fault(tap_exit: int | None, target_exit: int | None) -> str | None:
    """Return what went wrong; the target first, because its end breaks the tap's pipe."""
    for program, exit_code in (("target-activecampaign", target_exit), ("tap-ticto", tap_exit)):
        if exit_code:
            return f"{program} ended with {exit_code}; its own message is above"
    return None
