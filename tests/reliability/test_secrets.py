"""Tokens and buyers' data are in nothing that the plugins print or keep in clear."""

from __future__ import annotations

import json
import re
import stat
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_activecampaign.api import (
    ApiRequest,
    ApiSession,
    ApiSettings,
    RequestRefusedError,
    SettingsError,
)
from tap_activecampaign.api.settings import base_url
from tests.reliability.conftest import closed_port
from tests.reliability.tap_process import run_files, run_tap
from tests.reliability.tap_process import settings as tap_settings
from tests.reliability.target_process import RULES
from tests.sandbox import Sandbox
from tests.sandbox.wire import Reply, Request, Server
from tests.target.support import messages, order, rejects, run, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

TOKEN = "Api-Token-Nobody-May-See-77"
TICTO_TOKEN = "Ticto-Token-Nobody-May-See-88"
AT_DEBUG = {
    "LOGLEVEL": "DEBUG",
    "TAP_ACTIVECAMPAIGN_LOGLEVEL": "DEBUG",
    "TARGET_ACTIVECAMPAIGN_LOGLEVEL": "DEBUG",
}
BUYER = {
    "email": "nobody.may.see@example.com",
    "customer__name": "Zuleica Invisível",
    "customer__cpf": "39053344705",
    "customer__phone__number": "987600011",
}
SECRET_OF_BUYER = ("nobody.may.see", "Zuleica", "Invisível", "39053344705", "987600011")
OF_THE_ORDER = re.compile(r"\b(?:card|pix|boleto|bank_slip)\S*://|\b\d{11}\b")
STREAMS = ("contacts", "contact_custom_field_values", "deals", "users", "ecommerce_customers")


@pytest.fixture
def guarded() -> Iterator[Sandbox]:
    """An account whose token is like nothing else."""
    with Sandbox(contacts=40, requests_per_second=None, import_seconds=0.01, token=TOKEN) as one:
        yield one


def people_of(sandbox: Sandbox) -> set[str]:
    """Return what the account knows of its contacts, as far as it is unmistakable."""
    rows = sandbox.account.rows("contacts")
    return {value for row in rows for value in (row["email"], row["phone"]) if len(value) > 6}


def seen(text: str, secrets: set[str] | tuple[str, ...]) -> list[str]:
    return [secret for secret in secrets if secret in text]


@pytest.mark.parametrize(
    ("kind", "status"),
    [(None, 0), ("status_500", 1), ("html", 1), ("errors_list", 0), ("truncated", 1), ("reset", 1)],
)
def test_the_tap_at_debug_shows_no_token_and_no_contact(
    kind: str | None, status: int, guarded: Sandbox, tmp_path: Path
) -> None:
    if kind is not None:
        guarded.faults.next(kind, "contacts", times=None)
    config = tap_settings(guarded, max_retries=1)
    done = run_tap(config, tmp_path, streams=STREAMS, env=AT_DEBUG)
    assert done.status == status
    assert "DEBUG" in done.err
    people = people_of(guarded)
    assert len(people) > 20
    assert seen(done.err, people) == []
    assert TOKEN not in done.out + done.err
    assert seen(json.dumps(done.states), people) == []
    assert status != 0 or seen(done.out, people)


@pytest.mark.parametrize("form", ["json", "markdown", "text"])
@pytest.mark.parametrize("program", ["TAP", "TARGET"])
def test_about_shows_no_token(program: str, form: str, tmp_path: Path) -> None:
    env = {f"{program}_ACTIVECAMPAIGN_API_TOKEN": TOKEN}
    env[f"{program}_ACTIVECAMPAIGN_API_URL"] = "https://example.com"
    arguments = ("--config", "ENV", "--about", f"--format={form}")
    if program == "TAP":
        done = run_files(tmp_path, *arguments, **env, **AT_DEBUG)
        shown = done.out + done.err
    else:
        ended = run({}, tmp_path, b"", *arguments, **env, **AT_DEBUG)
        shown = ended.out + ended.err
    assert "activecampaign" in shown
    assert TOKEN not in shown


