"""How guests write one and the same stay: forms of a small grammar with known answers, read by `test_surface_forms.py`.

`{d}` day, `{m}` month name, `{mon}` its short form, `{mm}` its number, `{w}` weekday, `{wab}` its short form, `{dw}` the day in
words, `{o}` the day as an ordinal, `{n}` nights, `{nw}` nights in words; 1 is the arrival, 2 the departure. A form is
only used for stays it can say: within one month, across months, bare days within the next month, weekdays of the coming week.
"""

# ruff: noqa: E501, SIM905 - tables read better unbroken

from __future__ import annotations

from typing import Any, Final

MONTHS: Final = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
    "en": "January February March April May June July August September October November December".split(),
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split(),
}
SHORT_MONTHS: Final = {
    "es": "ene feb mar abr may jun jul ago sep oct nov dic".split(),
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec".split(),
    "pt": "jan fev mar abr mai jun jul ago set out nov dez".split(),
}
WEEKDAYS: Final = {
    "es": "lunes martes miércoles jueves viernes sábado domingo".split(),
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "pt": "segunda terça quarta quinta sexta sábado domingo".split(),
}
SHORT_WEEKDAYS: Final = {
    "es": "lun mar mie jue vie sab dom".split(),
    "en": "mon tue wed thu fri sat sun".split(),
    "pt": "seg ter qua qui sex sab dom".split(),
}
DAY_WORDS: Final = {
    "es": (
        "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho "
        "diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho "
        "veintinueve treinta treinta_y_uno"
    ).split(),
    "en": (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
        "sixteenth seventeenth eighteenth nineteenth twentieth twenty_first twenty_second twenty_third twenty_fourth "
        "twenty_fifth twenty_sixth twenty_seventh twenty_eighth twenty_ninth thirtieth thirty_first"
    ).split(),
    "pt": (
        "primeiro dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito "
        "dezenove vinte vinte_e_um vinte_e_dois vinte_e_três vinte_e_quatro vinte_e_cinco vinte_e_seis vinte_e_sete "
        "vinte_e_oito vinte_e_nove trinta trinta_e_um"
    ).split(),
}
COUNT_WORDS: Final = {
    "es": "una dos tres cuatro cinco seis siete ocho nueve diez".split(),
    "en": "one two three four five six seven eight nine ten".split(),
    "pt": "uma duas três quatro cinco seis sete oito nove dez".split(),
}

