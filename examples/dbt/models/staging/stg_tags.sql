select
    cast(id as bigint) as tag_id,
    tag as tag_name,
    tag_type,
    description,
    coalesce(deleted, false) as is_deleted,
    cdate as created_at
from {{ source('activecampaign', 'tags') }}
