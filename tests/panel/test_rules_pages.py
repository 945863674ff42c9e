from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.panel.conftest import RULES
from tests.panel.served import ServedPanel, Visitor, text_of

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

pytestmark = pytest.mark.slow

NEW = "/segmentations/new?integration="
BOUGHT = "/segmentations/edit?integration=&title=Compra+aprovada"
RULE: dict[str, Any] = {
    "title": "Boleto",
    "event": ["bank_slip_created"],
    "action": "add",
    "list": ["Leads"],
    "tags": ["boleto", "novo"],
    "active": "yes",
    "keep_if_still_earned": "yes",
}
FORM_OF_BOUGHT: dict[str, Any] = {
    "title": "Compra aprovada",
    "event": ["authorized"],
    "action": "add",
    "list": ["Alunos"],
    "tags": ["cliente_vip"],
    "active": "yes",
    "keep_if_still_earned": "yes",
}


def rules_of(panel: ServedPanel) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(panel.rules())["segmentations"]
    return found


def test_a_rule_is_added_as_a_person_would_write_it(panel: ServedPanel, visitor: Visitor) -> None:
    answer = visitor.post(NEW, RULE, page=NEW)
    assert "“Boleto” has been saved." in text_of(visitor.follow(answer))
    added = """\
  - title: Boleto
    event: bank_slip_created
    list: Leads
    tags: boleto;novo

integrations:
"""
    assert panel.rules() == RULES.replace("integrations:\n", added)


def test_an_edited_rule_keeps_its_words_its_comments_and_its_quotes(
    panel: ServedPanel, visitor: Visitor
) -> None:
    fields = {**FORM_OF_BOUGHT, "tags": ["cliente_vip", "novo"]}
    assert visitor.post(BOUGHT, fields, page=BOUGHT).status_code == 303
    assert panel.rules() == RULES.replace("'cliente_vip'", "'cliente_vip;novo'")


def test_a_form_that_changes_nothing_leaves_the_file_as_it_is(
    panel: ServedPanel, visitor: Visitor
) -> None:
    assert visitor.post(BOUGHT, FORM_OF_BOUGHT, page=BOUGHT).status_code == 303
    assert panel.rules() == RULES


def test_everything_wrong_is_told_beside_its_field_and_nothing_is_saved(
    panel: ServedPanel, visitor: Visitor
) -> None:
    fields = {
        "title": "",
        "event": [],
        "list": [],
        "tags": [],
        "type": ["first_sale", "renewal"],
        "field_name": ["CPF"],
        "field_path": ["token"],
    }
    answer = visitor.post(NEW, fields, page=NEW)
    assert answer.status_code == 422
    for key in ("title", "event", "type", "fields", "list"):
        assert f'id="{key}-fault"' in answer.text, key
        assert f"{key}-fault" in answer.text
    assert panel.rules() == RULES


def test_a_title_that_another_rule_has_is_refused(panel: ServedPanel, visitor: Visitor) -> None:
    answer = visitor.post(NEW, {**RULE, "title": "pix GERADO"}, page=NEW)
    assert answer.status_code == 422
    assert "titles must be unique" in text_of(answer)
    assert panel.rules() == RULES


def test_a_list_that_the_account_does_not_have_is_refused(
    panel: ServedPanel, visitor: Visitor
) -> None:
    answer = visitor.post(NEW, {**RULE, "list": ["Nowhere"]}, page=NEW)
    assert answer.status_code == 422
    assert "the account has no list 'Nowhere'" in text_of(answer)
    assert panel.rules() == RULES


def test_a_rule_is_saved_with_a_note_when_the_account_cannot_be_asked(
    panel: ServedPanel, visitor: Visitor, sandbox: Sandbox
) -> None:
    sandbox.stop()
    answer = visitor.follow(visitor.post(NEW, {**RULE, "list": ["Nowhere"]}, page=NEW))
    assert "has been saved" in text_of(answer)
    assert "could not be checked" in text_of(answer)
    assert rules_of(panel)[-1]["list"] == "Nowhere"


def test_the_second_window_is_told_and_nothing_of_either_is_lost(
    panel: ServedPanel, visitor: Visitor
) -> None:
    late = Visitor(panel)
    page = late.get(BOUGHT)
    assert page.status_code == 200
    late_fields = {**FORM_OF_BOUGHT, "tags": ["mine"], "version": _version(panel)}
    visitor.post(BOUGHT, {**FORM_OF_BOUGHT, "tags": ["theirs"]}, page=BOUGHT)
    told = late.post(BOUGHT, late_fields, page=BOUGHT)
    assert told.status_code == 409
    assert "tags: theirs" in text_of(told)
    assert "tags: mine" in text_of(told)
    assert rules_of(panel)[0]["tags"] == "theirs"
    again = late.post(BOUGHT, {**late_fields, "version": _version(panel)}, page=BOUGHT)
    assert again.status_code == 303
    assert rules_of(panel)[0]["tags"] == "mine"
    assert "# the main one" in panel.rules()


