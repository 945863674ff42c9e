"""Where the account is and how hard it may be used."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk import typing as th

from tap_activecampaign.api import ApiSettings, SettingsError
from tap_activecampaign.api.pace import LocalStarts, Pace, Schedule
from tap_activecampaign.api.settings import base_url, traffic_settings

TOKEN = "secret-token"
MINIMAL = {"api_url": "https://account.api-us1.com", "api_token": TOKEN}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://account.api-us1.com", "https://account.api-us1.com/api/3/"),
        ("https://account.api-us1.com/", "https://account.api-us1.com/api/3/"),
        ("https://account.api-us1.com/api/3", "https://account.api-us1.com/api/3/"),
        ("https://account.api-us1.com/api/3/", "https://account.api-us1.com/api/3/"),
        ("  https://account.api-us1.com  ", "https://account.api-us1.com/api/3/"),
        ("HTTPS://Account.api-us1.com", "https://account.api-us1.com/api/3/"),
        ("https://account.api-us1.com:8443", "https://account.api-us1.com:8443/api/3/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/3/"),
        ("http://localhost:8080/api/3", "http://localhost:8080/api/3/"),
        ("http://[::1]:8080", "http://[::1]:8080/api/3/"),
    ],
)
def test_url_is_accepted_as_users_copy_it(url: str, expected: str) -> None:
    assert base_url(url) == expected


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "must look like https://"),
        ("account.api-us1.com", "must look like https://"),
        ("ftp://account.api-us1.com", "must look like https://"),
        ("https://", "must look like https://"),
        ("http://account.api-us1.com", "clear text"),
        ("http://192.0.2.1", "clear text"),
        ("http://127.0.0.1.example.com", "clear text"),
        ("http://localhost.example.com", "clear text"),
        ("https://user:word@account.api-us1.com", "user name or a password"),
        ("https://@account.api-us1.com", "user name or a password"),
        ("https://account.api-us1.com?api_key=1", "query or a fragment"),
        ("https://account.api-us1.com#key", "query or a fragment"),
        ("https://account.api-us1.com/admin", "must end with the host name"),
        ("https://account.api-us1.com/api/1", "must end with the host name"),
        ("https://account.api-us1.com:port", "is not a URL"),
        ("https://[::1", "is not a URL"),
    ],
)
def test_url_is_refused_with_a_reason(url: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as refused:
        base_url(url)
    assert "api_url" in str(refused.value)
    assert "word" not in str(refused.value).replace("password", "")


@given(st.text(max_size=60) | st.text(max_size=40).map("https://{}".format))
def test_any_text_is_an_address_below_https_or_refused(url: str) -> None:
    try:
        address = base_url(url)
    except SettingsError:
        return
    assert address.startswith(("https://", "http://localhost", "http://127.", "http://[::1]"))
    assert address.endswith("/api/3/")


@pytest.mark.parametrize("token", ["", "   ", None])
def test_token_when_empty_is_refused(token: Any) -> None:
    with pytest.raises(SettingsError, match="api_token is empty"):
        ApiSettings.from_config({**MINIMAL, "api_token": token}, default_user_agent="x")


@pytest.mark.parametrize("token", ["tok\nen", "tok\x00en", "tokén"])
def test_token_that_no_key_can_be_is_refused_and_not_quoted(token: str) -> None:
    with pytest.raises(SettingsError, match="characters that no key has") as refused:
        ApiSettings.from_config({**MINIMAL, "api_token": token}, default_user_agent="x")
    assert token not in str(refused.value)


def test_token_is_trimmed_and_never_shown() -> None:
    settings = ApiSettings.from_config(
        {**MINIMAL, "api_token": f" {TOKEN}\n"}, default_user_agent="x"
    )
    assert settings.api_token == TOKEN
    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings)


def test_settings_have_the_documented_defaults() -> None:
    settings = ApiSettings.from_config(MINIMAL, default_user_agent="tap/1")
    assert settings == ApiSettings(
        base_url="https://account.api-us1.com/api/3/",
        api_token=TOKEN,
        user_agent="tap/1",
        requests_per_second=5.0,
        max_concurrent_requests=8,
        request_timeout_seconds=60.0,
        max_retries=8,
    )


def test_settings_are_taken_from_the_config() -> None:
    config = {
        **MINIMAL,
        "user_agent": "mine",
        "requests_per_second": 2,
        "max_concurrent_requests": 3,
        "request_timeout_seconds": 4,
        "max_retries": 0,
    }
    settings = ApiSettings.from_config(config, default_user_agent="tap/1")
    assert (settings.user_agent, settings.requests_per_second) == ("mine", 2.0)
    assert (settings.max_concurrent_requests, settings.request_timeout_seconds) == (3, 4.0)
    assert settings.max_retries == 0


@pytest.mark.parametrize(
    ("rate", "is_allowed"),
    [(0.1, True), (5, True), (101, True), (1000, True), (1e9, True), (0, False), (-1, False)],
)
def test_any_rate_above_zero_is_allowed(rate: float, is_allowed: bool) -> None:
    schema = th.PropertiesList(*traffic_settings(default_user_agent="x")).to_dict()
    rules = jsonschema.Draft7Validator(schema)
    assert rules.is_valid({"requests_per_second": rate}) is is_allowed


@pytest.mark.parametrize("rate", [500, 1_000_000])
def test_a_high_rate_holds_nothing_back(rate: float) -> None:
    pace = Pace(LocalStarts(rate))
    for _ in range(20):
        pace.wait()
    assert Schedule(rate).interval_seconds < 0.01  # no time is measured
