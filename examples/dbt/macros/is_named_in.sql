{#- Whether an array column names an id. target-duckdb has written it as JSON, target-postgres as an array. -#}
{% macro is_named_in(id, ids) -%}
  {{ return(adapter.dispatch('is_named_in', 'activecampaign')(id, ids)) }}
{%- endmacro %}

{% macro duckdb__is_named_in(id, ids) -%}
  list_contains(from_json({{ ids }}, '["BIGINT"]'), {{ id }})
{%- endmacro %}

{% macro postgres__is_named_in(id, ids) -%}
  {{ id }} = any ({{ ids }})
{%- endmacro %}

{% macro default__is_named_in(id, ids) -%}
  {{ exceptions.raise_compiler_error(
      "Say how " ~ target.type ~ " finds an id in an array: add a macro " ~ target.type
      ~ "__is_named_in(id, ids) beside duckdb__is_named_in in macros/is_named_in.sql."
  ) }}
{%- endmacro %}
