"""What visitors and the log are told when a page cannot be shown."""

from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.inbox.samples import postback
from tests.panel.served import text_of

if TYPE_CHECKING:
    from tests.panel.served import ServedPanel, Visitor

PAGES = ("/", "/orders", "/rejects", "/segmentations", "/integrations", "/trial")


def test_an_inbox_that_cannot_be_used_is_told_in_a_sentence(
    panel: ServedPanel, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    file = panel.settings.data_dir / "inbox.db"
    file.rename(file.with_name("elsewhere.db"))
    for path in PAGES:
        answer = visitor.get(path)
        assert answer.status_code == 503
        assert "This did not work" in text_of(answer)
        assert "has been removed or replaced" in text_of(answer)
    assert all(record.exc_info is None for record in caplog.records)


def test_an_unexpected_error_tells_its_kind_and_nothing_of_a_buyer(
    panel: ServedPanel,
    visitor: Visitor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (postback_id,) = panel.receive(postback(1))

    def failing(*_: Any) -> None:
        raise ZeroDivisionError("fulana@example.com")

    monkeypatch.setattr(panel.panel.workspace.orders, "of_postback", failing)
    answer = visitor.get(f"/orders/{postback_id}")
    assert answer.status_code == 500
    assert "An unexpected ZeroDivisionError" in text_of(answer)
    assert "fulana" not in answer.text + caplog.text
    assert visitor.get("/orders").status_code == 200


@pytest.mark.parametrize(
    "odd",
    [{"data_dir": 5}, {"ticto_timezone": 5}, {"segmentations": 5}, {"rules_path": ["rules.yml"]}],
)
def test_a_setting_of_another_type_is_named(
    panel: ServedPanel, visitor: Visitor, odd: dict[str, Any]
) -> None:
    values = json.loads(panel.target_config.read_text(encoding="utf-8"))
    panel.target_config.write_text(json.dumps({**values, **odd}), encoding="utf-8")
    (name,) = odd
    for path in PAGES:
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert f"the setting {name} has a value of a type" in text_of(answer)


def test_the_index_is_kept_up_after_an_unexpected_error(
    panel: ServedPanel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = panel.panel.workspace
    looked_again = threading.Event()
    looks: list[int] = []
    monkeypatch.setattr("target_activecampaign.panel.keeper._SECONDS_BETWEEN_LOOKS", 0.001)

    def failing(_most: int) -> int:
        looks.append(1)
        if len(looks) > 2:
            looked_again.set()
        raise ZeroDivisionError("fulana@example.com")

    monkeypatch.setattr(keeper.index, "catch_up", failing)
    with caplog.at_level(logging.WARNING):
        keeper.start()
        assert looked_again.wait(10)
    assert caplog.text.count("an unexpected ZeroDivisionError") == 1
    assert "fulana" not in caplog.text


def test_nobody_is_led_to_an_address_that_no_header_can_hold(visitor: Visitor) -> None:
    answer = visitor.post("/preferences", {"language": "pt", "back": "/orders?rule=\N{EURO SIGN}"})
    assert answer.headers["location"] == "/"
