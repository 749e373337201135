"""Spanish, of Spain and of the Americas. Words are folded: no accents, lower case."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

from typing import Final

from conversations.understanding.entities.lexicon import Lexicon

_UNITS: Final = {
    "cero": 0, "un": 1, "una": 1, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7,
    "ocho": 8, "nueve": 9, "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15,
    "dieciseis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19, "veinte": 20, "veintiun": 21,
    "veintiuno": 21, "veintiuna": 21, "veintidos": 22, "veintitres": 23, "veinticuatro": 24, "veinticinco": 25,
    "veintiseis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29, "treinta": 30,
    "treinta y un": 31, "treinta y uno": 31, "cuarenta": 40, "cincuenta": 50, "ambos": 2, "un par de": 2,
}  # fmt: skip

_MONTHS: Final = {
    "enero": 1, "ene": 1, "febrero": 2, "feb": 2, "febr": 2, "marzo": 3, "mar": 3, "mzo": 3, "abril": 4, "abr": 4, "mayo": 5, "may": 5,
    "junio": 6, "jun": 6, "julio": 7, "jul": 7, "agosto": 8, "ago": 8, "agos": 8, "septiembre": 9, "setiembre": 9, "sept": 9, "sep": 9,
    "set": 9, "octubre": 10, "oct": 10, "noviembre": 11, "nov": 11, "noviem": 11, "diciembre": 12, "dic": 12, "dicbre": 12, "diciem": 12,
    "enro": 1, "january": 1, "february": 2, "march": 3, "april": 4, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10,
    "november": 11, "december": 12, "jan": 1, "aug": 8, "dec": 12,
}  # fmt: skip

_MONTH_BEFORE_DAY: Final = frozenset({
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre", "ene", "feb",
    "abr", "jun", "jul", "sept", "sep", "oct", "nov", "dic",
})  # fmt: skip

_WEEKDAYS: Final = {
    "lunes": 0, "lun": 0, "martes": 1, "miercoles": 2, "mierc": 2, "mie": 2, "jueves": 3, "jue": 3, "juev": 3, "viernes": 4, "vie": 4,
    "vier": 4, "viern": 4, "sabado": 5, "sab": 5, "domingo": 6, "dom": 6, "dgo": 6,
}  # fmt: skip

_RELATIVE_DAYS: Final = {
    "hoy": 0, "hoy mismo": 0, "esta noche": 0, "hoy a la noche": 0, "hoy en la noche": 0, "hoy por la noche": 0, "esta tarde": 0,
    "ahora mismo": 0, "manana": 1, "pasado manana": 2, "ayer": -1, "anteayer": -2, "antes de ayer": -2, "anoche": -1, "mnn": 1, "mnna": 1,
}  # fmt: skip

_WEEKS_WORDS: Final = {
    "una semana": 7, "1 semana": 7, "toda la semana": 7, "una semanita": 7, "dos semanas": 14, "una quincena": 14, "quincena": 14,
    "quince dias": 15, "semana y media": 10, "10 dias": 10, "tres semanas": 21,
}  # fmt: skip

_NOT_A_NAME: Final = frozenset({
    "yo", "tu", "el", "ella", "nosotros", "solo", "sola", "solamente", "de", "del", "la", "las", "los", "un", "una", "uno", "alergico",
    "alergica", "vegetariano", "vegetariana", "vegano", "vegana", "celiaco", "celiaca", "huesped", "cliente", "clienta", "argentino",
    "argentina", "mexicano", "mexicana", "espanol", "espanola", "chileno", "chilena", "uruguayo", "uruguaya", "colombiano", "colombiana",
    "peruano", "peruana", "brasileno", "brasilena", "nuevo", "nueva", "socio", "socia", "discapacitado", "discapacitada", "mayor", "menor",
    "hombre", "mujer", "persona", "residente", "turista", "que", "quien", "quiero", "queria", "quisiera", "necesito", "para", "por", "con",
    "en", "y", "o", "a", "al", "mi", "mis", "me", "te", "se", "lo", "le", "les", "ese", "esa", "este", "esta", "otro", "otra", "mismo",
    "misma", "cual", "hay", "tengo", "tiene", "es", "son", "era", "fue", "reserva", "reservas", "habitacion", "hab", "cuarto", "hotel",
    "pareja", "familia", "empresa", "grupo", "hoy", "manana", "ayer", "cambiar", "cambia", "cancelar", "cancela", "confirmar", "confirma",
    "modificar", "desde", "hasta", "entre", "sin", "pero", "porque", "como", "cuando", "donde", "no", "si", "gracias", "favor", "hola",
    "buenas", "buenos", "dias", "tardes", "noches", "nombre", "numero", "codigo", "ningun", "ninguna", "nadie", "alguien", "todos", "todas",
    "ambos", "lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo", "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre", "noche", "personas", "adultos", "ninos", "dos", "tres", "cuatro",
    "cinco", "seis", "siete", "ocho", "nueve", "diez", "tipo", "medio", "bastante", "muy", "tambien", "ya", "aun", "todavia", "diabetico",
    "diabetica", "intolerante", "fan", "extranjero", "extranjera", "periodista", "estudiante", "docente", "medico", "medica", "proveedor",
    "vendedor", "conductor", "chofer",
})  # fmt: skip

_NAME_PARTICLES: Final = frozenset({
    "de", "del", "la", "las", "los", "da", "do", "dos", "das", "di", "van", "von", "y", "san", "santa", "mc", "st",
})  # fmt: skip


SPANISH: Final = Lexicon(
    language="es",
    day_first=True,
    numbers=_UNITS,
    one_words=frozenset({"un", "una", "uno"}),
    ordinals={"primero": 1, "primer": 1, "uno": 1},
    ordinal_suffix_re=r"\.?(?:o|ro|er|do|to|mo|vo|no|a)(?![^\W_])",
    months=_MONTHS,
    month_before_day=_MONTH_BEFORE_DAY,
    weekdays=_WEEKDAYS,
    of_re=r"(?: ?de | ?del mes de | ?/ ?| ?d |-| ?)",
    year_link_re=r"(?: del? |, ?| |/|-)",
    article_re=r"(?:el |los |dia |el dia |los dias |dias )?",
    day_marks_re=r"(?:el dia|el|pal|pa el|dia|los dias|hasta el|desde el|para el|al|del)",
    bare_needs_suffix=False,
    relative_days=_RELATIVE_DAYS,
    day_unit_re=r"dias?",
    week_unit_re=r"semanas?",
    month_unit_re=r"mes(?:es)?",
    in_n_re=r"(?:dentro de|en|de aca a|de aqui a) {n} {u}(?! (?:mas )?(?:antes|despues|de anticip))",
    ago_n_re=r"(?:hace|hacen|ya hace)(?: como| unos| unas)? {n} {u}|{n} {u} atras",
    next_before_re=r"(?:proximo|proxima|prox\.?|siguiente)",
    next_after_re=r"(?:que viene|q viene|k viene|que entra|proximo|proxima|prox\.?|siguiente)",
    this_before_re=r"(?:este|esta|ese|esa)",
    this_week_after_re=r"(?:de|en) (?:esta|la presente) semana|esta semana",
    next_week_after_re=r"(?:de|en)? ?(?:la )?(?:proxima semana|semana (?:que|q) (?:viene|entra)|semana proxima|otra semana)",
    weekend_re=r"(?:fin de semana|finde semana|fin d semana|finde|find|fds|fin)(?: largo)?",
    this_month_re=r"(?:de este|del presente|de ese|del corriente|del mismo|de este mismo|del) mes",
    next_month_re=r"(?:del? (?:mes )?(?:proximo|siguiente|que viene|q viene|entrante)(?: mes)?|del mes (?:que|q) (?:viene|entra)|del proximo mes)",
    in_month_re=r"(?:en|para|durante|a (?:principios|mediados|fines|finales|fin) de|primera quincena de|segunda quincena de|mes de)",
    connector_re=r" ?(?:,? ?hasta el dia|,? ?hasta el|,? ?hasta|,? ?ate(?: o| el)?(?: dia)?|al dia|al|a el|para el dia|para el|a|-+>?|/|y el|~) ?",
    between_re=r"entre",
    and_re=r"y",
    from_re=r"(?:desde|del|de|a partir|a contar|empezando|comenzando|entre)",
    arrive_re=(
        r"(?:lleg\w+|ingres\w+|entr(?:o|amos|ada|ando|ar|aria|ariamos)\b|check ?-?in|chek ?-?in|checkin|chequear|arrib\w+|"
        r"ida(?= (?:el |dia )?\d)|desde|a partir|a contar|empez\w+|comenz\w+|viaj\w+|inicio|"
        r"ven(?:go|imos|ir|dria|driamos)\b|voy|vamos a (?:ir|estar)|iremos|iria\w*|ire\b|quedar\w+)"
    ),
    leave_re=(
        r"(?:sal(?:go|imos|ir|ida|iendo|en|dria|driamos|e)\b|check ?-?out|chek ?-?out|checkout|me voy|nos vamos|irme|irnos|"
        r"me iria|nos iriamos|me retiro|nos retiramos|retir\w+|dej(?:o|amos|ar) la hab\w*|part(?:ida|imos|o)\b|egres\w+|"
        r"(?:volv(?:emos|er|eria|eriamos)|vuelvo)(?! a )|vuelta(?= (?:el |dia )?\d)|regres\w+|se va|irse)"
    ),
    until_re=r"(?:hasta(?: el| la)?|ate(?: o| el)?)",
    stay_re=(
        r"(?:reserv\w*|rsv|habitaci\w+|hab\b|habit\b|cuartos?|pieza|alojamiento|alojar\w*|aloj\w+|hosped\w+|disponib\w+|dispo\b|"
        r"lugar|hay algo|noches?|estadia|estancia|quedar\w*|qued(?:o|amos)\b|precio|cuanto|tarifa|cotiz\w+|presupuesto|suite|"
        r"doble|triple|simple|personas?|adultos?|huesped\w*|libre|vacante|cupo|vacancia|plaza)"
    ),
    not_stay_re=(
        r"(?:mesas?|cen(?:a|ar)\b|almuerzo|almorzar|restaurante?|restaurantes|desayun\w+|masajes?|spa|tratamiento|turno|cita|"
        r"sesion|manicur\w+|pedicur\w+|acupuntura|depilac\w+|maquillaje|peluqueria|piscina|pileta|gimnasio|taxi|remis|traslado|transfer|"
        r"tour|excursion\w*|wifi|internet|no funciona|no anda|roto|estacionar|estacionamiento|aparcar|parking|cochera|reunion|"
        r"boda|casamiento|salon|evento|transferi\w*|deposit\w*|pagu\w+|pague|vuelo|clima|tiempo hace|llov\w+|llueve|estar feo|hacer? frio|hacer? calor)"
    ),
    night_re=r"(?:noches?|nochecitas?|nochs|ncohes|noxes|nts)",
    count_units_re=(
        r"(?:personas?|pers\b|person\b|pax|huesped\w*|adult\w*|mayor\w*|menor\w*|nin[oa]s?|nen[ea]s?|chic[oa]s?|chiquit\w+|"
        r"bebes?|hij[oa]s?|noches?|nochs|dias?(?! \d| de)|semanas?|mes(?:es)?\b|hab\w*|cuartos?|piezas?|camas?|anos?\b|anitos|hs\b|hrs?\b|"
        r"horas?|h\b|min\w*|am\b|pm\b|a\.?m|p\.?m|%|por ciento|pesos|dolar\w*|usd|euros?|eur\b|\$|€|estrellas|pisos?|km|kg|"
        r"cuadras|metros|mts?\b|cuotas|veces|perr\w+|gat\w+|mascotas?|autos?|coches?|carros?|amig\w+|famili\w+|parejas?|"
        r"toallas?|almohadas?|maletas?|valijas?|botellas?|cervezas?|copas?|plazas?|lugares|mesas?|mordedores|de la (?:tarde|manana|noche)|"
        r"en punto|y media|y cuarto|menos|opcion|x ?\d|er piso)"
    ),
    weeks_words=_WEEKS_WORDS,
    person_re=r"(?:personas?|perso\b|prsonas?|persnas?|presonas?|pers\b|pax|pxs|huesped(?:es)?|pasajeros?|invitados|almas|plazas|viajeros)",
    adult_re=r"(?:adult[oa]s?|adlutos|adutlos|adul\b|ad\b|mayores(?! de)|mayor\b|grandes\b|jubilados)",
    child_re=(
        r"(?:nin[oa]s?|ninit[oa]s?|nen[ea]s?|chic[oa]s?|chiquit[oa]s?|chiquill[oa]s|chavos|menor(?:es)?(?: de edad)?|crios|criaturas?|hij[oa]s?|hijit[oa]s?|"
        r"pequen[oa]s?(?: humanos)?|peques?|pibes?|guris\w*|guaguas|adolescentes?|infantes?|mordedores de tobillos|mellizos|gemelos|escuincles|guambras)"
    ),
    baby_re=r"(?:bebes?|bebas?|bebit[oa]s?|bb|lactantes?|recien nacid[oa]s?|guagua)",
    age_unit_re=r"(?:anos|ano|anitos)",
    age_month_re=r"(?:meses|mes)",
    we_are_re=r"(?:somos|seremos|seriamos|vamos a ser|seran|serian|van a ser|son|iriamos|vamos|iremos|viajamos|venimos|vendriamos|estamos|estariamos|total|en total|cabemos|entramos)",
    for_re=r"(?:para|p/|xa|pa)",
    alone_re=r"(?:solo yo|yo solo|yo sola|viajo sol[oa]|voy sol[oa]|ire sol[oa]|sol[oa] para mi|para mi sol[oa]|(?:solo|solamente|unicamente) (?:para )?mi|para mi solamente|para mi nada mas|para uno solo|para una sola|nada mas que yo|yo nomas|yo nada mas|voy por mi cuenta|una sola persona|(?:solo|solamente) una persona|(?:soy|seria|es) (?:yo )?sol[oa](?! (?:por|para|una?|el|la|esta|este)\b)(?: yo)?)",
    couple_re=r"(?:(?:una |mi |somos |en |para )pareja|parejita|matrimonio(?! civil)|luna de miel|recien casados)",
    family_of_re=r"(?:familia|grupo) de",
    none_re=r"(?:sin|ningun|ninguna|cero|no (?:tenemos|llevamos|hay|van|vienen|viajan|tengo)|tampoco hay)",
    me_re=r"(?:y (?:para|a) mi\b|soy yo\b|yo,? mi|y yo|e yo|yo y|yo con|yo, |conmigo|yo mas|a mi y|para mi y)",
    adult_relation_re=(
        r"(?:espos[oa]|marido|mujer|senora|novi[oa]|parej[ao]|prometid[oa]|mama|papa|madre|padre|suegr[oa]|herman[oa]|"
        r"prim[oa]|ti[oa]|abuel[oa]|amig[oa]|companer[oa]|coleg[oa]|cunad[oa]|viej[oa]|jef[ea]|soci[oa]|sobrin[oa]|nuer[oa]|yerno)"
    ),
    child_relation_re=r"(?:hij[oa]|hijit[oa]|nen[ea]|bebe|bebit[oa]|nin[oa]|peque|pequen[oa]|chic[oa]|adolescente|niet[oa])",
    possessive_re=r"(?:mi|nuestr[oa]|su)",
    plus_re=r"(?:,? ?y|,? ?mas|,? ?\+|,? ?e|,? ?con|,|;|\.|/|&)",
    room_re=r"(?:habitaciones|habitacion|habitacin|abitacion\w*|havitacion\w*|habitasion\w*|habs?\b|habit\b|cuartos?|piezas?|recamaras?|alcobas?|dormitorios?|apartamentos?|aptos?\b|deptos?\b|departamentos?|cabanas?|suites?|dobles\b|triples\b|simples\b|singles\b|individuales\b|matrimoniales\b|bungalows?)",
    room_types=(
        (r"(?:junior suites?|suites? junior|jr\.? suites?)", "junior_suite"),
        (r"(?:suites?)(?! (?:hotel|inn))", "suite"),
        (r"(?:cuadruples?|quadruples?|para (?:4|cuatro) personas en la misma)", "quadruple"),
        (r"(?:triples?|tripl)", "triple"),
        (
            r"(?:twins?|dobles? twins?|(?:2|dos) camas (?:individuales|separadas|simples|de una plaza)|camas (?:individuales|separadas)|doble con (?:2|dos) camas)",
            "twin",
        ),
        (
            r"(?:(?:hab\w*|cuarto|pieza|una|la|tipo) (?:familiar(?:es)?|family)|familiares|family room|(?<!plan )(?<!descuento )familiar(?=[ ,.!?]|$))",
            "family",
        ),
        (
            r"(?:dobles?|dbl|double|doble matrimonial|matrimonial(?:es)?|matrimonio|cama (?:doble|grande|queen|king|matrimonial)|king|queen|duplex)",
            "double",
        ),
        (
            r"(?:(?:hab\w*|cuarto|pieza|una|la|\d) (?:simples?|individual(?:es)?|sencillas?|singles?)|single|individual(?:es)?(?! ?ment))",
            "single",
        ),
        (r"(?:superior(?:es)?)", "superior"),
        (r"(?:deluxe|de luxe|delux|de lujo)", "deluxe"),
        (r"(?:standard|estandar|estandard|estandares)", "standard"),
    ),
    room_number_re=r"(?:habitacion|hab\.?|cuarto|pieza|room|recamara|depto|cabana):?(?: (?:numero|nro\.?|no\.?|n\.?o|num\.?|#))? ?#? ?(\d{2,4}(?:[a-z](?![^\W_]))?)(?![^\W_]|%|[/:-]\d)",
    at_re=r"(?:a las|a la|para las|para la|de las|desde las|desde la|hasta las|hasta la|antes de las|despues de las|despues de la|tipo|sobre las|hacia las|alrededor de las|las|a eso de las|tipo las|como a las|ls|alas)",
    hour_unit_re=r"(?:hs|hrs?|horas?|h)\b\.?",
    dayparts=(
        (r"(?:de la|por la|en la|a la) manana|am\b|a\.? ?m\b\.?|del mediodia manana", "morning"),
        (r"(?:de la|por la|en la|a la) tarde|pm\b|p\.? ?m\b\.?|del mediodia|del medio dia", "afternoon"),
        (r"(?:de la|por la|en la|a la) noche", "night"),
        (r"(?:de la|por la|en la) madrugada", "early"),
    ),
    half_re=r"media",
    quarter_re=r"cuarto",
    past_re=r"y",
    to_re=r"menos",
    noon_re=r"(?:al mediodia|al medio dia|a mediodia|mediodia)",
    midnight_re=r"(?:a (?:la )?medianoche|a la media noche|medianoche)",
    time_from_re=r"(?:desde|a partir de|empezaba)",
    time_to_re=r"(?:hasta|dej\w+ la habitacion antes de|nos vamos)",
    minutes_first=False,
    name_before_re=(
        r"(?:a nombre de(?: la senora| el senor| el sr\.?| la sra\.?)?|al nombre de|a nombre del? (?:senor|sr\.?|senora|sra\.?)|en nombre de|anombre de|"
        r"mi nombre(?: completo)? es|mi nombre:|nombre:|nombre y apellido:|me llamo|soy|habla|te habla|le habla|les habla|le escribe|el nombre es|nombre es|a nombre|reserva de|titular:?|pasajero:|huesped:|nombre|saludos(?: cordiales)?,?|atentamente,?|atte\.?,?)"
    ),
    name_after_re=r"(?!x)x",
    not_a_name=_NOT_A_NAME,
    name_particles=_NAME_PARTICLES,
    phone_words_re=r"(?:tel\w*|cel\w*|movil|numero|whatsapp|wsp|wpp|wasap|contacto|llamar\w*|llame\w*)",
    booking_words_re=r"(?:codigo|reserva\w*|rsv|localizador|confirmacion|referencia|numero|nro|booking|ref)",
    holidays=(
        (r"(?:semana santa|pascuas?)", "easter"),
        (r"carnaval(?:es)?", "carnival"),
        (r"(?:vispera de ano nuevo|noche ?vieja)", "new_years_eve"),
        (r"(?:fin de ano|31 a la noche)", "year_end"),
        (r"ano nuevo", "new_year"),
        (r"(?:noche ?buena)", "christmas_eve"),
        (r"navidad(?:es)?", "christmas"),
        (r"(?:dia de )?reyes(?: magos)?", "epiphany"),
        (r"(?:dia de la )?independencia", "independence"),
        (r"(?:dia del trabajo|dia del trabajador|dia de los trabajadores)", "labour"),
        (r"dia de (?:los )?muertos", "all_souls"),
        (r"(?:san valentin|dia de los enamorados)", "valentine"),
    ),
)
