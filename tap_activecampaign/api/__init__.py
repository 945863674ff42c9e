"""What both plugins need to talk to an ActiveCampaign account."""

from __future__ import annotations

from tap_activecampaign.api.errors import (
    AccessDeniedError,
    ActiveCampaignError,
    ApiError,
    BrokenAnswerError,
    InvalidTokenError,
    NotFoundError,
    RateLimitedError,
    RequestRefusedError,
    RetriableError,
    ServerFaultError,
    SettingsError,
    UnreachableError,
)
from tap_activecampaign.api.pace import Pace
from tap_activecampaign.api.request import Answer, ApiRequest
from tap_activecampaign.api.session import ApiSession
from tap_activecampaign.api.settings import ApiSettings, connection_settings, traffic_settings
from tap_activecampaign.api.shared_pace import pace_for

__all__ = [
    "AccessDeniedError",
    "ActiveCampaignError",
    "Answer",
    "ApiError",
    "ApiRequest",
    "ApiSession",
    "ApiSettings",
    "BrokenAnswerError",
    "InvalidTokenError",
    "NotFoundError",
    "Pace",
    "RateLimitedError",
    "RequestRefusedError",
    "RetriableError",
    "ServerFaultError",
    "SettingsError",
    "UnreachableError",
    "connection_settings",
    "pace_for",
    "traffic_settings",
]
