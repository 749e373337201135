"""What a hotel knows about itself."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models.owned import TenantOwned
from tenants.models.pictures import Picture


class Fact(TenantOwned):
    """Something true about the hotel, in three languages, between two dates: the only source of answers.

    `topic` is one of the understanding taxonomy's topics (parking, breakfast, pool, check_in, ...); several facts may
    share it. What can be compared is typed and written by the renderer where the text says so: a price (`{amount}`) and
    hours (`{opens}`, `{closes}`).
    """

    class Kind(models.TextChoices):
        AMENITY = "amenity", "amenity"
        HOURS = "hours", "hours"
        PRICE = "price", "price"
        POLICY = "policy", "policy"
        PLACE = "place", "place"
        OTHER = "other", "other"

    VALUES = ("amount", "opens", "closes")
    """Typed values a text may hold, in braces."""

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.OTHER)
    topic = models.SlugField(max_length=40)
    text_es = models.TextField()
    text_en = models.TextField(blank=True)
    text_pt = models.TextField(blank=True)
    keywords = models.CharField(
        max_length=300, blank=True, help_text="Further words, in any language, by which a question finds this fact."
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    opens = models.TimeField(null=True, blank=True, help_text="Written in the text as {opens}.")
    closes = models.TimeField(
        null=True, blank=True, help_text="Written in the text as {closes}; earlier than opening means the next day."
    )
    latitude = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )  # fmt: skip
    picture = TenantForeignKey(
        Picture,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Shown with the answer in the web chat.",
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="Last day on which it is true.")
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantOwned.Meta):
        ordering = ["topic", "id"]
        indexes = [models.Index(fields=["tenant", "topic"])]

    def __str__(self) -> str:
        return f"{self.topic}: {self.text_es[:60]}"

    def text(self, language: str) -> str:
        """The wording in `language`, else in Spanish."""
        return str(getattr(self, f"text_{language}", "")) or self.text_es

    def clean(self) -> None:
        """A dated fact ends after it begins; an amount has a currency."""
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": "It ends before it begins."})
        if (self.amount is None) != (not self.currency):
            raise ValidationError({"currency": "An amount needs a currency, and a currency an amount."})
        if (self.latitude is None) != (self.longitude is None):
            raise ValidationError({"longitude": "A place has a latitude and a longitude."})
        for language in ("es", "en", "pt"):
            for name in re.findall(r"\{(\w*)\}", getattr(self, f"text_{language}")):
                if name not in self.VALUES:
                    raise ValidationError(
                        {f"text_{language}": f"{{{name}}} is not one of {{amount}}, {{opens}}, {{closes}}."}
                    )
                if getattr(self, name) is None:
                    raise ValidationError({name: f"The text says {{{name}}}: give it a value."})
