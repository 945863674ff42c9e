"""What holds for all tests."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# The same examples in every run; new ones are searched for with --hypothesis-profile=search.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=5_000, deadline=None)
settings.load_profile("repeatable")

STARTS_A_PROCESS = frozenset({"subprocess.Popen", "os.fork", "os.posix_spawn", "os.system"})


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are cores: many tests wait for a part of their time."""
    return (os.cpu_count() or 1) + 1


class QuickTestGuard:
    """Refuses to start a process while a test runs that does not say it is slow.

    Args:
        is_on: Whether such a test is running.
    """

    def __init__(self, *, is_on: bool) -> None:
        self.is_on = is_on

    def watch(self, event: str, _: tuple[Any, ...]) -> None:
        """Raise when a process is about to start; an audit hook, which stays for good."""
        if self.is_on and event in STARTS_A_PROCESS:
            raise AssertionError("a test that starts a process is marked slow")


_guard = QuickTestGuard(is_on=False)
sys.addaudithook(_guard.watch)


@pytest.fixture(autouse=True)
def starts_no_process_unless_slow(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep `make check` free of tests that start processes."""
    _guard.is_on = request.node.get_closest_marker("slow") is None
    yield
    _guard.is_on = False
