"""Pictures of the hotel: what people upload is read, turned upright, scaled down and written anew.

Nothing of the uploaded bytes is kept: metadata (a phone writes where and when a photo was taken), colour profiles,
further frames and whatever was hidden behind the picture are gone. Only this module imports Pillow.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from PIL import Image, ImageCms, ImageOps

from hotel_agent.common.exceptions import BadInput
from tenants.models import Fact, Picture

MEGABYTE = 1024 * 1024
MOST_BYTES = 9 * MEGABYTE
"""The request as a whole is cut off at 10 MiB. The form's script makes larger photos smaller before they are sent."""
MOST_PIXELS = 50_000_000
"""The largest phone cameras. Measured by the file's own header before a pixel is unpacked: 50 million take 150 MB."""
LEAST_SIDE = 80
"""Pixels; smaller is an icon or a mistake, and nothing to show a guest."""
LONGEST_SIDE = 1600
"""Pixels; sharp on a phone held sideways and on a laptop, about 300 kB."""
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")
"""What is read, by the bytes; the name and the declared type of a file count for nothing."""
CONTENT_TYPE = "image/jpeg"
"""What is kept: every browser and every channel shows it."""
LANGUAGES = ("es", "en", "pt")


class Refused(BadInput):
    """Not a picture we keep. `why` is of a closed set: the form has a sentence for each."""

    code = "picture_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"the picture was refused: {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture as it will be kept."""

    content: bytes
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"

    @property
    def digest(self) -> str:
        """SHA-256 of the content, as hex."""
        return hashlib.sha256(self.content).hexdigest()


class HasPicture(Protocol):
    """A saved row of a hotel with `picture`: a fact, a room type."""

    tenant_id: int
    picture: Picture | None

    def save(self, *, update_fields: Iterable[str]) -> None:
        """Django's."""


def prepare(content: bytes) -> Prepared:
    """The picture in some uploaded bytes, upright, at most `LONGEST_SIDE` long, in sRGB, on white, without metadata.

    Raises:
        Refused: "too_big", "too_many_pixels", "too_small", or "not_a_picture" (also when it is cut off).
    """
    if len(content) > MOST_BYTES:
        raise Refused("too_big")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Refused("too_many_pixels")
            if min(opened.size) < LEAST_SIDE:
                raise Refused("too_small")
            picture = _plain(ImageOps.exif_transpose(_smaller(opened)))
    except Image.DecompressionBombError as error:
        raise Refused("too_many_pixels") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # Pillow's words for broken files
        raise Refused("not_a_picture") from error
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return Prepared(written.getvalue(), picture.width, picture.height)


def _smaller(opened: Image.Image) -> Image.Image:
    """At most `LONGEST_SIDE` long, before anything else is done to it: a large JPEG is even unpacked small."""
    picture = opened.convert("RGBA") if opened.mode in {"P", "PA", "1"} else opened  # palettes cannot be blended
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return picture


def _plain(picture: Image.Image) -> Image.Image:
    """RGB on white, with the colours the file's own profile means, and nothing but pixels."""
    profile = picture.info.get("icc_profile")
    if picture.mode in {"P", "PA", "LA", "RGBA"} or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        picture = Image.new("RGBA", layered.size, "white")
        picture.alpha_composite(layered)
        picture = picture.convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            picture = turned or picture
        except ImageCms.PyCMSError:
            pass  # a broken profile: the numbers are taken as they are, as browsers do
    bare = Image.new("RGB", picture.size)
    bare.paste(picture.convert("RGB"))
    return bare


def keep(owner: HasPicture, prepared: Prepared | None, *, remove: bool, alts: Mapping[str, str]) -> None:
    """Give a saved row a new picture, take its picture away, or change what is said about it.

    A picture that was replaced or taken away is gone, and so is its address. In the caller's transaction.

    Args:
        prepared: the new picture; None keeps the present one.
        remove: take the present one away; a new one wins.
        alts: what is on it, by language; languages left out stay as they are.
    """
    old = owner.picture
    said = {f"alt_{language}": text.strip() for language, text in alts.items() if language in LANGUAGES}
    if prepared is not None:
        owner.picture = Picture._base_manager.create(
            tenant_id=owner.tenant_id,
            content=prepared.content,
            digest=prepared.digest,
            width=prepared.width,
            height=prepared.height,
            **said,
        )
        owner.save(update_fields=["picture"])
    elif remove and old is not None:
        owner.picture = None
        owner.save(update_fields=["picture"])
    elif old is not None and any(getattr(old, name) != text for name, text in said.items()):
        Picture._base_manager.filter(pk=old.pk).update(**said)
    if old is not None and owner.picture != old:
        old.delete()


def forget(pictures: Iterable[Picture | None]) -> None:
    """Remove pictures whose rows are being taken out. In the caller's transaction."""
    ids = [picture.pk for picture in pictures if picture is not None]
    if ids:
        Picture._base_manager.filter(pk__in=ids).delete()


def of_facts(fact_ids: Iterable[int]) -> dict[int, Picture]:
    """Pictures by fact, without their bytes; facts without one are left out. In the tenant's scope."""
    rows = Fact.objects.filter(pk__in=list(fact_ids), picture__isnull=False)
    rows = rows.select_related("picture").defer("picture__content")
    return {fact.pk: fact.picture for fact in rows if fact.picture is not None}
