"""The settings that both plugins share: where the account is, and how hard it may be used."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from singer_sdk import typing as th

from tap_activecampaign.api.errors import SettingsError
from tap_activecampaign.api.pace_stores import StoreAddress

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHERE = "Copy it from Settings > Developer in ActiveCampaign."


@dataclass(frozen=True)
class ApiSettings:
    """A usable connection to one account.

    Attributes:
        base_url: Address of the API, ending in ``/api/3/``.
        api_token: The key of a user of the account.
        user_agent: What the requests call themselves.
        requests_per_second: Permitted rate.
        max_concurrent_requests: Requests in flight at the same time.
        request_timeout_seconds: Longest silence of the server.
        max_retries: Repetitions of one request.
        rate_limit_url: Where processes share the account's pace; None keeps it to this one.
    """

    base_url: str
    api_token: str
    user_agent: str
    requests_per_second: float = 5.0
    max_concurrent_requests: int = 8
    request_timeout_seconds: float = 60.0
    max_retries: int = 8
    rate_limit_url: str | None = None

    def __repr__(self) -> str:
        return f"ApiSettings({self.base_url!r})"

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, default_user_agent: str) -> ApiSettings:
        """Read the settings of a plugin.

        Args:
            config: Validated settings.
            default_user_agent: Used when the settings name none.

        Raises:
            SettingsError: If the address, the token or rate_limit_url cannot work.
        """
        token = str(config.get("api_token") or "").strip()
        if not token:
            raise SettingsError(f"The setting api_token is empty. {_WHERE}")
        if not token.isascii() or not token.isprintable():
            raise SettingsError(f"The setting api_token holds characters that no key has. {_WHERE}")
        user_agent = str(config.get("user_agent") or default_user_agent)
        if not user_agent.isascii() or not user_agent.isprintable():
            raise SettingsError("The setting user_agent may hold printable ASCII characters only.")
        rate_limit_url = str(config.get("rate_limit_url") or "").strip() or None
        if rate_limit_url is not None:
            StoreAddress.from_setting(rate_limit_url)
        return cls(
            base_url=base_url(str(config.get("api_url") or "")),
            api_token=token,
            user_agent=user_agent,
            requests_per_second=float(config.get("requests_per_second", 5)),
            max_concurrent_requests=int(config.get("max_concurrent_requests", 8)),
            request_timeout_seconds=float(config.get("request_timeout_seconds", 60)),
            max_retries=int(config.get("max_retries", 8)),
            rate_limit_url=rate_limit_url,
        )


def base_url(api_url: str) -> str:
    """Turn the account's URL into the address of its API.

    Args:
        api_url: As shown in ActiveCampaign; a trailing ``/`` or ``/api/3`` is accepted.

    Returns:
        The address ending in ``/api/3/``.

    Raises:
        SettingsError: If the URL would send the token in clear text or to another place.
    """
    try:
        parts = urlsplit(api_url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(f"The setting api_url is not a URL. {_WHERE}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise SettingsError(
            f"The setting api_url must look like https://youraccount.api-us1.com. {_WHERE}"
        )
    if parts.username is not None or parts.password is not None:
        raise SettingsError("The setting api_url must not contain a user name or a password.")
    if parts.query or parts.fragment:
        raise SettingsError("The setting api_url must not contain a query or a fragment.")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError(
            f"The setting api_url uses http, which would send the API token in clear text to "
            f"{host}. Use https://{host}."
        )
    path = parts.path.rstrip("/")
    if path.endswith("/api/3"):
        path = path.removesuffix("/api/3")
    if path:
        raise SettingsError(f"The setting api_url must end with the host name or /api/3. {_WHERE}")
    shown_host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown_host}{f':{port}' if port else ''}/api/3/"


def is_loopback(host: str) -> bool:
    """Return whether a host name means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def connection_settings(*, required: bool) -> list[th.Property[Any]]:
    """Return the declarations of the account's address and token.

    Args:
        required: Whether a plugin cannot do without.
    """
    return [
        th.Property(
            "api_url",
            th.StringType(min_length=1),
            required=required,
            nullable=not required,
            title="API URL",
            description=(
                "The account's URL from Settings > Developer, for example "
                "https://youraccount.api-us1.com."
            ),
        ),
        th.Property(
            "api_token",
            th.StringType(min_length=1),
            required=required,
            nullable=not required,
            secret=True,
            title="API token",
            description="The Key beside the URL in Settings > Developer.",
        ),
    ]


def traffic_settings(*, default_user_agent: str) -> list[th.Property[Any]]:
    """Return the declarations of how the account is used.

    Args:
        default_user_agent: Shown in the description.
    """
    return [
        th.Property(
            "requests_per_second",
            th.NumberType(exclusive_minimum=0),
            default=5,
            title="Requests per second",
            description=(
                "Most requests sent per second. ActiveCampaign allows an account 5, shared by "
                "everything that uses it; lower it to leave room for other programs, raise it if "
                "your account may do more."
            ),
        ),
        th.Property(
            "rate_limit_url",
            th.StringType(min_length=1),
            secret=True,
            title="Rate limit URL",
            description=(
                "A Redis (redis://...) or PostgreSQL (postgresql://...) server. All processes "
                "with the same URL share the requests per second of each account, on one machine "
                "or many. Default: each process counts for itself."
            ),
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
            description=(
                "How often a request is repeated when ActiveCampaign is busy, faulty or "
                "unreachable. After a 429 it waits as long as the answer asks, otherwise "
                "exponentially longer each time."
            ),
        ),
        th.Property(
            "user_agent",
            th.StringType,
            title="User agent",
            description=f"What the requests call themselves. Default: {default_user_agent}.",
        ),
    ]
