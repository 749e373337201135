"""What the demo hotel knows about itself: topic, kind, Spanish, English, Portuguese, keywords, price in ARS."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class DemoFact(NamedTuple):
    """One fact in three languages; `amount` fills `{amount}`."""

    topic: str
    kind: str
    es: str
    en: str
    pt: str
    keywords: str = ""
    amount: Decimal | None = None


FACTS = (
    DemoFact(
        "wifi", "amenity",
        "El wifi es gratis en todo el hotel; la red es Bahia-Serena y la clave está en la tarjeta de la habitación.",
        "Wi-Fi is free everywhere in the hotel; the network is Bahia-Serena and the password is on your key card.",
        "O wi-fi é grátis em todo o hotel; a rede é Bahia-Serena e a senha está no cartão do quarto.",
        "internet conexion senha password",
    ),
    DemoFact(
        "parking", "price",
        "Hay cochera cubierta a {amount} por noche; conviene reservarla porque tiene 14 lugares.",
        "There is covered parking at {amount} a night; it has 14 spaces, so it is best to reserve one.",
        "Há garagem coberta por {amount} a diária; são 14 vagas, então convém reservar.",
        "cochera auto coche carro garage estacionar vaga", Decimal(9000),
    ),
    DemoFact(
        "pool", "hours",
        "La pileta climatizada abre todos los días de 8 a 21, y es sin cargo para huéspedes.",
        "The heated pool is open every day from 8 am to 9 pm, free for guests.",
        "A piscina aquecida abre todos os dias das 8h às 21h, sem custo para hóspedes.",
        "piscina natacion swimming",
    ),
    DemoFact(
        "gym", "hours",
        "El gimnasio está en el piso 1, abierto las 24 horas con la tarjeta de la habitación.",
        "The gym is on the first floor, open 24 hours with your key card.",
        "A academia fica no 1º andar, aberta 24 horas com o cartão do quarto.",
        "gimnasio academia fitness",
    ),
    DemoFact(
        "spa", "price",
        "El spa atiende de 10 a 20 con turno; el circuito de aguas sale {amount} por persona.",
        "The spa opens from 10 am to 8 pm by appointment; the water circuit is {amount} per person.",
        "O spa atende das 10h às 20h com hora marcada; o circuito de águas custa {amount} por pessoa.",
        "masaje massage massagem sauna", Decimal(28000),
    ),
    DemoFact(
        "accessibility", "amenity",
        "Tenemos dos habitaciones accesibles con ducha a nivel, y ascensor con rampa desde la entrada.",
        "We have two accessible rooms with walk-in showers, and a lift with a ramp from the entrance.",
        "Temos dois quartos acessíveis com chuveiro no nível do piso, e elevador com rampa desde a entrada.",
        "silla ruedas wheelchair cadeira rodas rampa ramp",
    ),
    DemoFact(
        "breakfast", "hours",
        "El desayuno buffet es de 7 a 10:30 (domingos hasta las 11) y está incluido en todas las tarifas.",
        "The breakfast buffet is from 7 to 10:30 am (until 11 on Sundays) and is included in every rate.",
        "O café da manhã é das 7h às 10h30 (domingos até as 11h) e está incluído em todas as tarifas.",
        "desayuno cafe manha",
    ),
    DemoFact(
        "breakfast", "amenity",
        "En el desayuno hay opciones sin gluten, veganas y sin lactosa; avisanos y preparamos lo que necesites.",
        "Breakfast has gluten-free, vegan and lactose-free options; tell us and we will prepare what you need.",
        "No café da manhã há opções sem glúten, veganas e sem lactose; avise e preparamos o que precisar.",
        "gluten celiaco celiac vegano vegan vegetariano lactosa alergia allergy",
    ),
    DemoFact(
        "restaurant", "hours",
        "El restaurante Marea abre de 12 a 15 y de 20 a 23:30, con pescados de la zona y menú infantil.",
        "Our restaurant Marea opens from 12 to 3 pm and from 8 to 11:30 pm, with local fish and a children's menu.",
        "O restaurante Marea abre das 12h às 15h e das 20h às 23h30, com peixes da região e menu infantil.",
        "cenar comer almuerzo dinner lunch jantar almoco",
    ),
    DemoFact(
        "bar", "hours",
        "El bar de la terraza abre de 17 a 1, con vista al mar; de 18 a 20 hay dos por uno en tragos de autor.",
        "The terrace bar opens from 5 pm to 1 am with a sea view; two for one on house cocktails from 6 to 8 pm.",
        "O bar do terraço abre das 17h à 1h, com vista para o mar; das 18h às 20h há dois por um nos drinques da casa.",
        "tragos drinks cocteles terraza terrace",
    ),
    DemoFact(
        "room_service", "hours",
        "El servicio a la habitación funciona de 7 a 23:30; se pide por acá o marcando 9.",
        "Room service runs from 7 am to 11:30 pm; order here or dial 9.",
        "O serviço de quarto funciona das 7h às 23h30; peça por aqui ou disque 9.",
    ),
    DemoFact(
        "laundry", "price",
        "La lavandería entrega en el día si dejás la bolsa antes de las 10; la bolsa completa sale {amount}.",
        "Laundry is returned the same day if left before 10 am; a full bag is {amount}.",
        "A lavanderia entrega no mesmo dia se deixar a sacola até as 10h; a sacola cheia custa {amount}.",
        "lavar ropa wash clothes roupa planchado", Decimal(14000),
    ),
    DemoFact(
        "housekeeping", "hours",
        "La limpieza se hace a diario entre las 9 y las 15; con el cartel de no molestar pasamos cuando nos avises.",
        "Rooms are cleaned daily between 9 am and 3 pm; with the do-not-disturb sign we come when you tell us.",
        "A limpeza é diária entre 9h e 15h; com o aviso de não perturbe passamos quando você avisar.",
    ),
    DemoFact(
        "room_amenities", "amenity",
        "Todas las habitaciones tienen aire frío y calor, caja fuerte, minibar, secador y blackout.",
        "Every room has air conditioning and heating, a safe, a minibar, a hair dryer and blackout curtains.",
        "Todos os quartos têm ar quente e frio, cofre, frigobar, secador e cortina blackout.",
        "aire acondicionado calefaccion heating secador caja fuerte minibar",
    ),
    DemoFact(
        "elevator", "amenity",
        "Hay dos ascensores que llegan a los seis pisos y a la terraza.",
        "Two lifts reach all six floors and the terrace.",
        "Há dois elevadores que chegam aos seis andares e ao terraço.",
        "ascensor lift",
    ),
    DemoFact(
        "transfer", "price",
        "El traslado desde o hacia el aeropuerto sale {amount} por auto, hasta 3 personas; se pide con 12 horas.",
        "A transfer from or to the airport is {amount} per car for up to 3 people, ordered 12 hours ahead.",
        "O traslado de ou para o aeroporto custa {amount} por carro, até 3 pessoas, pedido com 12 horas.",
        "taxi remis shuttle pickup", Decimal(32000),
    ),
    DemoFact(
        "airport", "place",
        "El aeropuerto Astor Piazzolla está a 9 km, unos 20 minutos en auto.",
        "Astor Piazzolla airport is 9 km away, about 20 minutes by car.",
        "O aeroporto Astor Piazzolla fica a 9 km, uns 20 minutos de carro.",
        "aeropuerto aeroporto vuelo flight",
    ),
    DemoFact(
        "transport", "place",
        "Desde la terminal de ómnibus son 3 km: taxi en 10 minutos o las líneas 511 y 512 hasta la costa.",
        "The bus terminal is 3 km away: 10 minutes by taxi, or lines 511 and 512 to the seafront.",
        "Da rodoviária são 3 km: táxi em 10 minutos ou as linhas 511 e 512 até a orla.",
        "terminal omnibus colectivo bus onibus como llegar",
    ),
    DemoFact(
        "location", "place",
        "Estamos en Boulevard Marítimo 2410, Mar del Plata, frente a la playa Varese.",
        "We are at Boulevard Marítimo 2410, Mar del Plata, facing Varese beach.",
        "Estamos na Boulevard Marítimo 2410, Mar del Plata, em frente à praia Varese.",
        "direccion address endereco donde ubicacion mapa",
    ),
    DemoFact(
        "beach", "amenity",
        "La playa Varese está cruzando la calle; prestamos sombrilla y reposeras de diciembre a marzo.",
        "Varese beach is across the street; we lend parasols and loungers from December to March.",
        "A praia Varese fica do outro lado da rua; emprestamos guarda-sol e cadeiras de dezembro a março.",
        "playa praia arena mar sombrilla",
    ),
    DemoFact(
        "local", "place",
        "Cerca: la rambla a 5 minutos caminando, el puerto y la lobería a 15 en auto, y el museo MAR a 20.",
        "Nearby: the promenade is a 5-minute walk, the port and its sea lions 15 minutes by car, the MAR museum 20.",
        "Perto: o calçadão a 5 minutos a pé, o porto e os lobos-marinhos a 15 de carro, e o museu MAR a 20.",
        "pasear visitar turismo excursiones tours que hacer passeio things to do",
    ),
    DemoFact(
        "bikes", "amenity",
        "Prestamos bicicletas sin cargo por dos horas; se piden en recepción.",
        "We lend bicycles free for two hours; ask at reception.",
        "Emprestamos bicicletas sem custo por duas horas; peça na recepção.",
        "bicicleta bike bici alquilar",
    ),
    DemoFact(
        "check_in", "policy",
        "El check-in es desde las 15; si llegás antes guardamos tu equipaje y podés usar la pileta.",
        "Check-in is from 3 pm; if you arrive earlier we keep your luggage and you may use the pool.",
        "O check-in é a partir das 15h; se chegar antes guardamos a bagagem e você pode usar a piscina.",
        "ingreso entrada llegada arrival chegada hora",
    ),
    DemoFact(
        "check_in", "policy",
        "Para el ingreso alcanza con el documento o pasaporte de cada huésped; los menores, con su documento.",
        "At check-in each guest shows an ID card or passport; minors too.",
        "No check-in basta o documento ou passaporte de cada hóspede; menores também.",
        "documento dni pasaporte passport documentos papers",
    ),
    DemoFact(
        "check_out", "policy",
        "El check-out es hasta las 11; después podés dejar el equipaje y usar el vestuario de la pileta.",
        "Check-out is until 11 am; afterwards you may leave your luggage and use the pool changing room.",
        "O check-out é até as 11h; depois você pode deixar a bagagem e usar o vestiário da piscina.",
        "salida egreso departure saida",
    ),
    DemoFact(
        "late_arrival", "policy",
        "Podés llegar a cualquier hora: con la recepción cerrada, la persona de guardia te abre y te da la llave.",
        "You can arrive at any time: when reception is closed, the person on call lets you in and gives you the key.",
        "Você pode chegar a qualquer hora: com a recepção fechada, a pessoa de plantão abre e entrega a chave.",
        "tarde noche madrugada late night llegar",
    ),
    DemoFact(
        "luggage", "amenity",
        "Guardamos tu equipaje sin cargo antes del check-in y después del check-out.",
        "We keep your luggage free of charge before check-in and after check-out.",
        "Guardamos sua bagagem sem custo antes do check-in e depois do check-out.",
        "valijas maletas equipaje malas bags",
    ),
    DemoFact(
        "late_check_out", "policy",
        "Hasta las 14 el late check-out cuesta media noche, según la ocupación; se confirma la noche anterior.",
        "Late check-out until 2 pm costs half a night, depending on occupancy; it is confirmed the night before.",
        "O late check-out até as 14h custa meia diária, conforme a ocupação; confirma-se na noite anterior.",
        "tarde salir mas",
    ),
    DemoFact(
        "early_check_in", "policy",
        "Entrar entre las 12 y las 15 cuesta media noche, según la ocupación; antes, guardamos tu equipaje.",
        "Check-in between 12 pm and 3 pm costs half a night, depending on occupancy; before it we keep your luggage.",
        "Entrar entre as 12h e as 15h custa meia diária, conforme a ocupação; antes disso guardamos a sua bagagem.",
        "early temprano antes anticipado cedo antecipado entrar llegar mañana",
    ),
    DemoFact(
        "payment", "policy",
        "Aceptamos Visa, Mastercard y American Express, transferencia y efectivo; se paga en el hotel.",
        "We take Visa, Mastercard and American Express, bank transfer and cash; you pay at the hotel.",
        "Aceitamos Visa, Mastercard e American Express, transferência e dinheiro; paga-se no hotel.",
        "tarjeta pagar efectivo card cash credito debito cartao dinheiro cuotas",
    ),
    DemoFact(
        "invoice", "policy",
        "Emitimos factura A o B; pasanos el CUIT y la razón social antes del check-out.",
        "We issue invoices; send us your tax id and company name before check-out.",
        "Emitimos nota fiscal; envie o CUIT ou CNPJ e a razão social antes do check-out.",
        "factura cuit recibo receipt nota fiscal",
    ),
    DemoFact(
        "cancellation", "policy",
        "Con la tarifa flexible se cancela sin cargo hasta 48 horas antes de la llegada; después se cobra una noche.",
        "With the flexible rate you may cancel free until 48 hours before arrival; after that, one night is charged.",
        "Na tarifa flexível o cancelamento é grátis até 48 horas antes da chegada; depois cobra-se uma diária.",
        "cancelar reembolso refund devolucion",
    ),
    DemoFact(
        "pets", "price",
        "Recibimos perros y gatos de hasta 10 kg, uno por habitación, con un cargo único de {amount}.",
        "We welcome dogs and cats up to 10 kg, one per room, for a single charge of {amount}.",
        "Recebemos cães e gatos de até 10 kg, um por quarto, com taxa única de {amount}.",
        "mascota perro gato pet dog cat cachorro", Decimal(15000),
    ),
    DemoFact(
        "children", "policy",
        "Los menores de 3 años no pagan si no ocupan cama; de 3 a 12 pagan tarifa de niño.",
        "Children under 3 stay free without an extra bed; from 3 to 12 they pay a child rate.",
        "Crianças até 3 anos não pagam sem cama extra; de 3 a 12 pagam tarifa infantil.",
        "ninos menores chicos kids criancas bebe",
    ),
    DemoFact(
        "cot", "amenity",
        "Ponemos practicuna sin cargo en la habitación; avisanos al reservar.",
        "We put a travel cot in the room free of charge; tell us when booking.",
        "Colocamos berço no quarto sem custo; avise ao reservar.",
        "cuna practicuna crib berco",
    ),
    DemoFact(
        "kids_club", "hours",
        "El club infantil (4 a 11 años) abre de diciembre a febrero, de 10 a 18, sin cargo.",
        "The kids' club (ages 4 to 11) opens from December to February, 10 am to 6 pm, free of charge.",
        "O clube infantil (4 a 11 anos) abre de dezembro a fevereiro, das 10h às 18h, sem custo.",
        "ninos juegos playground",
    ),
    DemoFact(
        "smoking", "policy",
        "Es un hotel libre de humo; se puede fumar en la terraza y en el patio de entrada.",
        "The hotel is smoke-free; you may smoke on the terrace and in the entrance courtyard.",
        "O hotel é livre de fumo; pode-se fumar no terraço e no pátio de entrada.",
        "fumar cigarrillo smoke",
    ),
    DemoFact(
        "visitors", "policy",
        "Las visitas son bienvenidas en el bar y el lobby; para subir a la habitación se registran en recepción.",
        "Visitors are welcome in the bar and lobby; to go up to a room they register at reception.",
        "Visitas são bem-vindas no bar e no lobby; para subir ao quarto registram-se na recepção.",
        "visita amigos friends visitantes",
    ),
    DemoFact(
        "events", "amenity",
        "Tenemos un salón para 80 personas con luz natural, proyector y coffee break.",
        "We have a room for 80 people with daylight, a projector and coffee breaks.",
        "Temos um salão para 80 pessoas com luz natural, projetor e coffee break.",
        "salon evento reunion casamiento wedding meeting casamento",
    ),
    DemoFact(
        "business", "amenity",
        "En el entrepiso hay un espacio de trabajo con impresora, abierto de 7 a 23.",
        "There is a work space with a printer on the mezzanine, open from 7 am to 11 pm.",
        "No mezanino há um espaço de trabalho com impressora, aberto das 7h às 23h.",
        "trabajar coworking imprimir print impressora",
    ),
    DemoFact(
        "security", "other",
        "Hay personal y cámaras en las entradas las 24 horas, y caja fuerte en cada habitación.",
        "There are staff and cameras at the entrances 24 hours a day, and a safe in every room.",
        "Há equipe e câmeras nas entradas 24 horas, e cofre em cada quarto.",
        "seguro segura safe seguranca",
    ),
    DemoFact(
        "medical", "other",
        "Hay servicio de emergencias médicas con cobertura para huéspedes; el hospital más cercano está a 2 km.",
        "Guests are covered by an emergency medical service; the nearest hospital is 2 km away.",
        "Há serviço de emergência médica para hóspedes; o hospital mais próximo fica a 2 km.",
        "medico doctor hospital farmacia pharmacy",
    ),
)  # fmt: skip
