"""The sentences of the target that a person may meet in the panel, read out of its code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[2]
# Which arguments of which calls are sentences, in the files that speak of orders and rules.
_CALLS: Final = {
    "UnusableOrderError": (0, 1),
    "refuse": (1,),
    "RulesFileError": (0,),
    "RuleError": (0,),
    "SettingsError": (0,),
}
_FILES: Final = (
    "target_activecampaign/ticto/*.py",
    "target_activecampaign/segmentation/*.py",
    "target_activecampaign/panel/rules_file.py",
    "target_activecampaign/panel/pages/rule_saving.py",
    "tap_activecampaign/api/settings.py",
)


def sentences() -> Iterator[tuple[str, str]]:
    """Yield file and sentence, with ``X`` for whatever varies."""
    for pattern in _FILES:
        for path in sorted(ROOT.glob(pattern)):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for found in _of_calls(tree):
                # There a variable holds how the file is called.
                is_of_file = path.name == "load.py" and found.startswith("X ")
                whole = f"The rule file {found}" if is_of_file else found
                # A guess at an unknown word ends the sentence.
                yield path.name, re.sub(r"(?<=[\wX])X$", "; known are X", whole)
            if path.name == "match.py":
                for node in ast.walk(tree):
                    if isinstance(node, ast.Return) and isinstance(
                        node.value, ast.JoinedStr | ast.Constant
                    ):
                        text = _text(node.value)
                        if text:
                            yield path.name, text


def _of_calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        for position in _CALLS.get(name, ()):
            if position < len(node.args):
                text = _text(node.args[position])
                if text:
                    yield text


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
        return "".join(map(str, parts))
    return ""


if __name__ == "__main__":
    for file, sentence in sentences():
        print(f"{file}: {sentence!r}")
