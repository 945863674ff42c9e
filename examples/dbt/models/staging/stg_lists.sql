select
    cast(id as bigint) as list_id,
    name as list_name,
    channel,
    cdate as created_at,
    deletestamp as deleted_at
from {{ source('activecampaign', 'lists') }}
