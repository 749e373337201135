"""Search by words: columns the database generates itself, so that no writer can forget them.

They are not in the models: nobody reads them, and a model's column is sent with every row. The table of letters is
that of `conversations.selectors.folding`; a test compares the two.
"""

from django.db import migrations

ACCENTED = (
    "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜ"
    "ĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽž"
)
PLAIN = (
    "aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyyaaaaaaccccccccddeeeeeeeeeeg"
    "ggggggghhiiiiiiiiijjkkllllllnnnnnnoooooorrrrrrssssssssttttuuuuuuuuuuuuwwyyyzzzzzz"
)
COMBINING = "\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u0327\u0328"
MOST_CHARACTERS = 20000
"""PostgreSQL refuses a document with more than 1 MB of words; a message must never be refused for its length."""


def words(expression):
    """The words of a text without accents, in no language's grammar."""
    folded = f"translate(lower(left({expression}, {MOST_CHARACTERS})), '{ACCENTED}{COMBINING}', '{PLAIN}')"
    return f"to_tsvector('simple'::regconfig, {folded})"


def column(table, expression):
    return migrations.RunSQL(
        sql=f"ALTER TABLE {table} ADD COLUMN words tsvector GENERATED ALWAYS AS ({words(expression)}) STORED",
        reverse_sql=f"ALTER TABLE {table} DROP COLUMN words",
    )


def index(name, table, how, condition=""):
    return migrations.RunSQL(
        sql=f"CREATE INDEX {name} ON {table} {how} {condition}", reverse_sql=f"DROP INDEX {name}"
    )


DIGITS = "regexp_replace(phone, '[^0-9]', '', 'g')"


class Migration(migrations.Migration):
    dependencies = [("conversations", "0016_inbox")]

    operations = [
        column("conversations_message", "text"),
        column("conversations_outboundmessage", "text"),
        column("conversations_guest", "name || ' ' || profile_name"),
        # A small list of pending entries: whoever fills it waits for its merging, and that may be a guest's message.
        index(
            "conv_message_words", "conversations_message", "USING gin (words) WITH (gin_pending_list_limit = 256)"
        ),
        # What people wrote. The agent's sentences are the same in every thread and would find all of them.
        index(
            "conv_outbound_words",
            "conversations_outboundmessage",
            "USING gin (words) WITH (gin_pending_list_limit = 256)",
            "WHERE purpose = 'staff'",
        ),
        index("conv_guest_words", "conversations_guest", "USING gin (words) WITH (gin_pending_list_limit = 256)"),
        index("conv_guest_email", "conversations_guest", "(tenant_id, lower(email) text_pattern_ops)"),
        index("conv_guest_phone", "conversations_guest", f"(tenant_id, ({DIGITS}) text_pattern_ops)"),
        # People type the end of a number as often as its beginning.
        index("conv_guest_phone_end", "conversations_guest", f"(tenant_id, reverse({DIGITS}) text_pattern_ops)"),
    ]
