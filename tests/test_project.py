"""What is said in several places is the same everywhere, and the layers stay apart."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tap_activecampaign.tap import TapActiveCampaign
from target_activecampaign.inbox.settings import config_jsonschema as inbox_settings

if TYPE_CHECKING:
    from collections.abc import Collection

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MELTANO = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))["plugins"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

INBOX = "ticto-inbox"
PROGRAMS = sorted(PROJECT["scripts"])
PLUGINS = [program for program in PROGRAMS if program != INBOX]
SDK_SETTINGS = {
    "add_record_metadata",
    "batch_config",
    "batch_size_rows",
    "emit_activate_version_messages",
    "faker_config",
    "flattening_enabled",
    "flattening_max_depth",
    "flattening_max_key_length",
    "flattening_separator",
    "load_method",
    "process_activate_version_messages",
    "stream_map_config",
    "stream_maps",
    "validate_records",
}
MELTANO_KINDS = {
    "array": {"array"},
    "boolean": {"boolean"},
    "integer": {"integer"},
    # Meltano cannot hand a decimal on to a plugin.
    "number": {"integer"},
    "string": {"string", "options", "date_iso8601"},
}


@cache
def settings_of(program: str) -> dict[str, dict[str, Any]]:
    """Return the settings that `--about` lists, without those of the SDK."""
    if program == INBOX:
        properties: dict[str, dict[str, Any]] = inbox_settings["properties"]
        return properties
    module, _, attribute = PROJECT["scripts"][program].partition(":")
    plugin = getattr(importlib.import_module(module), attribute.split(".")[0])
    plugin.append_builtin_config(plugin.config_jsonschema)
    listed = plugin.config_jsonschema["properties"]
    return {name: schema for name, schema in listed.items() if name not in SDK_SETTINGS}


def meltano_plugin(program: str) -> dict[str, Any]:
    plugins = [*MELTANO["extractors"], *MELTANO["loaders"]]
    return next(plugin for plugin in plugins if plugin["name"] == program)


def python_files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported_by(path: Path) -> set[str]:
    """Return the modules that a file imports, relative ones by their full name."""
    package = path.relative_to(ROOT).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def kept_files() -> list[Path]:
    """Return the files that are or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no git repository, so which files are kept is unknown")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("program", PLUGINS)
def test_meltano_declares_each_setting_with_its_kind(program: str) -> None:
    declared = {setting["name"]: setting for setting in meltano_plugin(program)["settings"]}
    settings = settings_of(program)
    assert sorted(declared) == sorted(settings)
    for name, schema in settings.items():
        types = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
        (kind,) = types - {"null"}
        assert declared[name].get("kind", "string") in MELTANO_KINDS[kind], name
        offered = [option["value"] for option in declared[name].get("options", [])]
        assert sorted(offered) == sorted(value for value in schema.get("enum", []) if value), name


@pytest.mark.parametrize("program", PLUGINS)
def test_meltano_hides_each_secret(program: str) -> None:
    hidden = {one["name"] for one in meltano_plugin(program)["settings"] if one.get("sensitive")}
    assert hidden >= {name for name, one in settings_of(program).items() if one.get("secret")}


@pytest.mark.parametrize("program", PROGRAMS)
def test_env_example_names_each_setting(program: str) -> None:
    prefix = program.replace("-", "_").upper() + "_"
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(rf"^#?{prefix}(\w+)=", text, re.MULTILINE)
    assert sorted(named) == sorted(name.upper() for name in settings_of(program))


@pytest.mark.parametrize("program", PROGRAMS)
def test_docs_explain_each_setting(program: str) -> None:
    section = SETTINGS.split(f"\n## {program}\n")[1].split("\n#")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == sorted(
        settings_of(program)
    )


def test_meltano_leaves_out_the_streams_that_cost_a_request_for_each_parent_row() -> None:
    unused = {"api_url": "https://example.com", "api_token": "unused"}
    streams = TapActiveCampaign(config=unused, validate_config=False).streams.values()
    opt_in = sorted(f"!{stream.name}.*" for stream in streams if not stream.selected_by_default)
    assert meltano_plugin("tap-activecampaign")["select"] == ["*.*", *opt_in]


