"""Portuguese, of Brazil and of Portugal. Words are folded: no accents, lower case."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

from typing import Final

from conversations.understanding.entities.lexicon import Lexicon

_NUMBERS: Final = {
    "zero": 0, "um": 1, "uma": 1, "dois": 2, "duas": 2, "tres": 3, "quatro": 4, "cinco": 5, "seis": 6, "sete": 7,
    "oito": 8, "nove": 9, "dez": 10, "onze": 11, "doze": 12, "treze": 13, "catorze": 14, "quatorze": 14, "quinze": 15,
    "dezesseis": 16, "dezasseis": 16, "dezessete": 17, "dezassete": 17, "dezoito": 18, "dezenove": 19, "dezanove": 19,
    "vinte": 20, "vinte e um": 21, "vinte e uma": 21, "vinte e dois": 22, "vinte e duas": 22, "vinte e tres": 23,
    "vinte e quatro": 24, "vinte e cinco": 25, "vinte e seis": 26, "vinte e sete": 27, "vinte e oito": 28,
    "vinte e nove": 29, "trinta": 30, "trinta e um": 31, "ambos": 2, "um par de": 2,
}  # fmt: skip

_MONTHS: Final = {
    "janeiro": 1, "jan": 1, "fevereiro": 2, "fev": 2, "marco": 3, "mar": 3, "abril": 4, "abr": 4, "maio": 5, "mai": 5, "junho": 6, "jun": 6,
    "julho": 7, "jul": 7, "agosto": 8, "ago": 8, "setembro": 9, "set": 9, "outubro": 10, "out": 10, "novembro": 11, "nov": 11, "dezembro": 12,
    "dez": 12, "january": 1, "february": 2, "march": 3, "april": 4, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10,
    "november": 11, "december": 12, "enero": 1, "febrero": 2, "marzo": 3, "mayo": 5, "junio": 6, "julio": 7, "septiembre": 9, "octubre": 10,
    "noviembre": 11, "diciembre": 12,
}  # fmt: skip

_MONTH_BEFORE_DAY: Final = frozenset({
    "janeiro", "fevereiro", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
})  # fmt: skip

_WEEKDAYS: Final = {
    "segunda-feira": 0, "segunda feira": 0, "segunda": 0, "seg": 0, "2a feira": 0, "2a": 0, "terca-feira": 1, "terca feira": 1, "terca": 1,
    "3a feira": 1, "quarta-feira": 2, "quarta feira": 2, "quarta": 2, "qua": 2, "4a feira": 2, "quinta-feira": 3, "quinta feira": 3,
    "quinta": 3, "qui": 3, "5a feira": 3, "sexta-feira": 4, "sexta feira": 4, "sexta": 4, "sex": 4, "6a feira": 4, "sabado": 5, "sab": 5,
    "domingo": 6, "dom": 6,
}  # fmt: skip

_RELATIVE_DAYS: Final = {
    "hoje": 0, "hj": 0, "hoje mesmo": 0, "esta noite": 0, "hoje a noite": 0, "hj a noite": 0, "agora mesmo": 0, "essa noite": 0,
    "nesta noite": 0, "amanha": 1, "amnha": 1, "amanh": 1, "depois de amanha": 2, "dps de amanha": 2, "ontem": -1, "anteontem": -2,
    "ontem a noite": -1,
}  # fmt: skip

_WEEKS_WORDS: Final = {
    "uma semana": 7, "1 semana": 7, "a semana toda": 7, "uma semaninha": 7, "duas semanas": 14, "uma quinzena": 15, "quinzena": 15,
    "tres semanas": 21,
}  # fmt: skip

_NOT_A_NAME: Final = frozenset({
    "eu", "tu", "voce", "vc", "ele", "ela", "nos", "so", "somente", "sozinho", "sozinha", "do", "da", "de", "dos", "das", "o", "a", "os", "as",
    "um", "uma", "uns", "umas", "alergico", "alergica", "vegetariano", "vegetariana", "vegano", "vegana", "celiaco", "celiaca", "hospede",
    "cliente", "brasileiro", "brasileira", "portugues", "portuguesa", "argentino", "argentina", "novo", "nova", "socio", "socia", "deficiente",
    "cadeirante", "maior", "menor", "homem", "mulher", "pessoa", "que", "quem", "quero", "queria", "gostaria", "preciso", "para", "pra", "por",
    "com", "em", "e", "ou", "ao", "meu", "minha", "me", "se", "lhe", "isso", "esse", "essa", "este", "esta", "outro", "outra", "mesmo",
    "mesma", "qual", "tem", "tenho", "sao", "era", "foi", "reserva", "reservas", "quarto", "hotel", "casal", "familia", "empresa", "grupo",
    "hoje", "amanha", "ontem", "mudar", "cancelar", "cancela", "confirmar", "confirma", "alterar", "desde", "ate", "entre", "sem", "mas",
    "porque", "como", "quando", "onde", "nao", "sim", "obrigado", "obrigada", "favor", "ola", "oi", "bom", "boa", "dia", "tarde", "noite",
    "noites", "nome", "numero", "codigo", "nenhum", "ninguem", "alguem", "todos", "todas", "ambos", "segunda", "terca", "quarta", "quinta",
    "sexta", "sabado", "domingo", "janeiro", "fevereiro", "marco", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
    "novembro", "dezembro", "pessoas", "adultos", "criancas", "dois", "duas", "tres", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez",
    "muito", "tambem", "ja", "ainda", "diabetico", "diabetica", "intolerante", "estrangeiro", "estrangeira", "jornalista", "estudante",
    "medico", "medica", "fornecedor", "vendedor", "motorista", "daqui", "morador",
})  # fmt: skip


PORTUGUESE: Final = Lexicon(
    language="pt",
    day_first=True,
    numbers=_NUMBERS,
    one_words=frozenset({"um", "uma"}),
    ordinals={"primeiro": 1},
    ordinal_suffix_re=r"\.?(?:o|ro|a)(?![^\W_])",
    months=_MONTHS,
    month_before_day=_MONTH_BEFORE_DAY,
    weekdays=_WEEKDAYS,
    of_re=r"(?: ?de | ?do mes de | ?/ ?| ?d |-| ?)",
    year_link_re=r"(?: de | do ano de |, ?| |/|-)",
    article_re=r"(?:o dia |dia |no dia |dias |os dias )?",
    day_marks_re=r"(?:o dia|no dia|do dia|ao dia|ate o dia|ate dia|pro dia|para o dia|para dia|pra dia|pelo dia|dia|ate o|do|ao|desde o|a partir do|no)",
    bare_needs_suffix=False,
    relative_days=_RELATIVE_DAYS,
    day_unit_re=r"dias?",
    week_unit_re=r"semanas?",
    month_unit_re=r"mes(?:es)?",
    in_n_re=r"(?:daqui a|daqui|dentro de|em) {n} {u}(?! (?:antes|depois|de anteced))",
    ago_n_re=r"(?:ha|faz|tem)(?: uns| umas| cerca de)? {n} {u}(?! (?:que vem))|{n} {u} atras",
    next_before_re=r"(?:proximo|proxima|prox\.?)",
    next_after_re=r"(?:que vem|q vem|que ver|proximo|proxima|seguinte)",
    this_before_re=r"(?:este|esta|esse|essa|neste|nesta|nesse|nessa|deste|desta|desse|dessa)",
    this_week_after_re=r"(?:desta|dessa|nesta|nessa) semana|esta semana",
    next_week_after_re=r"(?:da|na)? ?(?:proxima semana|semana (?:que|q) vem|outra semana|semana seguinte)",
    weekend_re=r"(?:fim de semana|final de semana|fim-de-semana|fds|findi|fim d semana|feriadao|feriado prolongado)",
    this_month_re=r"(?:deste|desse|do|do corrente|do presente) mes",
    next_month_re=r"(?:do|no) (?:mes que vem|mes q vem|proximo mes|mes seguinte|mes proximo)",
    in_month_re=r"(?:em|para|pra|durante|no|(?:no )?(?:comeco|inicio|meio|meados|fim|final) de|mes de)",
    connector_re=r" ?(?:,? ?ate o dia|,? ?ate dia|,? ?ate o|,? ?ate a|,? ?ate|ao dia|ao|a dia|para o dia|pro dia|pra dia|para dia|para o|pro|pra|para|a|-+>?|/|e o|e o dia|~) ?",
    between_re=r"entre",
    and_re=r"e",
    from_re=r"(?:desde|do|da|de|a partir|a contar|comecando|entre)",
    arrive_re=(
        r"(?:cheg\w+|entr(?:o|amos|ada|ando|ar|aria)\b|check ?-?in|chek ?-?in|checkin|"
        r"desde|a partir|a contar|comec\w+|viaj\w+|inicio|vou|vamos (?:ir|estar)|iremos|iria\w*|irei|ingress\w+|ficar\w*)"
    ),
    leave_re=(
        r"(?:sai(?:o|mos|r|da|ndo|em|remos|rei|ria)\b|saida|check ?-?out|chek ?-?out|checkout|vou embora|vamos embora|ir embora|irmos embora|"
        r"part(?:ida|imos|o|ir)\b|retorn\w+|volt(?:o|amos|ar|aria|a)\b|regress\w+|deix(?:o|amos|ar) o quarto)"
    ),
    until_re=r"(?:ate(?: o| a)?(?: dia)?)",
    stay_re=(
        r"(?:reserv\w*|quartos?|qto|apto|apartamento|hosped\w+|alojamento|dispon\w+|vagas?|noites?|diarias?|estadia|estada|"
        r"ficar\w*|preco|quanto|tarifa|orcamento|cotac\w+|suite|duplo|casal|triplo|pessoas?|adultos?|hospedes?|livre|pernoit\w+|tem lugar)"
    ),
    not_stay_re=(
        r"(?:mesas?|jantar|janta|almoco|almocar|restaurantes?|cafe da manha|pequeno-almoco|pequeno almoco|massage\w+|spa|tratamento|horario|sessao|"
        r"manicure|pedicure|depilac\w+|maquiagem|cabeleireiro|piscina|academia|ginasio|taxi|transfer|traslado|translado|transporte|passeio|excurs\w+|"
        r"wi-?fi|internet|nao funciona|quebrad\w+|avariad\w+|estacionar|estacionamento|parque|garagem|reuniao|casamento|festa|evento|"
        r"deposit\w+|paguei|pagamento|voo|tempo vai|chov\w+|fazer (?:frio|calor)|clima)"
    ),
    night_re=r"(?:noites?|noitinhas?|diarias?|pernoites?|nts)",
    count_units_re=(
        r"(?:pessoas?|pess\b|pax|hospedes?|adult\w*|criancas?|crianc\w*|menor\w*|filh\w+|bebes?|menin[oa]s?|adolescentes?|"
        r"noites?|diarias?|dias?(?! \d| de)|semanas?|mes(?:es)?\b|quartos?|qtos?|aptos?|apart\w+|suites?|camas?|anos?\b|aninhos|hs\b|hrs?\b|horas?|h\b|h\d|min\w*|"
        r"am\b|pm\b|%|por cento|reais|real\b|r\$|dolar\w*|usd|euros?|eur\b|\$|€|estrelas|andar\w*|km|kg|quarteiroes|metros|vezes|parcelas|"
        r"cachorr\w+|caes|cao\b|gat\w+|pets?|carros?|amig\w+|famili\w+|casais|casal|toalhas?|travesseiros?|malas?|garrafas?|cervejas?|"
        r"vagas?|lugares|mesas?|da (?:tarde|manha|noite)|em ponto|e meia|opcao|x ?\d)"
    ),
    weeks_words=_WEEKS_WORDS,
    person_re=r"(?:pessoas?|pesoas?|pessoal|pess\b|pax|hospedes?|passageiros|convidados|viajantes)",
    adult_re=r"(?:adult[oa]s?|adutos?|adul\b|ad\b|maiores(?! de)|idosos?)",
    child_re=(
        r"(?:criancas?|criancinhas?|crianc\b|chd\b|menor(?:es)?(?: de idade)?|filh[oa]s?|filhinh[oa]s?|filhot[ei]\w*|menin[oa]s?|mocinh[oa]s?|pequen[oa]s|"
        r"miud[oa]s?|adolescentes?|garot[oa]s|gemeos|putos)"
    ),
    baby_re=r"(?:bebes?|bb|nenes?|nenem|recem[- ]nascid[oa]s?|bebezinh[oa]s?)",
    age_unit_re=r"(?:anos|ano|aninhos)",
    age_month_re=r"(?:meses|mes)",
    we_are_re=r"(?:somos|seremos|seriamos|vamos ser|sao|serao|seriam|vao ser|vamos|iremos|estamos|total de|no total|ao todo|em|estaremos|a gente e|iriamos|cabem|cabemos)",
    for_re=r"(?:para|pra|p/|pro)",
    alone_re=r"(?:so eu|eu so\b|so para mim|so pra mim|somente (?:para )?(?:eu|mim)|apenas (?:eu|para mim|pra mim)|sozinh[oa]|eu mesm[oa]|apenas uma pessoa|so uma pessoa|somente uma pessoa)",
    couple_re=r"(?:(?:um |somos |em |para |pra |p/ )casal(?! de)|lua de mel|recem[- ]casados|(?<!quarto )(?<!cama )(?<!suite )(?<!apto )(?<!de )casal(?= com| e |,|$))",
    family_of_re=r"(?:familia|grupo) (?:de|com)",
    none_re=r"(?:sem|nenhum|nenhuma|zero|nao (?:temos|levamos|tem|ha|tenho|vao))",
    me_re=r"(?:e (?:pra|para) mim\b|sou eu\b|eu,? (?:meu|minha)|e eu\b|eu e|e eu,|eu com|eu, |comigo|eu mais|para mim e|pra mim e|mais eu)",
    adult_relation_re=(
        r"(?:espos[oa]|marido|mulher|namorad[oa]|noiv[oa]|companheir[oa]|parceir[oa]|mae|pai|sogr[oa]|irma[oa]?|prim[oa]|ti[oa]|"
        r"avo|amig[oa]|coleg[oa]|cunhad[oa]|chefe|soci[oa]|sobrinh[oa]|nora|genro|senhora)"
    ),
    child_relation_re=r"(?:filh[oa]|filhinh[oa]|bebe|nene|nenem|crianca|pequen[oa]|adolescente|net[oa]|menin[oa])",
    possessive_re=r"(?:(?:o |a )?(?:meu|minha|nosso|nossa|seu|sua))",
    plus_re=r"(?:,? ?e|,? ?mais|,? ?\+|,? ?com|,|;|\.|/|&)",
    room_re=r"(?:quartos?|qtos?\b|apartamentos?|aptos?\b|apts?\b|suites?|chales?|dormitorios?|acomodacoes|acomodacao|duplos\b|triplos\b|unidades?)",
    room_types=(
        (r"(?:junior suites?|suites? junior|jr\.? suites?)", "junior_suite"),
        (r"(?:suites?)(?! (?:hotel|inn))", "suite"),
        (r"(?:quadruplos?|quadruplas?)", "quadruple"),
        (r"(?:triplos?|triplas?)", "triple"),
        (
            r"(?:twins?|duplo twin|duplo solteiro|(?:2|duas) camas (?:de solteiro|separadas|individuais)|camas (?:separadas|individuais|de solteiro))",
            "twin",
        ),
        (
            r"(?:(?:quarto|apto|apartamento|suite|qto|um|no|do|o|tipo) (?:familia|familiar|family)|quarto (?:de|para|p/) familia|familiares|quartos familiares)",
            "family",
        ),
        (
            r"(?:(?:quarto|apto|apartamento|suite|qto|cama|um|o)s? (?:de |para |p/ )?casal|duplos?|dupla|double|cama (?:de casal|queen|king)|king|queen|matrimonial)",
            "double",
        ),
        (
            r"(?:(?:quarto|apto|apartamento|qto|um|\d)s? (?:de )?(?:solteiro|individual|simples|single)|individua(?:l|is)|single|solteiro)",
            "single",
        ),
        (r"(?:superior(?:es)?)", "superior"),
        (r"(?:deluxe|de luxo|luxo|delux)", "deluxe"),
        (r"(?:standard|padrao|estandar)", "standard"),
    ),
    room_number_re=r"(?:quarto|qto|apto|ape|ap|apartamento|suite|room):?(?: (?:numero|nro\.?|no\.?|n\.?o|num\.?|#))? ?#? ?(\d{2,4}(?:[a-z](?![^\W_]))?)(?![^\W_]|%|[/:-]\d)",
    at_re=r"(?:as|a 1a|a|para as|pras|das|desde as|ate as|ate a|antes das|depois das|por volta das|por volta de|umas|la pelas|pelas|apos as)",
    hour_unit_re=r"(?:hs|hrs?|horas?|h)\b",
    dayparts=(
        (r"(?:da|de|pela) manha|am\b|a\.? ?m\b\.?", "morning"),
        (r"(?:da|de|a) tarde|pm\b|p\.? ?m\b\.?", "afternoon"),
        (r"(?:da|de|a) noite", "night"),
        (r"(?:da|de) madrugada", "early"),
    ),
    half_re=r"meia",
    quarter_re=r"(?:um )?quarto",
    past_re=r"e",
    to_re=r"menos",
    noon_re=r"(?:ao meio[- ]dia|meio[- ]dia)",
    midnight_re=r"(?:a meia[- ]noite|meia[- ]noite)",
    time_from_re=r"(?:desde|a partir)",
    time_to_re=r"(?:ate|saimos|deixar o quarto antes)",
    minutes_first=False,
    name_before_re=(
        r"(?:em nome d[eao]s?|no nome d[eao]s?|em nome:|ao nome de|meu nome (?:completo )?e|meu nome:|nome:|nome completo:|me chamo|chamo-me|sou (?:o|a)|sou|aqui e (?:o|a)|aqui e|"
        r"e (?:o|a)(?= [a-z]+ aqui)|o nome e|nome e|quem fala e|fala (?:o|a)|reserva d[eo]|titular:?|hospede:|nome|abracos?,?|atenciosamente,?|att\.?,?|cumprimentos,?)"
    ),
    name_after_re=r"(?!x)x",
    not_a_name=_NOT_A_NAME,
    name_particles=frozenset(["de", "da", "do", "das", "dos", "del", "la", "e", "di", "van", "von", "santa"]),
    phone_words_re=r"(?:tel\w*|cel\w*|telemovel|numero|whatsapp|zap|zapzap|contato|contacto|ligar)",
    booking_words_re=r"(?:codigo|reserva\w*|localizador|confirmacao|referencia|numero|booking|ref)",
    holidays=(
        (r"(?:semana santa|pascoa)", "easter"),
        (r"carnaval", "carnival"),
        (
            r"(?:vespera de ano[- ]novo|reveillon|virada(?: do ano)?|passagem de ano|fim de ano|fim do ano)",
            "new_years_eve",
        ),
        (r"ano[- ]novo", "new_year"),
        (r"(?:vespera de natal|noite de natal|consoada)", "christmas_eve"),
        (r"natal", "christmas"),
        (r"(?:dia de )?reis", "epiphany"),
        (r"corpus christi", "corpus_christi"),
        (r"(?:dia da independencia|7 de setembro|sete de setembro)", "independence"),
        (r"dia do trabalh\w+", "labour"),
        (r"dia dos namorados", "valentine"),
    ),
)
