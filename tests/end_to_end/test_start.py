"""What the tap says when it cannot start or go on, and that discovery needs nothing."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.demo.meltano import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

pytestmark = pytest.mark.slow

WITHOUT_NETWORK = """
import socket
def refuse(*_, **__):
    raise AssertionError("discovery used the network")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from tap_activecampaign.tap import TapActiveCampaign
TapActiveCampaign.cli(["--discover"])
"""


def sync(tmp_path: Path, **settings: object) -> subprocess.CompletedProcess[str]:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings))
    return subprocess.run(
        [sys.executable, "-m", "tap_activecampaign", "--config", config],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def assert_one_sentence(ended: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert ended.returncode == 1
    complaints = re.findall(r"\| (?:ERROR|CRITICAL) +\|.*", ended.stderr)
    assert len(complaints) == 1, ended.stderr
    assert sentence in complaints[0]
    assert "Traceback" not in ended.stderr
    assert '"type":"RECORD"' not in ended.stdout
    assert '"type":"STATE"' not in ended.stdout


def test_a_wrong_token_is_one_sentence_after_few_requests(sandbox: Sandbox, tmp_path: Path) -> None:
    ended = sync(tmp_path, api_url=sandbox.url, api_token="wrong-token")
    assert_one_sentence(ended, "does not accept the API token")
    assert "wrong-token" not in ended.stderr
    assert len(sandbox.requests) <= 5


def test_a_server_that_is_down_is_one_sentence_after_the_retries(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
        port = reserved.getsockname()[1]
    ended = sync(tmp_path, api_url=f"http://127.0.0.1:{port}", api_token="token", max_retries=1)
    assert_one_sentence(ended, f"The connection to 127.0.0.1:{port} failed")
    assert ended.stderr.count("next try in") == 1


def test_http_on_a_public_host_is_refused_without_a_request(tmp_path: Path) -> None:
    ended = sync(tmp_path, api_url="http://youraccount.example.com", api_token="token")
    assert_one_sentence(ended, "Use https://youraccount.example.com")


def test_discovery_needs_neither_settings_nor_network_and_repeats_itself() -> None:
    environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}
    catalogs = [
        subprocess.run(
            [sys.executable, "-c", WITHOUT_NETWORK],
            cwd="/",
            env={**environment, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert catalogs[0] == catalogs[1]
    streams = [stream["tap_stream_id"] for stream in json.loads(catalogs[0])["streams"]]
    assert "contacts" in streams
    assert streams == sorted(set(streams))
