"""The sdist and the wheel: what is in them, and what they are once installed."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.packaging.conftest import Environment, made_once, run
from tests.packaging.contents import (
    PACKAGES,
    PROJECT,
    ROOT,
    kept_names,
    metadata_of,
    names_in_sdist,
    names_in_wheel,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.packaging.conftest import Distributions

pytestmark = pytest.mark.slow

VERSION = PROJECT["project"]["version"]
COMMANDS = sorted(PROJECT["project"]["scripts"])
TAPS = [command for command in COMMANDS if command.startswith("tap-")]
# What a reader of the sdist needs: to test it, and to follow what the documents say.
OF_THE_SDIST = ("docs", "examples", "tests", *PACKAGES)
BESIDE_THEM = {"CHANGELOG.md", "LICENSE", "Makefile", "README.md", "meltano.yml", "mkdocs.yml"}


# Contents


def test_the_wheel_holds_every_file_of_both_packages_and_nothing_else(
    distributions: Distributions,
) -> None:
    held = names_in_wheel(distributions.wheel)
    about = f"singer_activecampaign-{VERSION}.dist-info/"
    assert {name for name in held if not name.startswith(about)} == kept_names(*PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_ships_type_information(distributions: Distributions, package: str) -> None:
    assert f"{package}/py.typed" in names_in_wheel(distributions.wheel)


def test_the_sdist_holds_what_tests_and_documents_need(distributions: Distributions) -> None:
    held = names_in_sdist(distributions.sdist)
    constraints = {path.name for path in ROOT.glob("constraints*.txt")}
    assert held >= kept_names(*OF_THE_SDIST) | BESIDE_THEM | constraints


def test_nothing_private_or_made_by_a_run_is_shipped(distributions: Distributions) -> None:
    held = names_in_sdist(distributions.sdist) | names_in_wheel(distributions.wheel)
    private = {".env", ".meltano", ".venv", "output", "__pycache__"}
    assert {name for name in held if private & set(PurePosixPath(name).parts)} == set()


# Licences


def test_the_metadata_names_the_licence_and_the_wheel_ships_it(
    distributions: Distributions,
) -> None:
    metadata = metadata_of(distributions.wheel)
    assert metadata["License-Expression"] == PROJECT["project"]["license"]
    licences = f"singer_activecampaign-{VERSION}.dist-info/licenses/"
    named = metadata.get_all("License-File", [])
    assert "LICENSE" in named
    assert {f"{licences}{name}" for name in named} <= names_in_wheel(distributions.wheel)


def test_licences_of_what_is_vendored_in_a_package_are_named_and_shipped(
    distributions: Distributions,
) -> None:
    vendored = [PurePosixPath(name) for name in kept_names(*PACKAGES) if "/vendor/" in name]
    notices = {path for path in vendored if path.stem in {"NOTICE", "LICENSE"}}
    named = set(metadata_of(distributions.wheel).get_all("License-File", []))
    assert {str(notice) for notice in notices} <= named
    for path in set(vendored) - notices:
        beside = [notice for notice in notices if notice.parent == path.parent]
        assert any(path.name in (ROOT / notice).read_text(encoding="utf-8") for notice in beside), (
            f"no NOTICE or LICENSE beside {path} names it"
        )


def test_each_script_of_the_documentation_has_its_licence_beside_it_in_the_sdist(
    distributions: Distributions,
) -> None:
    held = names_in_sdist(distributions.sdist)
    scripts = [name for name in held if name.startswith("docs/assets/") and name.endswith(".js")]
    assert scripts
    for script in scripts:
        assert f"{script.split('.')[0]}.LICENSE.txt" in held, script


# Installed


@pytest.fixture(scope="module")
def installed(distributions: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a fresh environment and return where its commands are."""

    def install(folder: Path) -> None:
        environment = Environment.create(folder / "environment")
        environment.pip("-c", ROOT / "constraints.txt", distributions.wheel)

    return made_once(tmp_path_factory, "installed", install) / "environment" / "bin"


@pytest.mark.parametrize("command", COMMANDS)
def test_an_installed_command_tells_its_version_and_its_options(
    installed: Path, command: str
) -> None:
    assert VERSION in run(installed / command, "--version")
    assert "Usage: " in run(installed / command, "--help")


@pytest.mark.parametrize("command", TAPS)
def test_an_installed_tap_discovers_its_streams_without_a_config(
    installed: Path, command: str
) -> None:
    assert json.loads(run(installed / command, "--discover"))["streams"]


def test_pipx_brings_the_commands(distributions: Distributions, tmp_path: Path) -> None:
    environment = Environment.create(tmp_path / "environment")
    environment.pip("pipx")
    home, commands = tmp_path / "pipx", tmp_path / "bin"
    run(
        environment.program("pipx"),
        "install",
        f"--pip-args=--no-compile -c {ROOT / 'constraints.txt'}",
        distributions.wheel,
        PIPX_HOME=home,
        PIPX_BIN_DIR=commands,
        PIPX_MAN_DIR=tmp_path / "man",
        PIPX_DEFAULT_PYTHON=environment.program("python"),
    )
    assert sorted(path.name for path in commands.iterdir()) == COMMANDS
    assert VERSION in run(commands / "target-activecampaign", "--version")
