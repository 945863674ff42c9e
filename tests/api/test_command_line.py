from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner

from tap_activecampaign.tap import TapActiveCampaign
from target_activecampaign.target import TargetActiveCampaign

SETTINGS = {"api_url": "https://youraccount.api-us1.com", "api_token": "key-1234567890"}


def pipe_with(text: str) -> str:
    """Return the path of a pipe that holds a text and is closed behind it, as ``<(…)`` gives."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    return f"/dev/fd/{reading}"


@pytest.mark.parametrize("plugin", [TapActiveCampaign, TargetActiveCampaign])
def test_settings_are_read_when_they_come_through_a_pipe(
    plugin: type[TapActiveCampaign | TargetActiveCampaign],
) -> None:
    result = CliRunner().invoke(
        plugin.cli, ["--config", pipe_with(json.dumps(SETTINGS)), "--about", "--format", "json"]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["name"] == plugin.name


@pytest.mark.parametrize(
    ("text", "sentence"), [("{", "is not JSON"), ("[]", "is not a JSON object")]
)
def test_what_is_no_settings_is_one_sentence_when_it_comes_through_a_pipe(
    text: str, sentence: str
) -> None:
    result = CliRunner().invoke(TapActiveCampaign.cli, ["--config", pipe_with(text), "--discover"])
    assert result.exit_code == 1
    assert sentence in result.output
    assert "Traceback" not in result.output
