"""What a store must do, and where it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from tap_activecampaign.api.errors import SettingsError

# How long a store may take to connect, and to answer.
ANSWER_SECONDS = 2.0

_KINDS = {
    "redis": "redis",
    "rediss": "redis",
    "postgres": "postgres",
    "postgresql": "postgres",
    # As SQLAlchemy, and so the setting ledger_url, names the driver.
    "postgresql+psycopg": "postgres",
}
_NAMES = {"redis": "Redis", "postgres": "PostgreSQL"}


class StoreLostError(Exception):
    """A store cannot be used. Its text says why, without a password and without a full stop."""


class Snapshot(NamedTuple):
    """A value, and when it was read.

    Attributes:
        now: The store's own time, in seconds since 1970.
        text: The value; None if there is none.
    """

    now: float
    text: str | None


class PaceStore(Protocol):
    """Keeps a text per account, and tells the time. Used by one thread at a time.

    Nothing in it is ever locked: a value is replaced only if it is still the one that was read, so
    a process that dies leaves nothing behind.

    Each method raises `StoreLostError` if the store does not answer in time.
    """

    def read(self, key: str) -> Snapshot:
        """Return the value of a key and the store's time."""

    def replace(self, key: str, old: str | None, new: str) -> bool:
        """Replace a value, and return False if it is no longer `old`."""

    def close(self) -> None:
        """Close the connection."""


@dataclass(frozen=True)
class StoreAddress:
    """Where a store is.

    Attributes:
        kind: "redis" or "postgres", which is also the name of the extra that it needs.
        url: As the kind's library reads it. May hold a password.
        place: The same for sentences, without a user and a password.
    """

    kind: str
    url: str = field(repr=False)
    place: str

    @classmethod
    def from_setting(cls, text: str) -> StoreAddress:
        """Read the setting rate_limit_url.

        Raises:
            SettingsError: If it names no store that is known.
        """
        scheme, separator, rest = text.strip().partition("://")
        kind = _KINDS.get(scheme.lower())
        if kind is None or not separator:
            raise SettingsError(
                "The setting rate_limit_url must begin with redis://, rediss:// or postgresql://."
            )
        try:
            # Only a look: the libraries understand more, such as several hosts.
            parts = urlsplit(f"//{rest}")
            host, port = parts.hostname or "localhost", parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        # A password that is not encoded may end what comes before "@", and would be printed. The
        # library for Redis takes a database that is no number for database 0.
        is_misread = "@" in f"{parts.path}{parts.query}{parts.fragment}"
        database = parts.path.strip("/")
        is_no_number = kind == "redis" and database != "" and not database.isdecimal()
        if not host or is_misread or is_no_number:
            raise SettingsError(
                "The setting rate_limit_url cannot be read. It looks like "
                "redis://:password@host:6379/0 or postgresql://user:password@host:5432/database; "
                "characters other than letters and digits in the password are percent-encoded, "
                "for example %40 for @."
            )
        shown_host = f"[{host}]" if ":" in host else host
        place = f"{_NAMES[kind]} at {shown_host}{f':{port}' if port else ''}"
        plain_scheme = scheme.lower() if kind == "redis" else "postgresql"
        return cls(kind, f"{plain_scheme}://{rest}", place)

    def without_password(self, text: str) -> str:
        """Return the first line of a text of a library, without what must not be printed."""
        line = (text.strip().splitlines() or ["no reason is given"])[0].rstrip(". ")
        parts = urlsplit(self.url)
        password = parts.netloc.rpartition("@")[0].partition(":")[2]
        hidden = {self.url, password, unquote(password), *parse_qs(parts.query).get("password", ())}
        for one in sorted(filter(None, hidden), key=len, reverse=True):
            line = line.replace(one, "***")
        return line
