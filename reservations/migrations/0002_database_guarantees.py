"""What Django's models cannot say: links within one tenant, rooms assigned once, a history that is never rewritten."""

from django.db import migrations

from hotel_agent.common.tenant_keys import composite_foreign_key

LINKS = [
    ("reservations_room", "room_type_id", "reservations_roomtype"),
    ("reservations_cancellationtier", "rate_plan_id", "reservations_rateplan"),
    ("reservations_rate", "room_type_id", "reservations_roomtype"),
    ("reservations_rate", "rate_plan_id", "reservations_rateplan"),
    ("reservations_roomnight", "room_type_id", "reservations_roomtype"),
    ("reservations_builtinhold", "room_type_id", "reservations_roomtype"),
    ("reservations_builtinbooking", "room_type_id", "reservations_roomtype"),
    ("reservations_builtinbooking", "rate_plan_id", "reservations_rateplan"),
    ("reservations_roomassignment", "booking_id", "reservations_builtinbooking"),
    ("reservations_roomassignment", "room_id", "reservations_room"),
    ("reservations_quoteoption", "quote_id", "reservations_quote"),
    ("reservations_quoteoption", "room_type_id", "reservations_roomtype"),
    ("reservations_quoteoption", "rate_plan_id", "reservations_rateplan"),
    ("reservations_hold", "option_id", "reservations_quoteoption"),
    ("reservations_reservation", "option_id", "reservations_quoteoption"),
    ("reservations_reservation", "hold_id", "reservations_hold"),
    ("reservations_reservation", "room_type_id", "reservations_roomtype"),
    ("reservations_reservation", "rate_plan_id", "reservations_rateplan"),
    ("reservations_reservationchange", "reservation_id", "reservations_reservation"),
    ("reservations_pmscall", "reservation_id", "reservations_reservation"),
    ("reservations_pmscall", "hold_id", "reservations_hold"),
    ("reservations_stayevent", "reservation_id", "reservations_reservation"),
    ("reservations_stayevent", "hold_id", "reservations_hold"),
]

# Ranges need no extension, unlike plain equality in a GiST index: a room is the range that holds only its id.
ROOM_ONCE = """
ALTER TABLE reservations_roomassignment ADD CONSTRAINT reservations_room_assigned_once
EXCLUDE USING gist (int8range(room_id, room_id, '[]') WITH &&, stay WITH &&) WHERE (is_active)
"""

APPEND_ONLY = """
CREATE FUNCTION reservations_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of a reservation is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER reservations_change_append_only BEFORE UPDATE ON reservations_reservationchange
FOR EACH ROW EXECUTE FUNCTION reservations_refuse_update();
"""


class Migration(migrations.Migration):
    dependencies = [("reservations", "0001_initial")]

    operations = [
        *(composite_foreign_key(*link) for link in LINKS),
        migrations.RunSQL(
            sql=ROOM_ONCE,
            reverse_sql="ALTER TABLE reservations_roomassignment DROP CONSTRAINT reservations_room_assigned_once",
        ),
        migrations.RunSQL(
            sql=APPEND_ONLY,
            reverse_sql="DROP TRIGGER reservations_change_append_only ON reservations_reservationchange;"
            " DROP FUNCTION reservations_refuse_update();",
        ),
    ]