SAME_MONTH: Final = {
    "es": [
        "del {d1} al {d2} de {m2}", "{d1} al {d2} de {m2}", "desde el {d1} hasta el {d2} de {m2}", "entre el {d1} y el {d2} de {m2}",
        "{d1}-{d2} {m2}", "{d1} - {d2} de {m2}", "{d1} a {d2} {mon2}", "del {d1} al {d2}/{mm2}", "{d1} al {d2}/{mm2}", "{d1}-{d2}/{mm2}",
        "del {d1} de {m1} al {d2}", "{m1} del {d1} al {d2}", "en {m1}, del {d1} al {d2}", "en {m1} del {d1} al {d2}", "los días {d1} a {d2} de {m2}",
        "llegando el {d1} y saliendo el {d2} de {m2}", "entrada el {d1}, salida el {d2} de {m2}", "llegada {d1} de {m1} y salida {d2}",
        "del {dw1} al {dw2} de {m2}", "desde el {dw1} hasta el {dw2} de {m2}", "llego el {d1} de {m1} y me voy el {d2}",
        "check in {d1} de {m1} y check out {d2}", "desde {m1} {d1} hasta {m2} {d2}", "del {d1} al {d2} del {mm2}", "{d1} al {d2} de {m2} de {y2}",
        "del día {d1} al día {d2} de {m2}", "ingreso {d1} egreso {d2} de {m2}", "a partir del {d1} y hasta el {d2} de {m2}", "del {d1} al {d2} {mon2}",
        "para el {d1} de {m1} hasta el {d2}", "salimos el {d2} y llegamos el {d1} de {m1}", "del {d1} hasta el {d2} de {m2}", "{d1}/{d2} de {m2}",
        "{d1} de {m1} al {d2} de {m2}", "llegaríamos el {d1} y nos iríamos el {d2} de {m2}",
        "voy el {d1} y me vuelvo el {d2} de {m2}", "del {d1} d {m1} al {d2}", "mes de {m1}, del {d1} al {d2}", "{m1}: {d1} al {d2}",
    ],
    "en": [
        "from {m1} {d1} to {d2}", "{m1} {d1}-{d2}", "{m1} {d1} - {d2}", "{mon1} {d1} to {d2}", "{mon1} {d1} thru {d2}", "{o1} to {o2} {m2}", "from the {o1} to the {o2} of {m2}",
        "between the {o1} and {o2} of {m2}", "between {m1} {d1} and {d2}", "{d1}-{d2} {mon2}", "{d1} to {d2} {m2}", "{o1}-{o2} of {m2}", "{m1} {o1} until the {o2}",
        "{m1} {o1} through {o2}", "arriving {m1} {o1} and leaving the {o2}", "arriving on the {o1} and leaving on the {o2} of {m2}", "check in {m1} {d1}, check out {m2} {d2}",
        "check-in {o1} {m1} check-out {o2} {m2}", "from {m1} the {o1} to the {o2}", "{m1} {dw1} to {dw2}", "from the {dw1} to the {dw2} of {m2}", "{m1} {dw1} through {m2} {dw2}",
        "from {d1} to {d2} of {m2}", "from {d1} {m1} to {d2} {m2}", "in {m1} from the {o1} to the {o2}", "in {m1}, {o1} to {o2}", "{m1} {d1} to {m2} {d2}", "{mon1} {o1} - {mon2} {o2}", "for {m1} {d1} till {d2}",
        "starting {m1} {o1}, leaving {m2} {o2}", "leaving on the {o2} and arriving on the {o1} of {m1}", "from {o1} till {o2} of {m2}", "in on {m1} {o1} and out on the {o2}", "we get in {m1} {d1} and fly out {m2} {d2}",
        "the nights of {m1} {o1} to {o2}", "{d1}/{d2} {m2}", "{m1} {d1} to {d2}, {y2}", "{m1} {o1} to {o2} {y2}", "from {d1}th of {m1} till {d2}th of {m2}", "{mon1}. {d1} - {d2}",
    ],
    "pt": [
        "de {d1} a {d2} de {m2}", "do dia {d1} ao dia {d2} de {m2}", "do dia {d1} ao {d2} de {m2}", "{d1} a {d2} de {m2}", "{d1} a {d2} {mon2}", "{d1} ao {d2} de {m2}", "{d1}-{d2} {m2}",
        "{d1}-{d2}/{mm2}", "{d1} a {d2}/{mm2}", "de {d1} a {d2}/{mm2}", "entre {d1} e {d2} de {m2}", "entre os dias {d1} e {d2} de {m2}", "dias {d1} a {d2} de {m2}", "do {d1} até o {d2} de {m2}",
        "desde {d1} até {d2} de {m2}", "de {d1} de {m1} a {d2}", "dia {d1} de {m1} até dia {d2}", "em {m1}, de {d1} a {d2}", "em {m1} do dia {d1} ao {d2}", "{m1}, do {d1} ao {d2}", "chegando dia {d1} e saindo dia {d2} de {m2}",
        "chego dia {d1} e vou embora dia {d2} de {m2}", "entrada dia {d1}, saída dia {d2} de {m2}", "check-in {d1} de {m1} e check-out {d2}", "do {dw1} ao {dw2} de {m2}", "do dia {dw1} ao dia {dw2} de {m2}", "de {d1} até {d2} de {m2}",
        "a partir do dia {d1} até o dia {d2} de {m2}", "de {d1} à {d2} de {m2}", "dia {d1} ao dia {d2} de {m2}", "de {d1} a {d2} do {mm2}", "de {d1} a {d2} de {m2} de {y2}", "chegada {d1}/{mm1}, saída {d2}", "saímos dia {d2} e chegamos dia {d1} de {m1}",
        "de {d1} até dia {d2} de {m2}", "dos dias {d1} a {d2} de {m2}", "{d1}/{d2} de {m2}", "no mês de {m1}, de {d1} a {d2}", "chegaríamos no dia {d1} e sairíamos no dia {d2} de {m2}", "{m1} de {d1} a {d2}",
    ],
}  # fmt: skip

