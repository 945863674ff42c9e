select
    cast(id as bigint) as field_value_id,
    cast(contact as bigint) as contact_id,
    cast(field as bigint) as field_id,
    value as field_value,
    udate as updated_at,
    _sdc_extracted_at as extracted_at
from {{ source('activecampaign', 'contact_custom_field_values') }}
