"""Which answers the agent gives by itself, which it only suggests, and which are a person's."""

from __future__ import annotations

from django.db import models

from tenants.models import TenantOwned


class AnswerMode(TenantOwned):
    """A hotel's rule: what the agent does with an intent, a risk, or both. The most specific rule counts."""

    class Mode(models.TextChoices):
        AUTO = "auto", "answers by itself"
        SUGGEST = "suggest", "suggests an answer for a person to send"
        HUMAN = "human", "leaves it to a person"

    class Risk(models.TextChoices):
        INFORMATION = "information", "information: nothing follows from it"
        PRICE = "price", "prices are named"
        COMMITMENT = "commitment", "a stay is booked, changed, cancelled or paid"
        UNSURE = "unsure", "the agent is not sure what was meant"

    intent = models.CharField(max_length=40, blank=True, help_text="Empty: every intent.")
    risk = models.CharField(max_length=11, choices=Risk.choices, blank=True, help_text="Empty: every risk.")
    mode = models.CharField(max_length=7, choices=Mode.choices, default=Mode.SUGGEST)

    class Meta(TenantOwned.Meta):
        ordering = ["intent", "risk"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "intent", "risk"], name="conversations_mode_once"),
        ]

    def __str__(self) -> str:
        return f"{self.intent or '*'} {self.risk or '*'}: {self.mode}"