ANY_MONTHS: Final = {
    "es": [
        "del {d1} de {m1} al {d2} de {m2}", "{d1}/{mm1} al {d2}/{mm2}", "{d1}/{mm1} - {d2}/{mm2}", "{d1}/{mm1}-{d2}/{mm2}", "{dd1}/{mmm1} a {dd2}/{mmm2}", "desde el {d1}/{mm1} hasta el {d2}/{mm2}", "{d1}-{mm1} al {d2}-{mm2}",
        "{d1}.{mm1}. al {d2}.{mm2}.", "{dd1}/{mmm1}/{y1} al {dd2}/{mmm2}/{y2}", "{dd1}-{mmm1}-{y1} al {dd2}-{mmm2}-{y2}", "{d1}/{mm1}/{yy1} al {d2}/{mm2}/{yy2}", "del {dd1}.{mmm1}.{y1} al {dd2}.{mmm2}.{y2}", "{iso1} al {iso2}",
        "{d1} {mon1} - {d2} {mon2}", "{d1}{mon1} al {d2}{mon2}", "{d1} de {mon1} al {d2} de {mon2}", "llego el {d1} de {m1} y salgo el {d2} de {m2}", "entrada {d1}/{mm1} salida {d2}/{mm2}", "in {d1}/{mm1} out {d2}/{mm2}",
        "check in: {d1}/{mm1} check out: {d2}/{mm2}", "checkin {dd1}/{mmm1} checkout {dd2}/{mmm2}", "del {w1} {d1} de {m1} al {w2} {d2} de {m2}", "{m1} {d1} al {m2} {d2}", "del {dw1} de {m1} al {dw2} de {m2}", "del {d1} de {m1} hasta el {d2} de {m2}",
        "entre el {d1} de {m1} y el {d2} de {m2}", "ingresando el {d1} de {m1}, retirándonos el {d2} de {m2}", "hasta el {d2} de {m2} desde el {d1} de {m1}", "fecha de llegada {d1}/{mm1}, fecha de salida {d2}/{mm2}",
        "el {w1} {d1}/{mm1} hasta el {w2} {d2}/{mm2}", "llegada: {d1} de {m1}\nsalida: {d2} de {m2}", "del {d1} del {mm1} al {d2} del {mm2}", "{d1} de {m1} de {y1} a {d2} de {m2} de {y2}", "{d1} de {m1} → {d2} de {m2}", "del {d1}/{mm1} al {d2}/{mm2}",
    ],
    "en": [
        "from {m1} {d1} to {m2} {d2}", "{mon1} {d1} - {mon2} {d2}", "{mon1} {d1}-{mon2} {d2}", "{d1} {mon1} - {d2} {mon2}", "{d1} {m1} to {d2} {m2}", "{mm1}/{d1} to {mm2}/{d2}", "{mm1}/{d1}-{mm2}/{d2}", "{mm1}/{d1} - {mm2}/{d2}", "{mmm1}/{dd1}/{y1} to {mmm2}/{dd2}/{y2}",
        "{iso1} to {iso2}", "from the {o1} of {m1} until the {o2} of {m2}", "{o1} {m1} - {o2} {m2}", "{o1} of {m1} to {o2} of {m2}", "arriving {m1} {d1} departing {m2} {d2}", "check in {mm1}/{d1}, check out {mm2}/{d2}", "check-in: {m1} {o1} check-out: {m2} {o2}", "in {mm1}/{d1} out {mm2}/{d2}",
        "{w1} {m1} {o1} to {w2} {m2} {o2}", "{w1}, {m1} {d1} through {w2}, {m2} {d2}", "{wab1} {d1} {mon1} to {wab2} {d2} {mon2}", "{m1} {dw1} to {m2} {dw2}", "the {dw1} of {m1} to the {dw2} of {m2}", "between {m1} {d1} and {m2} {d2}", "{m1} {d1}, {y1} to {m2} {d2}, {y2}",
        "we arrive on {m1} {o1} and check out on {m2} {o2}", "until {m2} {d2} from {m1} {d1}", "staying from {d1} {m1} until {d2} {m2}", "coming {m1} {o1}, going home {m2} {o2}", "arrival date {m1} {d1}, departure date {m2} {d2}", "arrival: {d1} {m1}\ndeparture: {d2} {m2}",
        "{d1}{mon1}-{d2}{mon2}", "{mon1} {o1} → {mon2} {o2}", "{mm1}/{d1}/{yy1} - {mm2}/{d2}/{yy2}", "from {o1} {mon1} till {o2} {mon2}", "getting there {m1} {d1} and leaving {m2} {d2}",
    ],
    "pt": [
        "de {d1} de {m1} a {d2} de {m2}", "do dia {d1} de {m1} ao dia {d2} de {m2}", "{d1}/{mm1} a {d2}/{mm2}", "{d1}/{mm1} - {d2}/{mm2}", "{d1}/{mm1}-{d2}/{mm2}", "de {dd1}/{mmm1} até {dd2}/{mmm2}", "{d1}/{mm1} ao {d2}/{mm2}", "{dd1}/{mmm1}/{y1} a {dd2}/{mmm2}/{y2}",
        "{dd1}.{mmm1}.{y1} a {dd2}.{mmm2}.{y2}", "{d1}/{mm1}/{yy1} a {d2}/{mm2}/{yy2}", "{iso1} a {iso2}", "{d1} {mon1} - {d2} {mon2}", "{d1} de {mon1} a {d2} de {mon2}", "chego dia {d1} de {m1} e saio dia {d2} de {m2}", "entrada {d1}/{mm1} saída {d2}/{mm2}", "check-in {d1}/{mm1} check-out {d2}/{mm2}",
        "check in: {d1}/{mm1}, check out: {d2}/{mm2}", "de {w1} {d1}/{mm1} a {w2} {d2}/{mm2}", "do {dw1} de {m1} ao {dw2} de {m2}", "entre {d1} de {m1} e {d2} de {m2}", "de {d1}/{mm1} até dia {d2}/{mm2}", "chegada: {d1} de {m1}\nsaída: {d2} de {m2}", "dia {d1}/{mm1} até {d2}/{mm2}",
        "do {d1}/{mm1} ao {d2}/{mm2}", "chegamos em {d1} de {m1} e partimos em {d2} de {m2}", "até {d2} de {m2} a partir de {d1} de {m1}", "data de entrada {d1}/{mm1}, data de saída {d2}/{mm2}", "{d1} de {m1} de {y1} a {d2} de {m2} de {y2}", "no dia {d1} de {m1} e ir embora dia {d2} de {m2}",
        "de {d1}.{mm1}. a {d2}.{mm2}.", "{d1} de {m1} até {d2} de {m2}", "{w1} dia {d1}/{mm1} até {w2} dia {d2}/{mm2}", "desde o dia {d1} de {m1} até o dia {d2} de {m2}", "{d1} de {m1} → {d2} de {m2}", "entrando {d1}/{mm1} e saindo {d2}/{mm2}",
    ],
}  # fmt: skip

