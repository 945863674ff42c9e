"""Settings from a file and from the environment."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from target_activecampaign.inbox.errors import InboxSettingsError
from target_activecampaign.inbox.settings import load_settings, prepare_data_dir

if TYPE_CHECKING:
    from pathlib import Path


def _file(folder: Path, values: Any) -> Path:
    path = folder / "inbox.json"
    path.write_text(values if isinstance(values, str) else json.dumps(values), encoding="utf-8")
    return path


def test_without_any_setting_the_inbox_is_a_file_and_listens_on_loopback() -> None:
    settings = load_settings(None, {})
    assert settings.inbox_url == "sqlite:///.ticto-inbox/inbox.db"
    assert (settings.host, settings.port, settings.path) == ("127.0.0.1", 8080, "/ticto")
    assert settings.ticto_tokens == ()
    assert (settings.max_body_bytes, settings.retention_days) == (1_048_576, 400)
    assert settings.apply_every_seconds is None


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    config = _file(tmp_path, {"port": 1, "path": "/a", "data_dir": "d"})
    environment = {
        "TICTO_INBOX_PORT": "2",
        "TICTO_INBOX_HOST": "",
        "TICTO_INBOX_TICTO_TOKENS": "one, two",
        "TICTO_INBOX_TARGET_CONFIG": "target.json",
        "TICTO_INBOX_APPLY_EVERY_SECONDS": "0.5",
        "OTHER": "x",
    }
    settings = load_settings(config, environment)
    assert (settings.port, settings.path, settings.host) == (2, "/a", "127.0.0.1")
    assert settings.inbox_url == "sqlite:///d/inbox.db"
    assert settings.ticto_tokens == ("one", "two")
    assert settings.apply_every_seconds == 0.5


def test_tokens_of_the_environment_may_be_json() -> None:
    environment = {"TICTO_INBOX_TICTO_TOKENS": '["a,b", "c"]'}
    assert load_settings(None, environment).ticto_tokens == ("a,b", "c")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"ticto_token": "x"}, "There is no setting ticto_token. Did you mean ticto_tokens?"),
        ({"port": "secret"}, "The setting port must be of type integer."),
        ({"port": 70000}, "The setting port must be at most 65535."),
        ({"port": True}, "The setting port must be of type integer."),
        ({"ticto_tokens": "secret"}, "The setting ticto_tokens must be of type array."),
        ({"ticto_tokens": [""]}, "The setting ticto_tokens must not be empty."),
        ({"apply_every_seconds": 5}, "The setting apply_every_seconds needs target_config"),
        (
            {"apply_every_seconds": 0, "target_config": "t"},
            "The setting apply_every_seconds must be greater than 0.",
        ),
        ({"path": "ticto"}, "The setting path must look like /ticto"),
        ({"path": "/healthz"}, "The setting path must not be /healthz"),
        ([], "is not a JSON object."),
        ("{", "is not JSON."),
    ],
)
def test_a_setting_that_cannot_work_gets_one_sentence(
    tmp_path: Path, values: Any, sentence: str
) -> None:
    with pytest.raises(InboxSettingsError) as refused:
        load_settings(_file(tmp_path, values), {})
    assert sentence in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_file_that_is_not_there_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InboxSettingsError, match="cannot be read: No such file"):
        load_settings(tmp_path / "none.json", {})


def test_tokens_and_passwords_are_not_in_the_representation() -> None:
    environment = {
        "TICTO_INBOX_TICTO_TOKENS": "secret",
        "TICTO_INBOX_INBOX_URL": "postgresql://u:secret@h/d",
    }
    assert "secret" not in repr(load_settings(None, environment))


@pytest.mark.parametrize("exists", [True, False])
def test_the_data_directory_is_its_owners_only(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "data"
    if exists:
        folder.mkdir(mode=0o755)
    prepare_data_dir(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_data_directory_that_cannot_be_made_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InboxSettingsError, match="The setting data_dir"):
        prepare_data_dir(tmp_path / "file" / "data")
