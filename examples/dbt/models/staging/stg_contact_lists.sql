select
    cast(id as bigint) as membership_id,
    cast(contact as bigint) as contact_id,
    cast(list as bigint) as list_id,
    case status
        when 0 then 'unconfirmed'
        when 1 then 'active'
        when 2 then 'unsubscribed'
        when 3 then 'bounced'
    end as status,
    sdate as subscribed_at,
    udate as unsubscribed_at,
    channel,
    _sdc_extracted_at as extracted_at
from {{ source('activecampaign', 'contact_lists') }}