NIGHTS: Final = {
    "es": [
        "{n} noches desde el {d1} de {m1}", "{n} noches a partir del {d1}/{mm1}", "desde el {d1} de {m1} por {n} noches", "el {d1} de {m1}, {n} noches", "{d1}/{mm1} x {n} noches", "{d1} de {m1} {n} noches", "llego el {d1} de {m1} y me quedo {n} noches", "{nw} noches desde el {dw1} de {m1}",
        "para el {d1}/{mm1}, {nw} noches", "{n} noches, llegando el {w1} {d1} de {m1}", "por {n} noches llegando el {d1}/{mm1}", "llegada {d1}/{mm1}, {n} noches", "check in {d1} de {m1}, {n} noches", "{n} noches, entrada {d1}/{mm1}/{y1}", "desde {m1} {d1} durante {n} noches", "{n} noches a contar del {d1} de {m1}",
        "ingresamos el {d1}/{mm1} y nos quedamos {nw} noches", "quedarme {n} noches desde el {d1} de {m1}", "{n} noches empezando el {d1} de {m1}", "del {d1} de {m1} por {n} noches",
    ],
    "en": [
        "{n} nights from {m1} {d1}", "{n} nights starting {m1} {o1}", "from {m1} {d1} for {n} nights", "{m1} {d1}, {n} nights", "{m1} {d1} for {nw} nights", "arriving {mm1}/{d1} for {n} nights", "checking in on the {o1} of {m1} for {n} nights", "{nw} nights from the {dw1} of {m1}", "{n} nights beginning {w1} {m1} {d1}",
        "{o1} {m1} {n} nights", "for {n} nights, check-in {m1} {d1}", "on {m1} {o1} for {n} nights", "{n} nights, in on {m1} {o1}", "{mon1} {d1} x {n} nights", "{n} nights as of {m1} {d1}", "stay {nw} nights starting on {d1} {m1}", "{m1} {d1} {y1}, {n} nights", "a {n} night stay from {m1} {d1}", "we land on {m1} {d1} and stay {n} nights",
        "{n} nts from {mon1} {d1}",
    ],
    "pt": [
        "{n} noites a partir de {d1} de {m1}", "{n} diárias a partir do dia {d1}/{mm1}", "de {d1} de {m1} por {n} noites", "dia {d1} de {m1}, {n} noites", "dia {d1}/{mm1}, {nw} noites", "{d1}/{mm1} por {n} noites", "chego dia {d1} de {m1} e fico {n} noites", "{nw} noites desde o dia {d1} de {m1}", "entrada {d1}/{mm1}, {n} diárias",
        "{n} noites, check-in dia {d1} de {m1}", "{n} noites chegando em {d1} de {m1}", "para {d1} de {m1}, {n} pernoites", "{w1} dia {d1}/{mm1}, {n} noites", "ficar {n} noites a partir do dia {d1} de {m1}", "chegando {d1}/{mm1} ficando {n} noites", "{n} noites começando dia {d1} de {m1}", "no dia {dw1} de {m1} por {nw} noites",
        "check in {d1} de {m1} de {y1}, {n} noites", "{d1} de {m1} x {n} noites", "dia {d1} de {m1} pra ficar {n} noites",
    ],
}  # fmt: skip

