"""What can be wrong with an inbox, in sentences for its owner.

::

    InboxError
      InboxSettingsError     a setting that cannot work
      StoreError             the database cannot be opened, read or written
      UnreadableBodyError    a body that is no postback, in whatever shape

Messages never hold a body, a token or a password.
"""

from __future__ import annotations

import traceback
from pathlib import Path


class InboxError(Exception):
    """Root of the tree."""


class InboxSettingsError(InboxError):
    """A setting has a value that cannot work."""


class StoreError(InboxError):
    """The database cannot be used now."""


class UnreadableBodyError(InboxError):
    """A body that cannot be read as a postback."""


def raised_at(error: Exception) -> str:
    """Return where an error was raised: what may be told of one whose text may quote a body."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "nowhere"
