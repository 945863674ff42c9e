"""Campaigns, messages, automations, text messages and WhatsApp."""

from __future__ import annotations

from tap_activecampaign.streams.campaigns_and_automations.automation_runs import (
    AutomationTriggers,
    ContactAutomationLogs,
    ContactAutomationSteps,
)
from tap_activecampaign.streams.campaigns_and_automations.automations import (
    AutomationBlocks,
    Automations,
    Goals,
    SiteMessages,
)
from tap_activecampaign.streams.campaigns_and_automations.campaigns import (
    CampaignLinks,
    CampaignLists,
    CampaignMessages,
    Campaigns,
)
from tap_activecampaign.streams.campaigns_and_automations.conversions import (
    ContactConversionAttributions,
    ContactConversionPoints,
    ContactConversions,
    Conversions,
    ConversionTriggers,
)
from tap_activecampaign.streams.campaigns_and_automations.forms import Forms
from tap_activecampaign.streams.campaigns_and_automations.messages import (
    Messages,
    Personalizations,
    SavedResponses,
    Templates,
)
from tap_activecampaign.streams.campaigns_and_automations.sending_logs import (
    LinkData,
    Logs,
    MppLinkData,
)
from tap_activecampaign.streams.campaigns_and_automations.sms import (
    Sms,
    SmsBroadcastFailures,
    SmsBroadcastRecipients,
    SmsBroadcasts,
    SmsCredits,
    SmsLists,
)
from tap_activecampaign.streams.campaigns_and_automations.whatsapp import (
    WhatsAppConversations,
    WhatsAppFlowExecutionContacts,
    WhatsAppFlowExecutions,
    WhatsAppTemplates,
)

STREAMS = (
    Campaigns,
    CampaignLinks,
    CampaignLists,
    CampaignMessages,
    Messages,
    Personalizations,
    Templates,
    SavedResponses,
    Forms,
    Automations,
    AutomationBlocks,
    Goals,
    AutomationTriggers,
    ContactAutomationLogs,
    ContactAutomationSteps,
    Conversions,
    ConversionTriggers,
    ContactConversions,
    ContactConversionPoints,
    ContactConversionAttributions,
    SiteMessages,
    Sms,
    LinkData,
    MppLinkData,
    Logs,
    SmsBroadcasts,
    SmsLists,
    SmsBroadcastRecipients,
    SmsBroadcastFailures,
    SmsCredits,
    WhatsAppTemplates,
    WhatsAppFlowExecutions,
    WhatsAppFlowExecutionContacts,
    WhatsAppConversations,
)
