"""The calendar's squares as HTML: a month of a dozen room types has fifteen hundred, too many for a template each.

What is the same for every square of a page (sentences in the reader's language, a day's classes and name, a price's
digits) is made once. Every text that somebody typed goes through `escape`.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from hotel_agent.common.money import Money, written
from reservations.occupancy import Calendar, Cell, Day, PriceRow, TypeRow


class Squares:
    """Of one page: makes the cells of a row of nights, and of a row of prices."""

    def __init__(self, calendar: Calendar) -> None:
        self._owner = calendar.owner
        self._language = (get_language() or "es")[:2]
        self._classes = {day: _classes(day) for day in calendar.days}
        self._iso = {day: f"{day.date:%Y-%m-%d}" for day in calendar.days}
        self._names = {day: date_format(day.date, "l j F") for day in calendar.days}
        self._prices: dict[Decimal | None, str] = {None: "–"}
        says = {
            "counts": gettext("%(left)s left of %(total)s; %(sold)s sold, %(held)s kept, %(blocked)s taken elsewhere"),
            "known": gettext("%(sold)s sold, %(held)s kept"),
            "not_on_sale": gettext("not on sale"),
            "stopped": gettext("selling stopped"),
            "no_arrivals": gettext("no arrivals"),
            "no_departures": gettext("no departures"),
            "at_least": gettext("at least %(nights)s nights"),
            "at_most": gettext("at most %(nights)s nights"),
            "clash": gettext("clash"),
        }
        self._says = {name: escape(text) for name, text in says.items()}

    def nights(self, row: TypeRow) -> SafeString:
        """The cells of a room type's nights."""
        name, pk = escape(str(row.room_type)), row.room_type.pk
        return mark_safe("".join(self._night(cell, name, pk) for cell in row.cells))  # noqa: S308 # nosec B308 B703 - escaped in _night

    def prices(self, row: PriceRow, room_type_id: int) -> SafeString:
        """The cells of a plan's prices."""
        plan_id, cells = row.plan.pk, []
        for cell in row.cells:
            if cell.amount is not None and cell.amount not in self._prices:
                self._prices[cell.amount] = self._price(cell.amount)
            cells.append(
                f'<td class="{self._classes[cell.day]}" data-plan="{plan_id}" data-of="{room_type_id}"'
                f' data-night="{self._iso[cell.day]}">{self._prices[cell.amount]}</td>'
            )
        return mark_safe("".join(cells))  # noqa: S308 # nosec B308 B703 - numbers and dates only

    def _price(self, amount: Decimal) -> str:
        """A bare amount: the currency stands below the calendar once."""
        return written(Money(amount, "-"), self._language).removeprefix("- ")

    def _night(self, cell: Cell, name: str, pk: int) -> str:
        day = cell.day
        classes = f"ha-cal-cell ha-cal-{cell.mood}{self._classes[day]}{' ha-clash' if cell.clashes else ''}"
        about = "; ".join(self._about(cell))
        return (
            f'<td class="{classes}" data-type="{pk}" data-night="{self._iso[day]}" tabindex="-1"'
            f' title="{name}, {self._names[day]}: {about}">{self._shown(cell)}</td>'
        )

    def _about(self, cell: Cell) -> Iterable[str]:
        """What the square says to whoever rests on it, or does not see it. Escaped."""
        says, night = self._says, cell.night
        if night is not None:
            yield says["counts"] % {
                "left": cell.left, "total": night.total, "sold": cell.sold, "held": cell.held, "blocked": cell.blocked,
            }  # fmt: skip
            if night.stop_sell:
                yield says["stopped"]
            if night.closed_to_arrival:
                yield says["no_arrivals"]
            if night.closed_to_departure:
                yield says["no_departures"]
            if night.min_stay > 1:
                yield says["at_least"] % {"nights": night.min_stay}
            if night.max_stay:
                yield says["at_most"] % {"nights": night.max_stay}
        elif self._owner:
            yield says["known"] % {"sold": cell.sold, "held": cell.held}
        else:
            yield says["not_on_sale"]
        for one in cell.elsewhere:
            clash = f" ({says['clash']})" if one.clashes else ""
            yield f"{escape(one.who or '–')} × {one.rooms}{clash}"

    def _shown(self, cell: Cell) -> str:
        night = cell.night
        if night is None:
            if not self._owner:
                return '<span class="ha-soft">–</span>'
            held = f'<span class="ha-cal-sub"><i>+{cell.held}</i></span>' if cell.held else ""
            return f"<b>{cell.sold or '·'}</b>{held}"
        held = f"<i>+{cell.held}</i>" if cell.held else ""
        blocked = f"<u>·{cell.blocked}</u>" if cell.blocked else ""
        marks = (
            '<span class="ha-mark-clash">!</span>' if cell.clashes else "",
            "<span>✕</span>" if night.stop_sell else "",
            "<span>⇥</span>" if night.closed_to_arrival else "",
            "<span>⇤</span>" if night.closed_to_departure else "",
            f"<span>≥{night.min_stay}</span>" if night.min_stay > 1 else "",
            f"<span>≤{night.max_stay}</span>" if night.max_stay else "",
        )
        return (
            f'<b>{cell.left}</b><span class="ha-cal-sub">{cell.sold}{held}{blocked}</span>'
            f'<span class="ha-cal-marks" aria-hidden="true">{"".join(marks)}</span>'
        )


def _classes(day: Day) -> str:
    flags = ((day.is_weekend, " ha-weekend"), (day.is_today, " ha-today"), (day.is_past, " ha-past"))
    return "".join(name for on, name in flags if on)
