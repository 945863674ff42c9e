from __future__ import annotations

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from target_activecampaign.panel.masking import masked_email
from target_activecampaign.panel.security import Password, is_loopback, signing_key
from tests.inbox.samples import postback
from tests.panel.served import ServedPanel, Visitor, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "correct horse"
PAGES = [
    "/",
    "/integrations",
    "/integrations/new",
    "/integrations/edit?name=Clube",
    "/integrations/remove?name=Clube",
    "/segmentations",
    "/segmentations/new?integration=",
    "/segmentations/edit?integration=Clube&title=Renovou",
    "/segmentations/remove?integration=Clube&title=Renovou",
    "/trial",
    "/orders",
    "/orders/1",
    "/rejects",
]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[ServedPanel]:
    """A panel that asks for a password."""
    with ServedPanel(tmp_path / "guarded", password=PASSWORD) as served:
        yield served


def test_every_page_is_answered_with_a_strict_policy_and_nothing_inline(
    panel: ServedPanel, visitor: Visitor
) -> None:
    panel.receive(postback(1))
    for path in PAGES:
        answer = visitor.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert not re.search(r"<script(?![^>]*\ssrc=)", answer.text), path
        assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", answer.text), path
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", answer.text), path


def test_what_came_from_outside_is_escaped(panel: ServedPanel, visitor: Visitor) -> None:
    item = {"product_id": 1, "product_name": HOSTILE, "offer_name": HOSTILE, "offer_code": HOSTILE}
    panel.receive(postback(1, item=item, status="authorized"))
    panel.rules_path.write_text(
        f"segmentations:\n  - title: {HOSTILE!r}\n    event: authorized\n    tags: {HOSTILE!r}\n"
    )
    for path in ["/", "/orders", "/orders/1", "/segmentations", "/segmentations/new?integration="]:
        answer = visitor.get(path)
        assert "<script>alert" not in answer.text, path
        assert "<img" not in answer.text, path
        assert ">49" not in answer.text, path


def test_an_api_key_is_never_shown(panel: ServedPanel, visitor: Visitor) -> None:
    key = "SECRETkeyOfTheClub0123456789"
    panel.rules_path.write_text(
        "integrations:\n  - name: Clube\n    api_url: https://a.api-us1.com\n"
        f"    api_token: {key}\n    segmentations: []\n"
    )
    for path in PAGES[:6]:
        assert key not in visitor.get(path).text, path


def test_a_known_key_is_not_sent_to_another_address(panel: ServedPanel, visitor: Visitor) -> None:
    panel.rules_path.write_text(
        "integrations:\n  - name: Clube\n    api_url: https://a.api-us1.com\n"
        "    api_token: SECRET\n    segmentations: []\n"
    )
    page = "/integrations/edit?name=Clube"
    fields = {"name": "Clube", "account": "own", "api_url": "https://evil.example", "active": "yes"}
    answer = visitor.post(page, fields, page=page)
    assert answer.status_code == 422
    assert "must be entered again" in text_of(answer)
    assert "evil.example" not in panel.rules()
    tested = visitor.post("/integrations/test?name=Clube", fields, page=page)
    assert "api_token is empty" in text_of(tested)


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({}, True),
        ({"Host": "localhost:8080"}, True),
        ({"Host": "[::1]:8080"}, True),
        ({"Host": "127.0.0.1"}, True),
        ({"Host": "rebound.example"}, False),
        ({"Host": "127.0.0.1.evil.example"}, False),
        ({"X-Forwarded-For": "203.0.113.9"}, False),
        ({"Forwarded": "for=203.0.113.9"}, False),
        ({"Via": "1.1 proxy"}, False),
        ({"X-Forwarded-Proto": "https"}, False),
    ],
)
def test_without_a_password_only_this_machine_is_let_in(
    visitor: Visitor, headers: dict[str, str], is_let_in: bool
) -> None:
    answer = visitor.get("/", **headers)
    assert answer.status_code == (200 if is_let_in else 403)


def test_without_a_password_a_proxy_that_names_itself_nowhere_is_refused(
    panel: ServedPanel,
) -> None:
    """As nginx asks by `proxy_pass` alone: with the host of its upstream, in HTTP/1.0."""
    place = urlsplit(panel.address)
    address = (place.hostname or "", place.port or 0)
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(f"GET / HTTP/1.0\r\nHost: {place.netloc}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 403")


def test_the_password_opens_a_session_and_nothing_else_does(guarded: ServedPanel) -> None:
    visitor = Visitor(guarded)
    refused = visitor.get("/orders")
    assert (refused.status_code, refused.headers["location"]) == (303, "/login?back=%2Forders")
    assert visitor.post("/login", {"password": "wrong"}, page="/login").status_code == 403
    opened = visitor.post("/login", {"password": PASSWORD, "back": "/orders"}, page="/login")
    assert (opened.status_code, opened.headers["location"]) == (303, "/orders")
    assert visitor.get("/orders").status_code == 200
    cookie = opened.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    visitor.post("/logout", page="/orders")
    assert visitor.get("/orders").status_code == 303


