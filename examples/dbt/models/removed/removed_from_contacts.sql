{#- What a row is called, its model, its key, and where the contact names it. -#}
{%- set kinds = [
    ('tag', ref('stg_contact_tags'), 'contact_tag_id', 'contact_tag_ids'),
    ('list', ref('stg_contact_lists'), 'membership_id', 'membership_ids'),
    ('field value', ref('stg_contact_field_values'), 'field_value_id', 'field_value_ids'),
] -%}
{% for kind, model, key, ids in kinds %}
select
    '{{ kind }}' as kind,
    member.{{ key }} as row_id,
    member.contact_id,
    contact.extracted_at as missing_since
from {{ model }} as member
inner join {{ ref('stg_contacts') }} as contact on contact.contact_id = member.contact_id
where
    -- Without the array nothing is known.
    contact.{{ ids }} is not null
    -- A row that came after the contact is newer than what the contact names.
    and member.extracted_at < contact.extracted_at
    and not {{ is_named_in('member.' ~ key, 'contact.' ~ ids) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