def test_windows_on_different_rules_do_not_disturb_each_other(
    panel: ServedPanel, visitor: Visitor
) -> None:
    version = _version(panel)
    visitor.post(NEW, RULE, page=NEW)
    fields = {**FORM_OF_BOUGHT, "tags": ["mine"], "version": version}
    assert visitor.post(BOUGHT, fields, page=BOUGHT).status_code == 303
    assert [rule["title"] for rule in rules_of(panel)][1:] == ["Pix gerado", "Boleto"]


def test_a_rule_that_was_deleted_meanwhile_can_be_saved_anew(
    panel: ServedPanel, visitor: Visitor
) -> None:
    version = _version(panel)
    remove = "/segmentations/remove?integration=&title=Compra+aprovada"
    assert visitor.post(remove, page=remove).status_code == 303
    fields = {**FORM_OF_BOUGHT, "version": version}
    told = visitor.post(BOUGHT, fields, page=NEW)
    assert told.status_code == 409
    assert "It has been deleted." in text_of(told)
    assert visitor.post(NEW, {**fields, "version": ""}, page=NEW).status_code == 303
    assert rules_of(panel)[-1]["title"] == "Compra aprovada"


def test_a_rule_is_switched_off_and_on(panel: ServedPanel, visitor: Visitor) -> None:
    switch = "/segmentations/switch?integration=&title=Compra+aprovada"
    for on, expected in (("no", False), ("yes", True)):
        answer = visitor.post(switch, {"on": on, "version": _version(panel)}, page="/segmentations")
        assert answer.status_code == 303, answer.text
        assert rules_of(panel)[0].get("active", True) is expected
    assert "# the main one" in panel.rules()


def test_deleting_takes_the_rule_and_its_comment_only(panel: ServedPanel, visitor: Visitor) -> None:
    remove = "/segmentations/remove?integration=&title=Compra+aprovada"
    assert visitor.post(remove, page=remove).status_code == 303
    begin, end = RULES.index("  # everybody"), RULES.index("  - title: Pix gerado")
    assert panel.rules() == RULES[:begin] + RULES[end:]


def test_a_copy_has_a_title_of_its_own(visitor: Visitor) -> None:
    page = visitor.get("/segmentations/new?integration=&copy_of=Pix+gerado").text
    assert 'value="Pix gerado (copy)"' in page
    assert "pix_gerado" in page


def test_a_rule_that_does_not_hold_is_shown_with_what_is_wrong(
    panel: ServedPanel, visitor: Visitor
) -> None:
    panel.rules_path.write_text(RULES + "      - title: Broken\n        event: nonsense\n")
    page = text_of(visitor.get("/segmentations"))
    assert "Broken" in page
    assert "has the unknown status 'nonsense'" in page
    # The others can be edited all the same.
    assert visitor.post(BOUGHT, FORM_OF_BOUGHT, page=BOUGHT).status_code == 303


def test_a_broken_file_is_told_and_not_touched(panel: ServedPanel, visitor: Visitor) -> None:
    panel.rules_path.write_text("segmentations: [")
    assert "is not YAML" in text_of(visitor.get("/segmentations"))
    assert "is not YAML" in text_of(visitor.get("/integrations"))
    assert visitor.post(NEW, RULE, page="/orders").status_code == 500
    assert panel.rules() == "segmentations: ["


def test_the_names_of_the_account_are_asked_for_once_a_minute(
    visitor: Visitor, sandbox: Sandbox
) -> None:
    sandbox.clear_log()
    names = visitor.get("/segmentations/names?integration=").json()
    assert {"value": "Alunos", "text": "Alunos", "note": ""} in names["lists"]
    assert set(names) == {"told", "lists", "tags", "fields", "automations"}
    asked = len(sandbox.requests)
    visitor.get("/segmentations/names?integration=Clube")
    assert len(sandbox.requests) == asked


