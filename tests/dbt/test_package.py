"""examples/dbt on the tables that Meltano has loaded into DuckDB."""

# ruff: noqa: S608  (every name in the statements stands in this file)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dbt.conftest import PROJECT, sources
from tests.demo.truth import default_streams

if TYPE_CHECKING:
    from tests.dbt.conftest import Dbt

STAGED = {path.stem for path in (PROJECT / "models" / "staging").glob("stg_*.sql")}
# The arrays of a contact, the streams whose rows they name, and what the package calls these.
NAMED_BY_CONTACTS = {
    "contact_tags": ("contact_tags", "tag"),
    "contact_lists": ("contact_lists", "list"),
    "field_values": ("contact_custom_field_values", "field value"),
}
READ_AGAIN = "timestamp '2100-01-01'"
STILL_LATER = "timestamp '2100-01-02'"


def test_sources_are_streams_that_are_selected_by_default() -> None:
    assert set(sources()) <= {stream.name for stream in default_streams()}


@pytest.mark.meltano
@pytest.mark.slow
def test_the_package_builds_and_tells_what_was_removed_and_what_is_broken(dbt: Dbt) -> None:
    loaded = dbt.build()
    assert loaded.exit_code == 0, loaded.said
    assert loaded.with_status("success") == STAGED | {"removed_from_contacts"}
    assert loaded.with_status("fail", "error", "skipped") == set()
    # The account has rows of tags that are deleted.
    assert any(
        name.startswith("relationships_stg_contact_tags_tag_id_")
        for name in loaded.with_status("warn")
    )
    passed = loaded.with_status("pass")
    for model in STAGED:
        assert any(name.startswith(f"unique_{model}_") for name in passed), model
        assert dbt.rows(f"select count(*) from analytics.{model}") != [[0]], model

    removed = {
        kind: dbt.warehouse_rows(f"select min(id) from activecampaign.{stream}")[0][0]
        for stream, kind in NAMED_BY_CONTACTS.values()
    }
    ((newer,),) = dbt.warehouse_rows("select max(id) from activecampaign.contact_tags")
    for array, (stream, kind) in NAMED_BY_CONTACTS.items():
        name_rows(dbt, array, stream, but=(removed[kind], newer if kind == "tag" else 0))
    dbt.alter_warehouse(
        f"update activecampaign.contacts set _sdc_extracted_at = {READ_AGAIN}",
        # What came after its contact is newer than what the contact names.
        f"update activecampaign.contact_tags set _sdc_extracted_at = {STILL_LATER}"
        f" where id = {newer}",
        "update activecampaign.deals set status = 9"
        " where id = (select min(id) from activecampaign.deals where status is not null)",
    )

    changed = dbt.build()
    found = dbt.rows("select kind, row_id from analytics.removed_from_contacts")
    assert dict(map(tuple, found)) == removed
    assert len(found) == len(removed)
    assert changed.exit_code == 1
    assert changed.with_status("fail", "error") == {"not_null_stg_deals_status"}


def name_rows(dbt: Dbt, array: str, stream: str, but: tuple[object, ...]) -> None:
    """Let each contact name its rows of a stream, as the tap writes them, but for some."""
    left_out = ", ".join(map(str, but))
    dbt.alter_warehouse(
        f"update activecampaign.contacts set {array} = coalesce("
        f"(select to_json(list(cast(one.id as bigint))) from activecampaign.{stream} as one"
        f" where one.contact = contacts.id and one.id not in ({left_out})), '[]')"
    )
