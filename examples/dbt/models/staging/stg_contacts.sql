select
    cast(id as bigint) as contact_id,
    email,
    phone,
    first_name,
    last_name,
    cdate as created_at,
    udate as updated_at,
    coalesce(deleted, false) as is_deleted,
    -- Null where the contact was read without them, which is not the same as having none.
    contact_tags as contact_tag_ids,
    contact_lists as membership_ids,
    field_values as field_value_ids,
    _sdc_extracted_at as extracted_at
from {{ source('activecampaign', 'contacts') }}
