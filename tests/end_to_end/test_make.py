"""What make says when it cannot do its work."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.demo.meltano import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

CLOSED = "http://127.0.0.1:9/simple"


def copy_makefile(folder: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "meltano.yml"):
        shutil.copy(ROOT / name, folder)
    for constraints in ROOT.glob("constraints*.txt"):
        shutil.copy(constraints, folder)


def test_an_index_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    copy_makefile(tmp_path)
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "MAKE", "MFLAGS"))
    }
    closed = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": CLOSED, "PIP_RETRIES": "1"}
    ended = subprocess.run(
        ["make", "install"],
        cwd=tmp_path,
        env={**inherited, **closed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    said = [line for line in ended.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1, ended.stderr
    assert said[0].startswith("The package index cannot be reached: ")


def test_a_machine_without_a_usable_python_is_one_sentence(tmp_path: Path) -> None:
    copy_makefile(tmp_path)
    ended = subprocess.run(
        ["make", "install", "PYTHON="], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode != 0
    said = [line for line in ended.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1, ended.stderr
    assert said[0].startswith("No Python 3.10 to 3.14 ")
