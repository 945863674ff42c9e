select
    cast(id as bigint) as account_id,
    name as account_name,
    account_url,
    created_timestamp as created_at,
    updated_timestamp as updated_at
from {{ source('activecampaign', 'accounts') }}