@pytest.mark.parametrize("delivery", ["direct", "bulk"])
@pytest.mark.parametrize(
    ("kind", "status"),
    [(None, 0), ("status_500", 1), ("errors_string", 0), ("errors_list", 0), ("html", 1)],
)
def test_the_target_at_debug_shows_no_token_and_no_buyer(
    delivery: str, kind: str | None, status: int, guarded: Sandbox, tmp_path: Path
) -> None:
    if kind is not None:
        # After the import has been refused or lost, the contact is delivered directly.
        for path in ("contact/sync", "import/bulk_import"):
            guarded.faults.next(kind, path, times=None, method="POST")
    config = settings(
        guarded, tmp_path, *RULES, delivery=delivery, max_retries=0, ticto_token=TICTO_TOKEN
    )
    orders = [
        order(token=TICTO_TOKEN, **BUYER),
        order(token="Wrong-Ticto-Token-99", order_hash="H2", **BUYER),
        order(token=TICTO_TOKEN, order_hash="H3", **{**BUYER, "email": "nobody.may.see"}),
    ]
    done = run(config, tmp_path, messages(orders), **AT_DEBUG)
    # A refusal of a whole batch concerns no single contact, and ends the run.
    assert done.status in {status, 1} if delivery == "bulk" else done.status == status, done.err
    secrets = (TOKEN, TICTO_TOKEN, "Wrong-Ticto-Token-99", *SECRET_OF_BUYER)
    assert seen(done.err + done.out, secrets) == []
    assert OF_THE_ORDER.findall(done.err) == []
    kept = rejects(config)
    assert len(kept) >= 2
    assert seen(json.dumps(kept), (TOKEN, TICTO_TOKEN, "Wrong-Ticto-Token-99")) == []
    assert_private(Path(config["data_dir"]))


def assert_private(folder: Path) -> None:
    """Check that nobody else may read the files, and that all but the rejects are not in clear."""
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"ledger.db", "rejects.jsonl"}
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
        if path.name != "rejects.jsonl":
            raw = path.read_bytes()
            hidden = (TOKEN, TICTO_TOKEN, *SECRET_OF_BUYER)
            assert [secret for secret in hidden if secret.encode() in raw] == [], path.name


def test_the_target_leaves_no_temporary_file(guarded: Sandbox, tmp_path: Path) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    config = settings(guarded, tmp_path, *RULES)
    done = run(config, tmp_path, messages([order(**BUYER)]), TMPDIR=str(place))
    assert done.status == 0
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://localhost@example.com",
        "https://user@example.com",
        "https://user:Pass-77@example.com",
        "https://youraccount.api-us1.com\\@example.com",
        "https://youraccount.api-us1.com/path",
        "https://youraccount.api-us1.com?next=example.com",
        "https://youraccount.api-us1.com#@example.com",
        "ftp://example.com",
        "//example.com",
        "https://",
        "https:///api/3",
        "https://[::1",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://[::ffff:10.0.0.1]",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_address_that_could_send_the_token_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(SettingsError) as refused:
        base_url(address)
    assert "Pass-77" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://youraccount.api-us1.com/api/3/", "https://youraccount.api-us1.com/api/3/"),
        (" https://YOURACCOUNT.api-us1.com ", "https://youraccount.api-us1.com/api/3/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/3/"),
        ("http://[::1]:8080", "http://[::1]:8080/api/3/"),
        ("http://localhost", "http://localhost/api/3/"),
    ],
)
def test_an_address_of_an_account_is_taken(address: str, expected: str) -> None:
    assert base_url(address) == expected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_redirect_carries_the_token_to_another_host(status: int, method: str) -> None:
    asked: list[Request] = []

    def elsewhere(request: Request) -> Reply:
        asked.append(request)
        return Reply(200, {"contacts": []})

    with (
        served(elsewhere) as other,
        served(lambda _: Reply(status, {}, {"Location": f"{other}/api/3/contacts"})) as here,
    ):
        session = ApiSession(
            ApiSettings(f"{here}/api/3/", TOKEN, "test", requests_per_second=100, max_retries=1)
        )
        with pytest.raises(RequestRefusedError) as refused:
            session.send(ApiRequest(method, "contacts", repeatable=True))
        session.close()
    assert asked == []
    assert TOKEN not in str(refused.value)


@contextmanager
def served(answer: Callable[[Request], Reply]) -> Iterator[str]:
    """Serve answers on loopback while a block runs; returns the address."""
    server = Server(("127.0.0.1", 0), answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_token_is_in_no_representation() -> None:
    settings_of = ApiSettings("https://example.com/api/3/", TOKEN, "test")
    session = ApiSession(settings_of)
    assert TOKEN not in repr(settings_of) + repr(session) + str(vars(session)["settings"])
    session.close()


def test_a_password_of_the_ledger_is_never_shown(sandbox: Sandbox, tmp_path: Path) -> None:
    address = f"postgresql+psycopg://user:Pass-Word-66@127.0.0.1:{closed_port()}/ledger"
    config = settings(sandbox, tmp_path, *RULES, ledger_url=address)
    done = run(config, tmp_path, messages([order()]), **AT_DEBUG)
    assert done.status == 1
    assert "cannot be opened" in done.err
    assert "Pass-Word-66" not in done.err + done.out
