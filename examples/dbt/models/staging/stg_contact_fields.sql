select
    cast(id as bigint) as field_id,
    title as field_name,
    type as field_type,
    perstag as personalization_tag
from {{ source('activecampaign', 'contact_custom_fields') }}
