"""The settings of tap-ticto."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from singer_sdk import typing as th

from tap_activecampaign.api.settings import is_loopback
from target_activecampaign.settings import PACKAGE_NAME
from target_activecampaign.ticto_source.errors import TictoSourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_API_URL: Final = "https://glados.ticto.cloud/api"
DEFAULT_WINDOW_DAYS: Final = 30


@dataclass(frozen=True)
class TictoApiSettings:
    """A usable connection to Ticto's API.

    Attributes:
        base_url: Address of the API, without a slash at its end.
        client_id: From Ticto's panel.
        client_secret: The secret beside it.
        user_agent: What requests call themselves.
        requests_per_second: How many are sent at most.
        request_timeout_seconds: Longest silence of the server.
        max_retries: Repetitions of one request.
    """

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    user_agent: str = "tap-ticto"
    requests_per_second: float = 2.0
    request_timeout_seconds: float = 60.0
    max_retries: int = 8

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> TictoApiSettings | None:
        """Read the settings of the API, None where none are given.

        Raises:
            TictoSourceError: If one of the two is missing, or the address cannot be used.
        """
        client_id = str(config.get("client_id") or "").strip()
        client_secret = str(config.get("client_secret") or "").strip()
        if not client_id and not client_secret:
            return None
        if not client_id or not client_secret:
            missing = "client_secret" if client_id else "client_id"
            raise TictoSourceError(
                f"The setting {missing} is missing: Ticto's API needs client_id and client_secret."
            )
        user_agent = str(config.get("user_agent") or default_user_agent())
        if not user_agent.isascii() or not user_agent.isprintable():
            raise TictoSourceError(
                "The setting user_agent may hold printable ASCII characters only."
            )
        return cls(
            base_url=_base_url(str(config.get("ticto_api_url") or DEFAULT_API_URL)),
            client_id=client_id,
            client_secret=client_secret,
            user_agent=user_agent,
            requests_per_second=float(config.get("requests_per_second") or 2),
            request_timeout_seconds=float(config.get("request_timeout_seconds") or 60),
            max_retries=int(config.get("max_retries", 8)),
        )


def _base_url(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
        _ = parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise TictoSourceError(f"The setting ticto_api_url must look like {DEFAULT_API_URL}.")
    if parts.username is not None or parts.password is not None:
        raise TictoSourceError(
            "The setting ticto_api_url must not contain a user name or a password."
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise TictoSourceError(
            f"The setting ticto_api_url uses http, which would send the client secret in clear "
            f"text to {host}. Use https://{host}."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def default_user_agent() -> str:
    """Return what requests call themselves if the settings say nothing."""
    try:
        version = metadata.version(PACKAGE_NAME)
    except metadata.PackageNotFoundError:
        version = "unknown"
    return f"tap-ticto/{version}"


def settings_schema() -> dict[str, Any]:
    """Return the declarations of all settings."""
    return th.PropertiesList(
        th.Property(
            "inbox_url",
            th.StringType(min_length=1),
            secret=True,
            title="Inbox URL",
            description=(
                "SQLAlchemy URL of the inbox, as ticto-inbox has it, for example "
                "sqlite:///.ticto-inbox/inbox.db. Without it there are no postbacks."
            ),
        ),
        th.Property(
            "client_id",
            th.StringType(min_length=1),
            title="Client ID",
            description="Of Ticto's API. Without it there are no orders.",
        ),
        th.Property(
            "client_secret",
            th.StringType(min_length=1),
            secret=True,
            title="Client secret",
            description="The secret that belongs to the client ID.",
        ),
        th.Property(
            "ticto_api_url",
            th.StringType(min_length=1),
            default=DEFAULT_API_URL,
            title="API URL",
            description="Where Ticto's API is.",
        ),
        th.Property(
            "window_days",
            th.NumberType(exclusive_minimum=0, maximum=36_500),
            default=DEFAULT_WINDOW_DAYS,
            title="Window in days",
            description=(
                "Orders that changed within so many days are read again in each run, because the "
                "API changes the status of a row in place."
            ),
        ),
        th.Property(
            "requests_per_second",
            th.NumberType(exclusive_minimum=0),
            default=2,
            title="Requests per second",
            description="Most requests sent to Ticto per second. Its limit is not published.",
        ),
        th.Property(
            "request_timeout_seconds",
            th.NumberType(exclusive_minimum=0, maximum=3600),
            default=60,
            title="Request timeout in seconds",
            description="How long to wait for an answer before the request is sent again.",
        ),
        th.Property(
            "max_retries",
            th.IntegerType(minimum=0),
            default=8,
            title="Retries per request",
            description="How often a request is repeated when Ticto is busy or unreachable.",
        ),
        th.Property(
            "user_agent",
            th.StringType,
            title="User agent",
            description="What the requests call themselves. Default: tap-ticto/<version>.",
        ),
    ).to_dict()
