select
    cast(id as bigint) as contact_tag_id,
    cast(contact as bigint) as contact_id,
    cast(tag as bigint) as tag_id,
    cdate as tagged_at,
    _sdc_extracted_at as extracted_at
from {{ source('activecampaign', 'contact_tags') }}
