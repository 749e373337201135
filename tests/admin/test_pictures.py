"""Pictures of facts and rooms: given in the form, kept without what a camera adds, shown to anybody, taken away."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from PIL import Image

from reservations.models import RoomType
from tenants import pictures
from tenants.models import Fact, HistoryEntry, Picture, Role
from tests.admin.conftest import Furnished

pytestmark = pytest.mark.django_db
FACT = {"topic": "parking", "kind": "amenity", "is_active": "on", "text_es": "La cochera es gratis."}
ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


def photo(
    size: tuple[int, int] = (2400, 1200), *, form: str = "JPEG", mode: str = "RGB", colour: object = "red"
) -> bytes:
    """As a phone takes it: lying on its side, with its maker and the place it was taken at."""
    picture = Image.new(mode, size, colour)  # type: ignore[arg-type]
    exif = picture.getexif()
    exif[ORIENTATION], exif[MAKER] = 6, "Secret Camera"
    exif.get_ifd(GPS)[1] = "S"
    written = io.BytesIO()
    picture.save(written, form, exif=exif.tobytes())
    return written.getvalue()


def upload(content: bytes, name: str = "pileta.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def change(client: Client, fact: object, **fields: object) -> object:
    return client.post(f"/admin/tenants/fact/{vars(fact)['id']}/change/", {**FACT, **fields})


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_written_anew_upright_and_small(form: str) -> None:
    kept = pictures.prepare(photo(form=form))
    assert (kept.width, kept.height) == (800, 1600), "turned upright, at most 1600 long"
    with Image.open(io.BytesIO(kept.content)) as read:
        assert (read.format, read.mode, read.size) == ("JPEG", "RGB", (800, 1600))
        assert not dict(read.getexif())
        assert "exif" not in read.info
    assert b"Secret Camera" not in kept.content
    assert b"Exif" not in kept.content


def test_what_cannot_be_seen_through_stays_white() -> None:
    kept = pictures.prepare(photo((200, 100), form="PNG", mode="RGBA", colour=(255, 0, 0, 0)))
    with Image.open(io.BytesIO(kept.content)) as read:
        assert read.getpixel((50, 50)) == (255, 255, 255)
    palette = io.BytesIO()
    Image.new("P", (300, 200), 0).save(palette, "PNG", transparency=0)
    assert pictures.prepare(palette.getvalue()).width == 300


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is enormous."""
    head = struct.pack(">II5B", width, height, 8, 6, 0, 0, 0)
    chunk = b"IHDR" + head
    header = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + header + struct.pack(">I", 10) + b"IDAT" + b"\x78\x9c"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "not_a_picture"),
        (b"GIF89a" + b"\x00" * 200, "not_a_picture"),
        (photo()[:3000], "not_a_picture"),
        (bomb(60_000, 60_000), "too_many_pixels"),
        (bomb(8_000, 7_000), "too_many_pixels"),
        (photo((79, 300)), "too_small"),
        (b"\xff\xd8\xff" + b"0" * pictures.MOST_BYTES, "too_big"),
    ],
    ids=["nothing", "svg", "gif", "cut off", "bomb", "too many", "small", "big"],
)
def test_what_is_no_picture_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(pictures.Refused) as refused:
        pictures.prepare(content)
    assert refused.value.why == why


def test_a_manager_gives_replaces_and_takes_away_a_picture(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER, "marta")
    fact = Fact._base_manager.get(pk=ours.rows[Fact].pk)
    first = fact.picture_id
    assert first is not None
    page = client.get(f"/admin/tenants/fact/{fact.pk}/change/").content.decode()
    assert 'enctype="multipart/form-data"' in page
    assert str(fact.picture.public_id) in page

    answer = change(client, fact, new_picture=upload(photo(), "../../etc/pass wd.jpg"), alt_es="La cochera", alt_en="")
    assert answer.status_code == 302, answer.context["adminform"].form.errors  # type: ignore[attr-defined]
    fact.refresh_from_db()
    given = fact.picture
    assert given is not None
    assert (given.width, given.height, given.alt_es, given.alt("en")) == (800, 1600, "La cochera", "La cochera")
    assert not Picture._base_manager.filter(pk=first).exists(), "the replaced one is gone"
    entry = HistoryEntry._base_manager.filter(model="tenants.fact", by_name="marta").latest("pk")
    assert {"field": "new_picture", "before": None, "after": "800 × 1600"} in entry.changes
    assert str(given.public_id) in client.get("/admin/tenants/fact/overview/").content.decode()

    assert change(client, fact, alt_es="Entrada a la cochera").status_code == 302  # type: ignore[attr-defined]
    given.refresh_from_db()
    assert given.alt_es == "Entrada a la cochera"
    assert change(client, fact, remove_picture="on").status_code == 302  # type: ignore[attr-defined]
    fact.refresh_from_db()
    assert fact.picture_id is None
    assert not Picture._base_manager.filter(tenant=ours.tenant).exists()
    lonely = change(client, fact, alt_es="¿De qué?")
    assert "alt_es" in lonely.context["adminform"].form.errors  # type: ignore[attr-defined]
    wrong = change(client, fact, new_picture=upload(b"MZ not a picture"))
    assert "new_picture" in wrong.context["adminform"].form.errors  # type: ignore[attr-defined]
    assert not Picture._base_manager.filter(tenant=ours.tenant).exists()


