"""What is installed and what the workflows may do."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
# The distribution, not python-backoff and not the module that both provide.
BACKOFF = re.compile(r"^\s*-?\s*[\"']?backoff\s*(?:[=<>~!@\[;,\"']|$)", re.MULTILINE)
WRITES_NEEDED = {("release.yml", "publish"): {"id-token": "write"}}


def declared() -> list[Requirement]:
    """Return what pyproject.toml asks for, development groups included."""
    groups: dict[str, list[Any]] = PYPROJECT["dependency-groups"]
    written = [*PYPROJECT["project"]["dependencies"]]
    written += [one for group in groups.values() for one in group if isinstance(one, str)]
    return [Requirement(one) for one in dict.fromkeys(written)]


def pins() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def jobs() -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    found = []
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [(path.name, name, job, workflow) for name, job in workflow["jobs"].items()]
    return found


JOBS = jobs()
NAMES = [f"{file}-{name}" for file, name, _, _ in JOBS]


@pytest.mark.parametrize("wanted", declared(), ids=str)
def test_constraints_hold_a_version_that_each_range_allows(wanted: Requirement) -> None:
    fitting = [
        pin for pin in pins() if canonicalize_name(pin.name) == canonicalize_name(wanted.name)
    ]
    assert fitting, f"{wanted.name} is not in constraints.txt"
    for pin in fitting:
        (exact,) = pin.specifier
        assert exact.operator == "=="
        assert wanted.specifier.contains(exact.version, prereleases=True), str(pin)


def test_no_dependency_is_declared_twice() -> None:
    names = [Requirement(one).name for one in PYPROJECT["project"]["dependencies"]]
    assert len(names) == len(set(names))


def test_each_range_of_a_dependency_has_a_lower_end() -> None:
    ranges = [Requirement(one) for one in PYPROJECT["project"]["dependencies"]]
    assert [str(one) for one in ranges if not re.search(r">=|~=|==", str(one.specifier))] == []


def test_no_file_declares_the_distribution_backoff() -> None:
    files = [
        ROOT / "pyproject.toml",
        ROOT / "meltano.yml",
        ROOT / "Makefile",
        *ROOT.glob("constraints*.txt"),
        *ROOT.glob("requirements*.txt"),
        *WORKFLOWS,
    ]
    # Dagster needs that distribution, in an environment of its own without the plugins.
    kept = [path for path in files if path.exists() and path.name != "constraints-dagster.txt"]
    assert len(kept) > 3
    assert [path.name for path in kept if BACKOFF.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("line", ["backoff==2.2.1", "backoff", '    "backoff>=2",', "- backoff"])
def test_a_declaration_of_backoff_would_be_found(line: str) -> None:
    assert BACKOFF.search(f"attrs==1\n{line}\n")
    assert not BACKOFF.search(
        'python-backoff==2.3.1\n    "python-backoff>=2.2.2",\nimport backoff\n'
    )


def test_workflows_may_only_read_unless_a_job_asks_for_more() -> None:
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow.get("permissions") == {"contents": "read"}, path.name


@pytest.mark.parametrize(("file", "name", "job", "workflow"), JOBS, ids=NAMES)
def test_a_job_has_no_permission_that_it_does_not_need(
    file: str, name: str, job: dict[str, Any], workflow: dict[str, Any]
) -> None:
    del workflow
    assert job.get("permissions", {}) == WRITES_NEEDED.get((file, name), {})
    assert job.get("timeout-minutes", 0) > 0


@pytest.mark.parametrize(("file", "name", "job", "workflow"), JOBS, ids=NAMES)
def test_a_job_uses_pinned_actions_and_keeps_no_credentials(
    file: str, name: str, job: dict[str, Any], workflow: dict[str, Any]
) -> None:
    del name
    for step in job["steps"]:
        action = step.get("uses", "")
        assert not action or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), f"{file}: {action}"
        if action.startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        # What a pull request is called must never become a command.
        assert "${{ github.event" not in step.get("run", "")
        assert "${{ github.head_ref" not in step.get("run", "")
    # With this trigger code of strangers would run with the rights of the repository.
    assert "pull_request_target" not in str(workflow)
