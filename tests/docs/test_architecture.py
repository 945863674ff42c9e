"""The map of the code names what is there."""

from __future__ import annotations

import ast
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
HEADING = "## Modules\n"
# Set it to write the list anew.
UPDATE = "UPDATE_SNAPSHOTS"


def first_line(path: Path) -> str:
    documentation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert documentation, f"{path} has no docstring"
    return documentation.split("\n\n", maxsplit=1)[0].replace("\n", " ").replace("|", r"\|")


def modules() -> str:
    """Return one line for each module, by folder."""
    lines = []
    for package in ("tap_activecampaign", "target_activecampaign"):
        for folder in sorted({path.parent for path in (ROOT / package).rglob("*.py")}):
            described = [path for path in sorted(folder.glob("*.py")) if path.name != "__main__.py"]
            rows = [
                f"| `{path.stem}` | {first_line(path)} |"
                for path in described
                if path.name != "__init__.py"
            ]
            lines += ["", f"### `{folder.relative_to(ROOT)}/`", ""]
            if (folder / "__init__.py").exists():
                lines += [first_line(folder / "__init__.py"), ""]
            if rows:
                lines += ["| Module | |", "|---|---|", *rows]
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def test_each_module_has_a_line_on_the_map() -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, heading, listed = page.partition(HEADING)
    if os.environ.get(UPDATE):
        PAGE.write_text(before + heading + modules(), encoding="utf-8")
        listed = modules()
    assert listed == modules(), f"run the tests with {UPDATE}=1 and review the difference"
