"""What Meltano Hub would show is what the plugins say of themselves."""

from __future__ import annotations

import os

import pytest
import yaml

from tests.packaging.contents import PROJECT
from tests.packaging.hub import DISTRIBUTION, FOLDER, PLUGINS, Plugin, entry, written

# Set it to write the entries anew; the difference is what a review looks at.
UPDATE = "UPDATE_SNAPSHOTS"

every_plugin = pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)


@every_plugin
def test_the_entry_is_what_the_plugin_says_of_itself(plugin: Plugin) -> None:
    text = written(entry(plugin))
    if os.environ.get(UPDATE):
        plugin.path.parent.mkdir(parents=True, exist_ok=True)
        plugin.path.write_text(text, encoding="utf-8")
    assert plugin.path.read_text(encoding="utf-8") == text, (
        f"The entry of {plugin.name} changed: run the tests with {UPDATE}=1 and review it"
    )


@every_plugin
def test_the_entry_demands_what_the_plugin_demands(plugin: Plugin) -> None:
    required = set(plugin.about()["settings"].get("required", []))
    groups = yaml.safe_load(plugin.path.read_text(encoding="utf-8"))["settings_group_validation"]
    assert all(required <= set(group) for group in groups)


@every_plugin
def test_the_entry_installs_this_distribution_and_names_its_command(plugin: Plugin) -> None:
    found = yaml.safe_load(plugin.path.read_text(encoding="utf-8"))
    assert found["pip_url"].partition("[")[0] == DISTRIBUTION
    assert found["executable"] in PROJECT["project"]["scripts"]


@every_plugin
def test_the_entry_hides_each_secret(plugin: Plugin) -> None:
    settings = plugin.about()["settings"]["properties"]
    found = yaml.safe_load(plugin.path.read_text(encoding="utf-8"))["settings"]
    hidden = {one["name"] for one in found if one.get("sensitive")}
    assert hidden == {name for name, one in settings.items() if one.get("secret")}


def test_each_plugin_has_one_entry_and_no_entry_is_left_over() -> None:
    assert sorted(FOLDER.rglob("*.yml")) == sorted(plugin.path for plugin in PLUGINS)
    commands = {name for name in PROJECT["project"]["scripts"] if name.startswith(("tap", "targ"))}
    assert {plugin.name for plugin in PLUGINS} == commands