BARE: Final = {
    "es": [
        "del {d1} al {d2}", "desde el {d1} hasta el {d2}", "el {d1} hasta el {d2}", "llego el {d1} y me voy el {d2}", "llegamos el {d1}, nos vamos el {d2}", "entrada el {d1}, salida el {d2}", "del día {d1} al {d2}", "entre el {d1} y el {d2}", "del {dw1} al {dw2}", "check in el {d1} y check out el {d2}", "a partir del {d1} hasta el {d2}",
        "ingreso el {d1} y egreso el {d2}", "dia {d1} al {d2}", "de {d1} al {d2}", "llegando el {d1} y saliendo el {d2}",
    ],
    "en": [
        "from the {o1} to the {o2}", "the {o1} to the {o2}", "{o1} to {o2}", "{o1}-{o2}", "between the {o1} and the {o2}", "arriving on the {o1} and leaving on the {o2}", "check in the {o1}, check out the {o2}", "from the {o1} till the {o2}", "the {o1} through the {o2}", "{o1} until {o2}", "from {o1} to {o2}", "arriving the {o1} leaving the {o2}",
    ],
    "pt": [
        "do dia {d1} ao dia {d2}", "do {d1} ao {d2}", "do dia {d1} ao {d2}", "dia {d1} até dia {d2}", "de dia {d1} a dia {d2}", "chego dia {d1} e saio dia {d2}", "chegamos no dia {d1} e vamos embora no dia {d2}", "entrada dia {d1}, saída dia {d2}", "entre os dias {d1} e {d2}", "do dia {dw1} ao dia {dw2}", "dias {d1} a {d2}", "dia {d1} ao {d2}",
        "check-in dia {d1} e check-out dia {d2}", "a partir do dia {d1} até o dia {d2}", "chegando dia {d1} e saindo dia {d2}",
    ],
}  # fmt: skip

