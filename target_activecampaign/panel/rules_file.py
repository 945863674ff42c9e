"""The rule file as the panel edits it: nobody's work is lost, and a person's file stays one.

A change is made to what the file says at that moment, under a lock that every panel takes, and only
if the rule that it is about is still the one that was shown. A file that changes on disk while the
change is made, by an editor that knows no lock, is read again.
"""

from __future__ import annotations

import contextlib
import copy
import fcntl
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from target_activecampaign.errors import RuleError
from target_activecampaign.panel.rules_lines import UneditableTextError
from target_activecampaign.panel.rules_text import edited_json, edited_yaml
from target_activecampaign.segmentation.load import rules_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from target_activecampaign.panel.rule_edits import Edit, Place

_OWNER_ONLY: Final = 0o600
_TRIES: Final = 5
_VERSION_CHARACTERS: Final = 32
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class RulesChangedError(Exception):
    """Someone else changed or removed what a change is about."""


class RulesFileError(Exception):
    """The rule file cannot be read or written. The message is a sentence for the user."""


@dataclass(frozen=True)
class Rules:
    """What the rule file says at one moment.

    Attributes:
        data: Parsed; empty where there is no file yet. Its members must not be changed.
    """

    data: dict[str, Any] = field(repr=False)

    def items(self, place: Place) -> list[Any]:
        """Return the list at a place; empty where there is none."""
        value: Any = self.data
        for step in place:
            if isinstance(value, dict):
                value = value.get(str(step))
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return []
        return value if isinstance(value, list) else []

    def version(self, place: Place, index: int) -> str:
        """Return what changes when one item of a list changes; "" where there is no such item.

        The rules below an integration have versions of their own and do not count.
        """
        items = self.items(place)
        if index >= len(items):
            return ""
        item = items[index]
        if isinstance(item, dict):
            item = {key: value for key, value in item.items() if key != "segmentations"}
        return version_of(item)


def version_of(value: Any) -> str:
    """Return a fingerprint of a value that a rule file can hold."""
    written = json.dumps(value, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
    return hashlib.sha256(written).hexdigest()[:_VERSION_CHARACTERS]


class RulesFile:
    """The file that the target's setting ``rules_path`` names.

    Args:
        path: The file; its name ends in ``.json`` for JSON, anything else is YAML.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser()

    def read(self) -> Rules:
        """Return what the file says; nothing if it does not exist.

        Raises:
            RulesFileError: If it is broken.
        """
        raw = self._raw()
        return Rules(self._parsed(raw))

    def fingerprint(self) -> bytes:
        """Return what changes when the file does; nothing for a file that cannot be read."""
        try:
            return hashlib.sha256(self.path.read_bytes()).digest()
        except OSError:
            return b""

    def change(self, edit_for: Callable[[Rules], Edit]) -> None:
        """Make one change, or none at all.

        Args:
            edit_for: Given what the file says now, returns the edit. What it raises, such as
                `RulesChangedError` if the edit was meant for something else, leaves the file as it
                is.

        Raises:
            RulesFileError: If the file cannot be read or written, or not edited safely.
        """
        with self._locked():
            for _ in range(_TRIES):
                raw = self._raw()
                rules = Rules(self._parsed(raw))
                edit = edit_for(Rules(copy.deepcopy(rules.data)))
                written = self._edited(raw, edit)
                self._parsed(written)
                if self._raw() == raw:
                    self._write(written)
                    return
        raise RulesFileError(
            f"The rule file {self.path.name} is being changed by another program all the time."
        )

    # --- bytes ------------------------------------------------------------------------------

    def _raw(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise RulesFileError(
                f"The rule file {self.path} cannot be read: {error.strerror}."
            ) from None

    def _parsed(self, raw: bytes) -> dict[str, Any]:
        if not raw.strip():
            return {}
        try:
            return rules_in(raw, self.path.name)
        except RuleError as error:
            raise RulesFileError(str(error)) from None

    def _edited(self, raw: bytes, edit: Edit) -> bytes:
        mark = _BYTE_ORDER_MARK if raw.startswith(_BYTE_ORDER_MARK) else b""
        text = raw.removeprefix(mark).decode()
        edited = edited_json if self.path.suffix.lower() == ".json" else edited_yaml
        try:
            return mark + edited(text, edit).encode()
        except UneditableTextError:
            raise RulesFileError(
                f"The rule file {self.path.name} is written in a way in which this change cannot "
                f"be made without risk. Nothing was changed; edit the file by hand."
            ) from None

    def _write(self, raw: bytes) -> None:
        """Replace the file in one step, readable by its owner only: it may hold API keys."""
        target = self.path.resolve()
        try:
            descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    os.fchmod(file.fileno(), _OWNER_ONLY)
                    file.write(raw)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, target)  # noqa: PTH105 - both names are text
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(name)  # noqa: PTH108 - text
                raise
        except OSError as error:
            raise RulesFileError(
                f"The rule file {self.path} cannot be written: {error.strerror}. Nothing was "
                f"changed."
            ) from None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other panels from changing the file. Its directory is locked: the file is replaced.

        Some network disks have no locks; the check before writing is all that is left there.
        """
        folder = self.path.resolve().parent
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except OSError as error:
            raise RulesFileError(
                f"The directory of the rule file {self.path} cannot be opened: {error.strerror}."
            ) from None
        try:
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