def test_an_account_that_cannot_be_asked_is_told(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.stop()
    told = visitor.get("/segmentations/names?integration=").json()
    assert "names must be typed" in told["fault"]


def _version(panel: ServedPanel) -> str:
    rule = panel.panel.workspace.book().integrations[0].rule("Compra aprovada")
    assert rule is not None
    return rule.version


# --- integrations -----------------------------------------------------------------------------


def test_an_integration_is_made_edited_switched_and_removed(
    panel: ServedPanel, visitor: Visitor, sandbox: Sandbox
) -> None:
    page = "/integrations/new"
    fields = {
        "name": "Curso",
        "products": ["70010"],
        "account": "own",
        "api_url": sandbox.url,
        "api_token": sandbox.token,
        "active": "yes",
    }
    assert visitor.post(page, fields, page=page).headers["location"] == (
        "/segmentations?integration=Curso"
    )
    made = yaml.safe_load(panel.rules())["integrations"][1]
    assert made == {
        "name": "Curso",
        "products": [70010],
        "api_url": sandbox.url,
        "api_token": sandbox.token,
    }
    edit = "/integrations/edit?name=Curso"
    changed = {**fields, "name": "Curso 2", "api_token": ""}
    assert visitor.post(edit, changed, page=edit).status_code == 303
    made = yaml.safe_load(panel.rules())["integrations"][1]
    assert (made["name"], made["api_token"]) == ("Curso 2", sandbox.token)
    switch = "/integrations/switch?name=Curso+2"
    version = panel.panel.workspace.book().named[1].version
    visitor.post(switch, {"on": "no", "version": version}, page="/integrations")
    assert yaml.safe_load(panel.rules())["integrations"][1]["active"] is False
    remove = "/integrations/remove?name=Curso+2"
    assert visitor.post(remove, page=remove).status_code == 303
    assert panel.rules() == RULES


def test_a_window_whose_form_came_back_with_faults_overwrites_nobody(
    panel: ServedPanel, visitor: Visitor
) -> None:
    edit = "/integrations/edit?name=Clube"
    form = {"name": "Clube", "account": "main", "active": "yes"}
    token, seen = (
        re.search(rf'name="{name}" value="([^"]+)"', visitor.get(edit).text)
        for name in ("form_token", "version")
    )
    assert token is not None
    assert seen is not None
    assert visitor.post(edit, {**form, "products": ["1"]}, page=edit).status_code == 303
    first = {**form, "form_token": token[1], "version": seen[1], "products": ["2"]}
    faulty = visitor.send(edit, {**first, "name": ""})
    assert faulty.status_code == 422
    shown = re.search(r'name="version" value="([^"]+)"', faulty.text)
    assert shown is not None
    assert visitor.send(edit, {**first, "version": shown[1]}).status_code == 409
    assert yaml.safe_load(panel.rules())["integrations"][0]["products"] == [1]


def test_what_has_been_done_is_told_in_a_cookie_that_browsers_take(visitor: Visitor) -> None:
    page = "/segmentations/new?integration="
    fields = {"title": "x" * 5000, "event": "authorized", "tags": "a", "active": "yes"}
    answer = visitor.post(page, fields, page=page)
    assert answer.status_code == 303
    assert len(answer.headers["set-cookie"]) < 4096


def test_removing_an_integration_warns_of_its_rules(visitor: Visitor) -> None:
    assert "Renovou" in text_of(visitor.get("/integrations/remove?name=Clube"))


def test_editing_an_integration_leaves_its_rules_as_written(
    panel: ServedPanel, visitor: Visitor
) -> None:
    edit = "/integrations/edit?name=Clube"
    fields = {"name": "Clube VIP", "products": ["70020"], "account": "main", "active": "yes"}
    assert visitor.post(edit, fields, page=edit).status_code == 303
    assert panel.rules() == RULES.replace("name: Clube", "name: Clube VIP")


@pytest.mark.parametrize(
    ("fields", "key", "fault"),
    [
        ({"name": ""}, "name", "is missing"),
        ({"name": "clube"}, "name", "names must be unique"),
        ({"name": "X", "account": "own", "api_token": "t"}, "api_url", "is missing"),
        ({"name": "X", "account": "own", "api_url": "https://x"}, "api_token", "is missing"),
    ],
)
def test_an_integration_that_does_not_hold_is_refused(
    panel: ServedPanel, visitor: Visitor, fields: dict[str, str], key: str, fault: str
) -> None:
    answer = visitor.post("/integrations/new", {"account": "main", **fields}, page="/integrations")
    assert answer.status_code == 422
    assert f'id="{key}-fault"' in answer.text
    assert fault in text_of(answer)
    assert panel.rules() == RULES


def test_the_connection_is_tested_with_the_names_of_the_rules(
    panel: ServedPanel, visitor: Visitor, sandbox: Sandbox
) -> None:
    panel.rules_path.write_text(RULES + "        list: Nowhere\n")
    answer = text_of(visitor.post("/integrations/test?name=Clube", page="/integrations"))
    assert f"Connected to {sandbox.url.split('/')[2]}" in answer
    assert "the account has no list 'Nowhere'" in answer


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"api_url": "{url}", "api_token": "wrong"}, "does not accept the API token"),
        ({"api_url": "http://127.0.0.1:9", "api_token": "x"}, "failed"),
        ({"api_url": "http://example.com", "api_token": "x"}, "in clear text"),
        ({"api_url": "", "api_token": "x"}, "api_url"),
    ],
)
def test_a_connection_that_does_not_work_says_why(
    visitor: Visitor, sandbox: Sandbox, fields: dict[str, str], told: str
) -> None:
    sent = {"account": "own", "api_token": fields["api_token"]}
    sent["api_url"] = fields["api_url"].format(url=sandbox.url)
    answer = visitor.post("/integrations/test", sent, page="/integrations")
    assert "The connection does not work." in text_of(answer)
    assert told in text_of(answer)