WEEK: Final = {
    "es": [
        "de {w1} a {w2}", "del {w1} al {w2}", "desde el {w1} hasta el {w2}", "{w1} a {w2}", "{wab1} a {wab2}", "{w1}-{w2}", "llego el {w1} y me voy el {w2}", "este {w1} hasta el {w2}", "el {w1} {d1} hasta el {w2} {d2}", "del {w1} {d1} al {w2} {d2}", "{w1} {d1} al {w2} {d2}", "entrada {w1}, salida {w2}", "check in {w1} check out {w2}",
        "llegando el {w1} y saliendo el {w2}", "el {w1} y nos vamos el {w2}", "{w1} hasta {w2}", "{n} noches desde el {w1}", "desde el {w1} por {n} noches", "el {w1}, {n} noches", "{n} noches a partir del {w1}", "entre {w1} y {w2}", "este {w1} {n} noches",
    ],
    "en": [
        "from {w1} to {w2}", "{w1} to {w2}", "{wab1} to {wab2}", "{wab1}-{wab2}", "{w1} - {w2}", "{w1} through {w2}", "{w1} until {w2}", "from {w1} till {w2}", "arriving {w1} leaving {w2}", "check in {w1}, check out {w2}", "this {w1} to {w2}", "{w1} the {o1} to {w2} the {o2}", "{w1} {o1} to {w2} {o2}", "arriving on {w1} and leaving on {w2}",
        "this coming {w1} until {w2}", "{n} nights from {w1}", "{n} nights starting {w1}", "{w1} for {n} nights", "from {w1} for {n} nights", "between {w1} and {w2}", "coming {w1} and going home {w2}", "{wab1} thru {wab2}",
    ],
    "pt": [
        "de {w1} a {w2}", "de {w1} até {w2}", "{w1} a {w2}", "{wab1} a {wab2}", "desde {w1} até {w2}", "chego {w1} e saio {w2}", "chegamos na {w1} e vamos embora no {w2}", "dessa {w1} até {w2}", "{w1} até {w2}", "de {w1} ({d1}) a {w2} ({d2})", "{w1} dia {d1} até {w2} dia {d2}", "entrada {w1} e saída {w2}", "check-in {w1}, check-out {w2}",
        "{n} noites a partir de {w1}", "{n} diárias desde {w1}", "{w1} por {n} noites", "nesta {w1}, {n} noites", "esta {w1} até {w2}", "entre {w1} e {w2}", "de {w1} pra {w2}", "chegando {w1} e saindo {w2}",
    ],
}  # fmt: skip

AROUND: Final[dict[str, list[tuple[str, dict[str, Any]]]]] = {
    "es": [
        ("{s}", {}), ("hola, quiero reservar {s} para 2 personas", {"guests": 2}), ("tienen lugar {s}?", {}), ("precio {s} para 2 adultos y 1 niño", {"adults": 2, "children": 1}), ("buenas! necesito una doble {s}, gracias", {"room_type": "double", "rooms": 1}), ("somos 3, {s}", {"guests": 3}),
        ("disponibilidad {s} con desayuno para 4 personas", {"guests": 4}), ("me pasas la tarifa {s}? para dos", {"guests": 2}), ("quería consultar si hay lugar {s} y cuánto sale", {}),
    ],
    "en": [
        ("{s}", {}), ("hi, I'd like to book {s} for 2 people", {"guests": 2}), ("do you have anything free {s}?", {}), ("price {s} for 2 adults and 1 child", {"adults": 2, "children": 1}), ("hello! need a double room {s}, thanks", {"room_type": "double", "rooms": 1}), ("there are 3 of us, {s}", {"guests": 3}),
        ("availability {s} with breakfast for 4 guests", {"guests": 4}), ("how much would it be {s}? 2 people", {"guests": 2}), ("we want to stay {s} please", {}),
    ],
    "pt": [
        ("{s}", {}), ("oi, quero reservar {s} para 2 pessoas", {"guests": 2}), ("tem vaga {s}?", {}), ("preço {s} para 2 adultos e 1 criança", {"adults": 2, "children": 1}), ("bom dia! preciso de um quarto de casal {s}, obrigado", {"room_type": "double", "rooms": 1}), ("somos 3, {s}", {"guests": 3}),
        ("disponibilidade {s} com café para 4 pessoas", {"guests": 4}), ("quanto fica {s}? 2 pessoas", {"guests": 2}), ("gostaria de saber se tem quarto {s} e o valor", {}),
    ],
}  # fmt: skip
"""A message around the stay, and what it says besides."""

