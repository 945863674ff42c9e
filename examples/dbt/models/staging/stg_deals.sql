select
    cast(id as bigint) as deal_id,
    title,
    cast(contact as bigint) as contact_id,
    -- 0 stands for none.
    nullif(cast(account as bigint), 0) as account_id,
    value / 100.0 as amount,
    upper(currency) as currency,
    case status
        when 0 then 'open'
        when 1 then 'won'
        when 2 then 'lost'
    end as status,
    -- Of a deal in a pipeline that the token's user may not see, only the title is known.
    coalesce(is_disabled, false) as is_hidden,
    cdate as created_at,
    mdate as updated_at
from {{ source('activecampaign', 'deals') }}
