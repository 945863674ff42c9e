from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tap_activecampaign.tap import TapActiveCampaign

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "a-token-that-nobody-may-see"


def written(folder: Path, **settings: object) -> str:
    path = folder / "config.json"
    path.write_text(json.dumps({"api_url": "https://example.com", "api_token": TOKEN, **settings}))
    return str(path)


def fails_with(
    arguments: list[str], capture: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Run the tap's command line in this process; return what it says before it fails."""
    monkeypatch.setattr("sys.excepthook", None)
    command = TapActiveCampaign.get_singer_command()
    with pytest.raises(SystemExit) as ended:
        command.main(arguments, prog_name="tap-activecampaign")
    assert ended.value.code == 1
    return [one.getMessage() for one in capture.records if one.levelname == "CRITICAL"]


@pytest.mark.parametrize("option", ["--test", "--test=schema"])
def test_a_faulty_setting_is_one_sentence_while_options_are_read(
    option: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = written(tmp_path, page_size=1000)
    (sentence,) = fails_with(["--config", config, option], caplog, monkeypatch)
    assert sentence.startswith("The settings are not valid: 1000 is greater than")
    assert sentence.count(".") == 1


@pytest.mark.parametrize("source", ["file", "environment"])
def test_a_setting_that_is_quoted_never_shows_the_token(
    source: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if source == "file":
        config = written(tmp_path, start_date=f"since {TOKEN}")
    else:
        config = written(tmp_path, api_token="another")
        monkeypatch.setenv("TAP_ACTIVECAMPAIGN_API_TOKEN", TOKEN)
        monkeypatch.setenv("TAP_ACTIVECAMPAIGN_START_DATE", f"since {TOKEN}")
    (sentence,) = fails_with(["--config", config, "--config", "ENV"], caplog, monkeypatch)
    assert "since ***" in sentence
    assert TOKEN not in caplog.text
