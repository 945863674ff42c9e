from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.packaging.contents import PROJECT, ROOT, kept_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Distributions:
    """What `python -m build` makes: an sdist, and a wheel that is built from it."""

    sdist: Path
    wheel: Path


@dataclass(frozen=True)
class Environment:
    """A virtual environment of its own."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> Environment:
        run(sys.executable, "-m", "venv", folder)
        return cls(folder)

    def program(self, name: str) -> Path:
        return self.folder / "bin" / name

    def pip(self, *arguments: str | Path) -> None:
        # Nothing here runs often enough to be compiled ahead.
        install = ("-m", "pip", "install", "--quiet", "--no-compile")
        run(self.program("python"), *install, "--disable-pip-version-check", *arguments)


def run(*command: str | Path, **variables: str | Path) -> str:
    """Run a program as from a shell that knows nothing of this project, and return its output."""
    foreign = ("TAP_", "TARGET_", "TICTO_", "PYTHON", "PIPX_", "VIRTUAL_ENV")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**inherited, **{name: str(value) for name, value in variables.items()}},
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that is filled by the first worker that needs it, while others wait."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, finished = shared / name, shared / f"{name}.finished"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            finished.touch()
    return folder


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Build from a copy of what is kept, so that neither leftovers go in nor any are made."""
    made = made_once(tmp_path_factory, "distributions", build) / "made"
    (sdist,), (wheel,) = made.glob("*.tar.gz"), made.glob("*.whl")
    return Distributions(sdist, wheel)


def build(folder: Path) -> None:
    for path in kept_files():
        copy = folder / "project" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    environment = Environment.create(folder / "environment")
    (backend,) = PROJECT["build-system"]["requires"]
    environment.pip(backend)
    python, made = environment.program("python"), folder / "made"
    hatchling = (python, "-m", "hatchling", "build", "--directory", made)
    subprocess.run([*hatchling, "--target", "sdist"], cwd=folder / "project", check=True)
    (sdist,) = made.iterdir()
    run(python, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", made, sdist)