@pytest.mark.parametrize("kind", ["extractors", "loaders"])
def test_meltano_needs_no_hub(kind: str) -> None:
    assert [plugin["name"] for plugin in MELTANO[kind] if "namespace" not in plugin] == []


def test_the_shared_api_imports_neither_plugin() -> None:
    for path in python_files("tap_activecampaign/api"):
        ours = {
            name
            for name in imported_by(path)
            if name.startswith(("tap_activecampaign", "target_activecampaign"))
        }
        assert {name for name in ours if not name.startswith("tap_activecampaign.api")} == set(), (
            path
        )


def test_the_target_imports_only_the_api_of_the_tap() -> None:
    for path in python_files("target_activecampaign"):
        of_the_tap = {name for name in imported_by(path) if name.startswith("tap_activecampaign")}
        assert {
            name for name in of_the_tap if not name.startswith("tap_activecampaign.api")
        } == set(), path


def test_the_tap_does_not_import_the_target() -> None:
    for path in python_files("tap_activecampaign"):
        assert not any(name.startswith("target_activecampaign") for name in imported_by(path)), path


# Lower layers first: a module may import its own layer and those before it.
TAP_LAYERS = (
    ("api",),
    ("records",),
    ("pagination",),
    ("incremental",),
    ("sideload",),
    ("failures", "output", "progress"),
    ("custom_fields",),
    ("stream_types",),
    ("streams",),
    ("check",),
    ("catalog", "replication", "settings", "stream_maps", "tap"),
    ("documentation", "__main__"),
)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules_of(package: str) -> dict[str, set[str]]:
    """Return each module of a package with the modules of that package that it imports."""
    paths = {module_of(path): path for path in python_files(package)}
    return {
        module: {found for name in imported_by(path) for found in _module_named(name, paths)}
        - {module}
        for module, path in paths.items()
    }


def _module_named(name: str, modules: Collection[str]) -> set[str]:
    """Return the module of an imported name, which may be a module or something in one."""
    if name in modules:
        # A package is imported for something in it, which is named as well.
        is_package = any(module.startswith(f"{name}.") for module in modules)
        return set() if is_package else {name}
    owner = name.rpartition(".")[0]
    return {owner} & set(modules)


def layer_of(module: str) -> int:
    name = module.split(".")[1]
    return next(rank for rank, names in enumerate(TAP_LAYERS) if name in names)


def test_no_module_of_the_tap_imports_one_of_a_higher_layer() -> None:
    upwards = [
        f"{module} imports {imported}"
        for module, imports in modules_of("tap_activecampaign").items()
        for imported in imports
        if "." in module and layer_of(imported) > layer_of(module)
    ]
    assert upwards == []


@pytest.mark.parametrize("package", ["tap_activecampaign", "target_activecampaign"])
def test_no_modules_import_each_other_in_a_circle_not_even_for_types(package: str) -> None:
    left = dict(modules_of(package))
    while free := [module for module, imports in left.items() if not imports & left.keys()]:
        for module in free:
            del left[module]
    assert left == {}


@pytest.mark.parametrize("package", ["tap_activecampaign", "target_activecampaign"])
def test_no_module_is_longer_than_350_lines(package: str) -> None:
    lines = {module_of(path): len(path.read_text().splitlines()) for path in python_files(package)}
    assert {module: count for module, count in lines.items() if count > 350} == {}


# Folder or module of the target -> what else of the target it imports. An order comes in by
# `singer`, is read by `ticto`, meets its rules in `segmentation` and its past in `events`, and goes
# by `delivery` to the `account`; `run` drives.
TARGET_LAYERS: dict[str, set[str]] = {
    "errors": set(),
    "lenient_json": set(),
    "ticto": {"errors", "lenient_json"},
    "segmentation": {"errors", "ticto"},
    "events": {"errors", "segmentation", "ticto"},
    "settings": {"errors", "ticto"},
    "account": {"errors", "segmentation", "settings"},
    "delivery": {"account", "events", "segmentation", "ticto"},
    "run": {"account", "delivery", "errors", "events", "segmentation", "ticto"},
    "singer": {"errors", "lenient_json"},
    "inbox": {"events", "lenient_json", "settings", "ticto"},
    "ticto_source": {"inbox", "lenient_json", "settings", "ticto"},
    "panel": {"account", "errors", "events", "inbox", "lenient_json", "run", "segmentation"}
    | {"settings", "ticto"},
    "target": {"account", "delivery", "errors", "events", "run", "segmentation", "settings"}
    | {"singer", "ticto"},
    "__main__": {"target"},
}