def test_a_session_over_https_is_sent_over_https_only(guarded: ServedPanel) -> None:
    answer = Visitor(guarded).get("/login", **{"X-Forwarded-Proto": "https"})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_session_ends_with_its_password(tmp_path: Path) -> None:
    with ServedPanel(tmp_path / "first", password=PASSWORD) as first:
        visitor = Visitor(first)
        visitor.post("/login", {"password": PASSWORD}, page="/login")
        assert visitor.get("/").status_code == 200
    with ServedPanel(tmp_path / "first", password="another") as second:
        visitor.move_to(second)
        assert visitor.get("/").status_code == 303


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_led_elsewhere_after_logging_in(guarded: ServedPanel, back: str) -> None:
    answer = Visitor(guarded).post("/login", {"password": PASSWORD, "back": back}, page="/login")
    assert answer.headers["location"] == "/"


@pytest.mark.slow
def test_guessing_is_slowed_down_per_address_and_for_all() -> None:
    now = [0.0]
    password = Password(PASSWORD, now=lambda: now[0])
    request: Any = type("Request", (), {"session": {}})()
    for _ in range(Password.TRIES):
        assert password.seconds_to_wait("a") == 0
        assert not password.open(request, "wrong", "a")
    assert password.seconds_to_wait("a") == 60
    assert password.seconds_to_wait("b") == 0
    now[0] = 59.5
    assert password.seconds_to_wait("a") == 1
    now[0] = 60.0
    assert password.seconds_to_wait("a") == 0
    for number in range(Password.TRIES_OF_ALL):
        password.open(request, "wrong", f"address {number}")
    assert password.seconds_to_wait("new") == 60


def test_guesses_that_come_together_are_no_more_than_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[str] = []

    def slow(password: str) -> bytes:
        compared.append(password)
        time.sleep(0.01)
        return password.encode()

    monkeypatch.setattr("target_activecampaign.panel.security._digest", slow)
    password = Password(PASSWORD)
    request: Any = type("Request", (), {"session": {}})()
    with ThreadPoolExecutor(20) as pool:
        opened = list(pool.map(lambda _: password.open(request, "wrong", "a"), range(20)))
    assert not any(opened)
    assert compared == [PASSWORD, *["wrong"] * Password.TRIES]


def test_too_many_wrong_passwords_are_told_to_wait(guarded: ServedPanel) -> None:
    visitor = Visitor(guarded)
    for _ in range(Password.TRIES):
        visitor.post("/login", {"password": "wrong"}, page="/login")
    answer = visitor.post("/login", {"password": PASSWORD}, page="/login")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"form_token": "wrong"}, {}),
        ({"form_token": ""}, {}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),
        ({}, {"Origin": "https://evil.example"}),
        ({}, {"Origin": "null"}),
    ],
)
def test_a_form_of_another_site_changes_nothing(
    panel: ServedPanel, visitor: Visitor, fields: dict[str, str], headers: dict[str, str]
) -> None:
    before = panel.rules()
    answer = visitor.post(
        "/integrations/switch?name=Clube", {"on": "no", **fields}, page="/integrations", **headers
    )
    assert answer.status_code == 403
    assert panel.rules() == before


def test_a_form_of_our_own_is_taken(panel: ServedPanel, visitor: Visitor) -> None:
    own = panel.address
    answer = visitor.post(
        "/integrations/switch?name=Clube", {"on": "no"}, page="/integrations", Origin=own
    )
    assert answer.status_code == 303
    assert "active: false" in panel.rules()


def test_forms_are_not_read_without_end(visitor: Visitor) -> None:
    assert visitor.send("/preferences", {"language": "x" * 2_100_000}).status_code == 413


def test_static_files_are_kept_and_nothing_outside_is_served(visitor: Visitor) -> None:
    sheet = re.search(r'href="(/static/panel.css\?v=\w+)"', visitor.get("/").text)
    assert sheet is not None
    answer = visitor.get(sheet[1])
    assert "immutable" in answer.headers["cache-control"]
    assert visitor.get("/static/../app.py").status_code == 404
    assert visitor.get("/static/%2e%2e/app.py").status_code == 404


def test_files_that_hold_secrets_are_for_their_owner_only(panel: ServedPanel) -> None:
    for name in ("panel.key", "panel.db"):
        assert (panel.settings.data_dir / name).stat().st_mode & 0o077 == 0, name


def test_the_signing_key_is_made_once_and_mended_if_it_was_cut_short(tmp_path: Path) -> None:
    key = signing_key(tmp_path)
    assert signing_key(tmp_path) == key
    (tmp_path / "panel.key").write_bytes(b"short")
    assert len(signing_key(tmp_path)) == 32


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("0.0.0.0", False),  # noqa: S104 - asked about, not listened on
        ("::", False),
        ("192.168.0.2", False),
        ("localhost.example.com", False),
        ("", False),
    ],
)
def test_loopback_is_told_from_everything_else(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("fulana.teste@example.com", "fu…@example.com"),
        ("ab@example.com", "a…@example.com"),
        ("a@example.com", "a…@example.com"),
        ("nothing", "\N{EN DASH}"),
        (None, "\N{EN DASH}"),
    ],
)
def test_an_address_is_shown_in_part(email: str | None, shown: str) -> None:
    assert masked_email(email) == shown