def test_a_picture_goes_with_its_row(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit()
    fact = ours.rows[Fact]
    assert client.post(f"/admin/tenants/fact/{fact.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Picture._base_manager.filter(tenant=ours.tenant).exists()
    add = client.post("/admin/tenants/fact/add/", {**FACT, "new_picture": upload(photo())})
    assert add.status_code == 302, add.context["adminform"].form.errors
    made = Fact._base_manager.get(tenant=ours.tenant, topic="parking")
    assert made.picture_id
    action = {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes"}
    assert client.post("/admin/tenants/fact/", action).status_code == 302
    assert not Picture._base_manager.filter(tenant=ours.tenant).exists()


def test_a_room_type_has_one_too(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit()
    room = RoomType._base_manager.get(pk=ours.rows[RoomType].pk)
    url = f"/admin/reservations/roomtype/{room.pk}/change/"
    form = client.get(url).context["adminform"].form
    data = {name: field.value() for name, field in ((one.name, one) for one in form) if field.value() is not None}
    data |= {"also_kinds": "[]", "beds": "{}", "new_picture": upload(photo(form="PNG"), "doble.png", "image/png")}
    data |= {f"physical_rooms-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    answer = client.post(url, data)
    assert answer.status_code == 302, answer.context["errors"]
    room.refresh_from_db()
    assert room.picture_id


def test_readers_look_and_nobody_reaches_another_hotel(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    fact, foreign = ours.rows[Fact], theirs.rows[Fact]
    reader = visit(Role.READ_ONLY)
    page = reader.get(f"/admin/tenants/fact/{fact.pk}/change/").content.decode()
    assert str(vars(ours.rows[Picture])["public_id"]) in page
    assert 'type="file"' not in page
    assert change(reader, fact, new_picture=upload(photo())).status_code == 403  # type: ignore[attr-defined]
    owner = visit(Role.OWNER)
    assert change(owner, foreign, new_picture=upload(photo())).status_code == 404  # type: ignore[attr-defined]
    assert change(owner, foreign, remove_picture="on").status_code == 404  # type: ignore[attr-defined]
    assert Fact._base_manager.get(pk=foreign.pk).picture_id == theirs.rows[Picture].pk
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError):
            Fact._base_manager.filter(pk=fact.pk).update(picture=theirs.rows[Picture].pk)
        transaction.set_rollback(True)


def test_anybody_sees_it_and_caches_keep_it(ours: Furnished) -> None:
    fact = Fact._base_manager.get(pk=ours.rows[Fact].pk)
    kept = pictures.prepare(photo())
    pictures.keep(fact, kept, remove=False, alts={})
    assert fact.picture is not None
    address = fact.picture.address
    answer = Client().get(address)
    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, "image/jpeg", kept.content)
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not answer.cookies
    assert not answer.has_header("Vary"), "one copy for all"
    again = Client().get(address, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert Client().head(address).status_code == 200
    assert Client().post(address).status_code == 405
    for wrong in ("/pictures/../tenants.jpg", "/pictures/1.jpg", "/pictures/00000000-0000-4000-8000-000000000000.jpg"):
        assert Client().get(wrong).status_code == 404
    ours.tenant.is_active = False
    ours.tenant.save()
    assert Client().get(address).status_code == 404, "a hotel that left shows nothing"
