"""What a question is about: wifi, parking, pets… One table for the three languages, since guests mix them."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import re
from typing import Final

from conversations.understanding.entities.scan import Scan

_TOPICS: Final[tuple[tuple[str, str], ...]] = (
    ("room_service", r"room ?service|servicio (?:a|de) (?:la )?habitaci\w+|servicio al cuarto|servico de quarto|(?:traer|traerme|subir|suban|trae\w*|bring|send|deliver\w*|mand\w+|lev\w+)\b[^.?!]{0,40}\b(?:comida|food|meal|breakfast|desayuno|almuerzo|cena|sandwich\w*|hamburguesa|pizza|cafe|coffee|cerveza|vino|wine|burger|salad|ensalada|jantar|almoco|lanche)"),
    ("wifi", r"wi-?fi|wify|guifi|internet|wireless|\bred\b(?= wi| inal)|conexion|conexao|contrasena|senha (?:do|da) (?:wi|int|rede)|senha"),
    ("parking", r"park(?:ing)?(?! (?:hotel|inn))\b|parqueo|parquea\w*|estaciona\w*|aparca\w*|cochera|garage|garaje|garagem|(?:dejar|deixar|leave) (?:el|mi|o|meu|my|the) (?:auto|coche|carro|car)|valet|vaga para (?:o )?carro"),
    ("pool", r"pools?|piscinas?|pileta|alberca|swim\w*|nadar"),
    ("gym", r"gym|gimnasio|gimnacio|academia(?! de)|ginasio|fitness|exercise|ejercicio|exercicio|treadmill|cinta de correr|bicicletas? (?:estatica|de ejercicio)|jogging|workout|work out|musculacao|pesas"),
    ("spa", r"spa|massages?|masajes?|masage|massagem|massagens|sauna|facial(?:es)?|manicur\w*|pedicur\w*|acupunctur\w*|acupuntura|depilacion|waxing|skin ?care|cuidado de la piel|body treatments?|exfolia\w*|steam room|sala de vapor|hidromasaje|make-?up|maquillaje|peluqueria|hair ?cut|hairdresser|foot bath|bano de pies|scrub|tratamientos?"),
    ("accessibility", r"wheel ?chairs?|silla de ruedas|cadeira de rodas|cadeirante|accessib\w+|accesib\w+|acessib\w+|acessive\w+|reduced mobility|movilidad reducida|mobilidade reduzida|discapacitad\w+|disabled|rampas?|ramps?|step-free"),
    ("pets", r"pets?|mascotas?|dogs?|perr[oa]s?|perrit[oa]s?|cats?|gatos?|gatit\w+|cachorr[oa]s?|cachorrinh\w+|caes|cao(?: guia)?|puppy|animal(?:es|s|is)?(?! de peluche)|bichos?(?: de estimacao)?|snake|serpiente"),
    ("breakfast", r"breakfast|desayun\w+|desauyno|cafe da manha|pequeno-?[ -]?almoco|brunch"),
    ("restaurant", r"restaurantes?|restaurants?|resto\b|dinner|dinning|dining|lunch|cena(?:r)?\b|almuerzo|almorzar|jantar|almoco|almocar|mesas?\b|(?<!time)tables?\b|menu|carta\b|cardapio|buffet|comedor"),
    ("bar", r"bar\b|cocktails?|coctel\w*|tragos|happy hour|minibar|frigobar"),
    ("laundry", r"laundry|lavanderia|lavar ropa|lavar roupa|dry clean\w*|planchado|tintoreria"),
    ("housekeeping", r"house ?keep\w*|limpi\w+|limpe\w*|clean\w*|arrumad\w+|arrumar o quarto|camareir\w+|mucama|arruma\w+|faxin\w+|servicio de limpieza|dirty|mess\b|sucio|sucia"),
    ("room_amenities", r"air ?con\w*|a/c|aire(?: acondicionado)?|ar[- ]condicionado|heat(?:ing|er)|calefaccion|aquecimento|tv\b|televis\w+|tele\b|jacuzzi|hot tub|shower|ducha|chuveiro|regadera|bath(?:room|tub)?\b|bano(?: privado)?\b|banera|banheir\w+|towels?|toallas?|toalhas?|hair ?dryer|secador\w*|iron\b|plancha\b|kitchen\w*|cocina|cozinha|balcon\w*|balcony|varanda|sea view|vista al mar|vista (?:para )?o mar|ocean view|view\b|blanket|frazada|manta|cobertor|pillows?|almohadas?|travesseiro|shampoo|champu|toothbrush|cepillo de dientes|minibar|frigobar|fridge|safe box|caja fuerte|cofre|toilet"),
    ("airport", r"airport|aeropuerto|aeroporto|aeroparque"),
    ("transfer", r"transfers?|traslados?|translado|shuttle|pick ?up|taxi|remis|uber"),
    ("luggage", r"luggage|baggage|bags?\b|suitcases?|equipaje|maletas?|valijas?|bagagem|malas\b"),
    ("smoking", r"smok\w+|fumar|fumador\w*|fumante\w*|cigar\w+|vape\w*"),
    ("beach", r"beach|playa|praia"),
    ("kids_club", r"kids? club|club de ninos|juegos infantiles|playground|area infantil|clube infantil"),
    ("cot", r"cots?\b|cribs?|cuna|berco|practicuna"),
    ("invoice", r"invoice|factura|nota fiscal|fatura|receipt|recibo"),
    ("elevator", r"elevators?|lifts?\b|ascensor\w*|elevador\w*"),
)  # fmt: skip

_PATTERNS: Final = tuple((name, re.compile(rf"(?<![^\W_])(?:{fragment})(?![^\W_])")) for name, fragment in _TOPICS)


def read_topics(scan: Scan) -> None:
    """Fill `topic` with every subject named, in the order of their first mention."""
    found: list[tuple[int, str]] = []
    for name, pattern in _PATTERNS:
        match = pattern.search(scan.whole)
        if match:
            found.append((match.start(), name))
            scan.marks.append(("topic", match.start(), match.end()))
    if found:
        scan.set("topic", tuple(name for _, name in sorted(found)))