NO_STAY: Final = {
    "es": [
        "somos 2 personas", "a las 3", "llegamos tipo 4 de la tarde", "habitación 12", "abren 24/7?", "aceptan hasta 3 cuotas?", "queda a 5 cuadras?", "de 4 estrellas", "quiero 2 de las dobles", "tengo 3 perros", "mi hijo de 4 años", "piso 3 por favor", "dos camas y una cuna", "el desayuno es de 7 a 10?",
        "de 8 a 11 hs", "somos 4 de Rosario", "te paso 2 opciones", "la opción 2", "la segunda", "son 2 y 1 bebé", "necesito 2 toallas más", "a la 1 de la tarde", "1 de cada 2 veces no anda", "entre 2 y 4 personas", "de 2 a 4 personas", "me cobraron 2 veces", "cuánto sale por 3 personas", "puntuación 9/10", "10/10 todo",
        "quiero hablar con el encargado", "queremos 3 habitaciones dobles", "una mesa para 6", "hasta las 11 está bien?", "el primer piso", "los dos", "ambas", "ok dale", "mi mail es ana2@x.com", "mayo es mi apellido", "soy Abril", "wifi 5 o wifi 2.4?", "ducha 4 no anda", "me debes 1.500", "cambio 1 a 1", "2 por 1?", "2x1", "el ascensor no anda desde hace rato",
    ],
    "en": [
        "2 people", "at 3", "we arrive around 4 in the afternoon", "room 12", "open 24/7?", "is it 5 blocks away", "4 star hotel", "I want 2 of the doubles", "I have 3 dogs", "my 4 year old son", "3rd floor please", "two beds and a cot", "is breakfast from 7 to 10?", "from 8 to 11 am", "4 of us", "option 2", "the second one", "2 and a baby", "2 more towels",
        "at 1 pm", "1 in 2 times it fails", "between 2 and 4 people", "2 to 4 people", "charged me twice", "how much for 3 people", "9/10 service", "10/10", "may I speak to someone", "we need 3 double rooms", "a table for 6", "until 11 is ok?", "the first floor", "both", "ok sure", "my email is ana2@x.com", "may I have the bill", "it may be late", "I march on", "wifi 5 or 2.4?", "sat on the bed",
        "second time I ask", "one sec", "we will be second in line", "the fourth time it breaks", "can I get 2 for 1", "do you have a minute", "the sun is nice", "April speaking", "mar the table",
    ],
    "pt": [
        "somos 2 pessoas", "às 3", "chegamos umas 4 da tarde", "quarto 12", "aberto 24/7?", "aceitam até 3 vezes?", "fica a 5 quadras?", "hotel 4 estrelas", "quero 2 de casal", "tenho 3 cachorros", "meu filho de 4 anos", "3º andar por favor", "duas camas e um berço", "o café é das 7 às 10?", "das 8 às 11h", "somos 4 do Rio", "opção 2", "a segunda opção", "são 2 e 1 bebê",
        "preciso de 2 toalhas", "à 1 da tarde", "entre 2 e 4 pessoas", "de 2 a 4 pessoas", "cobraram 2 vezes", "quanto por 3 pessoas", "nota 9/10", "10/10", "quero falar com o gerente", "queremos 3 quartos duplos", "mesa para 6", "até as 11 está bom?", "o primeiro andar", "os dois", "ambos", "ok beleza", "meu email é ana2@x.com", "segunda vez que peço", "a quinta vez que falo", "quarta opção",
        "sexta vez que ligo", "quarto para dois", "um minuto", "set de toalhas", "o mar é perto?", "fica de frente pro mar?", "2 por 1", "na primeira hora", "terceira idade tem desconto?", "out of order", "dez reais a mais",
    ],
}  # fmt: skip
"""Numbers and words that look like dates: no day is ever read from these."""
