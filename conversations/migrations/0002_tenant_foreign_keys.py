"""Links between rows of the conversations room stay within one tenant, by the database's own rule."""

from django.db import migrations

from hotel_agent.common.tenant_keys import composite_foreign_key

LINKS = [
    ("conversations_guestidentity", "guest_id", "conversations_guest"),
    ("conversations_conversation", "account_id", "tenants_channelaccount"),
    ("conversations_conversation", "guest_id", "conversations_guest"),
    ("conversations_session", "conversation_id", "conversations_conversation"),
    ("conversations_turn", "conversation_id", "conversations_conversation"),
    ("conversations_message", "conversation_id", "conversations_conversation"),
    ("conversations_message", "account_id", "tenants_channelaccount"),
    ("conversations_message", "turn_id", "conversations_turn"),
    ("conversations_outboundmessage", "conversation_id", "conversations_conversation"),
    ("conversations_outboundmessage", "turn_id", "conversations_turn"),
    ("conversations_handoff", "conversation_id", "conversations_conversation"),
]


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial"), ("tenants", "0001_initial")]

    operations = [composite_foreign_key(*link) for link in LINKS]