# The one place that knows the panel: it joins it to the receiver when the process starts.
ASSEMBLY_OF_THE_INBOX = "target_activecampaign.inbox.cli"


def test_each_layer_of_the_target_imports_only_those_below_it() -> None:
    for module, imports in modules_of("target_activecampaign").items():
        if "." in module:
            layer = module.split(".")[1]
            others = {imported.split(".")[1] for imported in imports} - {layer}
            if module == ASSEMBLY_OF_THE_INBOX:
                others.discard("panel")
            assert others <= TARGET_LAYERS[layer], module


def test_only_accounts_and_deliveries_of_the_target_send_requests() -> None:
    for path in python_files("target_activecampaign"):
        if "tap_activecampaign.api.ApiSession" in imported_by(path):
            assert path.parent.name in {"account", "delivery"}, path


@pytest.mark.slow
def test_no_file_names_an_index_or_a_place_on_a_machine() -> None:
    forbidden = re.compile(
        r"py(?:pi|thonhosted)[.]org|(?<![\w.])/(?:home|Users|root|work)/\w[^\s\"']*"
    )
    found = []
    for path in kept_files():
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {match}" for match in forbidden.findall(text)]
    assert found == []


def test_readme_or_index_links_to_each_page_of_the_docs_and_readme_to_nothing_missing() -> None:
    linked = {link for link in re.findall(r"\]\(([^)#]+)", README) if "://" not in link}
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    from_index = {f"docs/{link}" for link in re.findall(r"\]\(([^)#]+)", index)}
    pages = {str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md")}
    assert pages - linked - from_index == set()
    assert {link for link in linked if not (ROOT / link).exists()} == set()


def test_the_distribution_backoff_is_not_declared_beside_python_backoff() -> None:
    names = {re.split(r"[^\w.-]", one, maxsplit=1)[0].lower() for one in PROJECT["dependencies"]}
    assert "python-backoff" in names
    assert "backoff" not in names


def test_constraints_are_plain_versions() -> None:
    plain = re.compile(r"[a-z0-9-]+==[\w.]+( ; [^;@]+)?")
    for path in sorted(ROOT.glob("constraints*.txt")):
        wrong = [one for one in path.read_text().splitlines() if not plain.fullmatch(one)]
        assert wrong == [], path.name


def test_each_supported_python_is_tested() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    tested = workflow["jobs"]["test"]["strategy"]["matrix"]["python-version"]
    label = "Programming Language :: Python :: "
    supported = [one.removeprefix(label) for one in PROJECT["classifiers"] if one.startswith(label)]
    assert tested == supported


def test_actions_are_pinned_to_commits() -> None:
    for path in sorted((ROOT / ".github/workflows").glob("*.yml")):
        for use in re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8")):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", use), f"{path.name}: {use}"


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        ("inbox", ("inbox", "lenient_json", "events.database")),
        (
            "ticto_source",
            ("ticto_source", "inbox.store", "inbox.errors", "ticto", "lenient_json", "settings"),
        ),
    ],
)
def test_what_brings_orders_imports_little_of_the_target(
    folder: str, allowed: tuple[str, ...]
) -> None:
    roots = tuple(f"target_activecampaign.{name}" for name in allowed)
    below = tuple(f"{root}." for root in roots)
    for path in python_files(f"target_activecampaign/{folder}"):
        ours = {one for one in imported_by(path) if one.startswith("target_activecampaign")}
        if module_of(path) == ASSEMBLY_OF_THE_INBOX:
            panel = "target_activecampaign.panel"
            ours = {one for one in ours if not one.startswith(panel)}
        assert {one for one in ours if one not in roots and not one.startswith(below)} == set(), (
            path
        )


@pytest.mark.slow
def test_only_the_receiver_needs_a_web_server() -> None:
    program = (
        "import sys\n"
        "for name in ('starlette', 'uvicorn', 'python_multipart'): sys.modules[name] = None\n"
        "import target_activecampaign.inbox.cli, target_activecampaign.inbox.importer\n"
        "import target_activecampaign.ticto_source.tap\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
