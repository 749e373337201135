"""Words of the three languages that mean the same at a hotel desk, so that what is learned in one language and one
wording helps the others. A row: concept, then whole folded words; `*` ends a prefix."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import functools
from typing import Final

_TABLE: Final = """
book: reserv* reserba* rsv book books booking booked bookings agend* apart* apartar rebook
room: habitaci* hab habs abitaci* cuarto cuartos pieza piezas recamara* room rooms rm bedroom* suite suites quarto quartos qto qtos apartament* apto cabana* chale* studio
cancel: cancel* cansel* anul* desmarc* desist*
change: cambi* chang* modific* modify* alter alterar altera alterem altero muda* mudar mudo muden troc* amend* edit* update* actualiz* atualiz* reprogram* reschedul* remarc* postpon* posterg* aplaz* adiar adelant* antecip* switch move mover mueve* correg* corrig*
extend: extend* exten* alarg* prolong* estend* longer
add: add adding agreg* anad* acrescent* adicion* sum* inclu*
want: quiero quisiera queria queremos quisieramos deseo deseamos gustaria apetece want wanna wants like'd i'd we'd would love quero queremos queria gostaria gostariamos desejo desejamos kiero qiero kero looking busco buscamos buscando procuro procurando planning
need: necesito necesitamos necesitaria preciso precisamos precisaria need needs require ocupo hace_falta
can: puedo podemos puede pueden podes podria podrian podriamos podrias podeis can could may might posso podemos pode podem poderia poderiam consigo conseguimos consegue
have: tienen tiene tenes tenis teneis tendran tendria tendrian have has got haves cuentan disponen tem temos tens teriam teria possui possuem ofrecen ofrece offer oferecem dispoem
exists: hay habra habria hubiera there theres exists existe existem tendrán haveria havera ha
available: dispon* dispo availab* avail vacan* vaga vagas libre libres livre livres free lugar lugares cupo cupos space spaces plazas
know: saber know sepa consultar consulta wondering pregunta preguntar question doubt duda dudas duvida saiba info informac* information
price: precio* price* pric* cuesta cuestan costo* coste* cost costs cuanto cuanta cuantos sale salen vale valen tarifa* rate rates tariff* valor valores quanto qto preco* custa custam custo cotiz* quote orcamento presupuesto fee fees cobr* charge charges much
discount: descuento* discount* desconto* promo* oferta* deal deals cupom cupon coupon barat* cheap* econom*
pay: pag* pay* paid abon* abonar
card: tarjeta* card cards cartao cartoes visa mastercard amex credito debito credit debit
cash: efectivo cash dinheiro especie
transfer_money: transferencia* deposit* deposito sena anticipo sinal pix cbu alias mercadopago paypal wire comprobante comprovante
invoice: factura* invoice* fatura* nf recibo* receipt* ticket
refund: reembols* refund* devol* rembols* reintegr* moneyback
policy: politica* policy policies regla* regra* rule rules norma* terms condicion* condic* termos
penalty: penali* multa* penalty cargo cargos cobrarian
deadline: plazo prazo deadline anticipacion antecedencia advance
breakfast: desayun* breakfast* brunch desalluno cafe_da_manha pequeno-almoco matabicho
meal: almuerzo* almorz* lunch* cena cenar cenas dinner* supper almoco* almocar jantar* jantamos comida comidas comer food meal meals merienda refeic* lanche*
restaurant: restaurant* comedor buffet bistro menu carta cardapio bar
drink: agua water cerveza* beer* cerveja* vino wine vinho cafe coffee te tea jugo juice suco hielo ice gelo trago* drink* bebida* champagne champan espumante
dish: sandwich* hamburgues* burger* hambúrguer pizza* ensalada* salad* salada* sopa soup steak bife papas fries omelette tostado
table: mesa mesas table tables
bring: trae* traig* bring* brought lleven llevar llev* leva* levem suba* subir suban sub* mand* send* sent envi* deliver* acerc* alcanz* entreg*
order: pedir pido pedimos pedido order ordenar encomend*
towel: toalla* towel* toalha*
bedding: almohada* pillow* travesseiro* almofada* sabana* sheet* lencol lencois manta* frazada* blanket* cobija* cobertor* edredon*
supplies: jabon* soap* sabonete* shampoo* champu* papel paper toothbrush* cepillo* escova* secador* hairdryer* dryer plancha iron ferro percha* hanger* cabide* gancho*
clean: limpi* clean* limpe* limpa* aseo arrum* faxin* housekeep* maid mucama* camareir* tidy
dirty: suci* dirty suj* filth* stain* manch* asquer* polvo dust* pelo pelos hair hairs
broken: rot* broke* quebr* estrag* averi* descompuest* danad* fall* avariad* busted
works: funcion* anda andan sirve sirven work works working prende enciende liga ligam turns carga carrega abre
noise: ruido* ruidos* noise* noisy barulh* musica music loud gritos shouting fiesta
water_hot: caliente quente hot fria frio cold
shower: ducha* shower* chuveiro* regadera* duche*
bathroom: bano* bath* banheiro* toilet* inodoro* wc sanitario* lavabo* canilla* faucet torneira*
air: aire air ar ac acondicionado conditioning conditioner condicionado calefac* heat* aquec* estufa
tv: tv tele* televis* telly
light: luz light lights lamp* luces lampada*
smell: huele* olor* smell* cheir* stink* humedad mofo mold mould
bugs: cucarach* barata baratas roach* cockroach* bug bugs insect* hormiga* ants formiga* mosquito* bedbug* chinches ratas
wifi: wifi wi-fi internet wireless guifi wai-fai conexion conexao red rede password contrasena senha clave
key: llave* key keys keycard chave* tarjeta_llave
locked: encerr* locked tranc* atrap* stuck afuera
lost: perd* lost lose losing missing desaparec* sumi* extravi* robar* robo stolen roub* faltan
forgot: olvid* forgot* esquec* deje dejamos dejado deixei deixamos left quedo ficou
object: celular telefono movil phone celular cargador charger carregador billetera wallet cartera carteira lentes anteojos gafas glasses oculos abrigo campera coat jacket casaco reloj watch relogio anillo ring anel aros collar necklace pasaporte passport libro book_ peluche teddy laptop computadora notebook tablet ipad camara camera camera mochila backpack paraguas umbrella guarda-chuva
found: encontr* found find achar* acharam hall* hallaron
human: persona_real human* humano* agent* asesor* operador* operator atendente* recepcion* reception* recepc* gerente* manager supervisor* encargad* staff alguien someone somebody alguem representative ejecutivo
talk: hablar hablo habl* speak talk* fal* comunic* conversar llam* call calls ligar ligue pasame contact*
bot: bot robot maquina machine robo automatic* ia ai chatgpt
hello: hola hello hi hey oi ola buenas buenos bom boa good morning saludos
bye: adios chau chao bye goodbye tchau hasta_luego nos_vemos
thanks: gracias thank* thx obrigad* brigad* valeu agradec* appreciate* grax merci cheers
yes: si sip sim yes yeah yep yup ok oka okay okey dale vale claro sure correcto correto exacto exato perfecto perfeito confirm* listo beleza blz acuerdo agree* combinado fechado isso
no: no nop nope nah nao não ni nem tampoco never nunca jamas not dont don't won't can't cant didn't doesn't isn't
please: favor please pls plz porfa xfa pfv
understand: entend* entiend* understand* understood compreend* comprend* repet* repit* repeat* explic* explain* aclar*
know_not: idea se sei seguro segura sure sabria sabemos sabe know certeza idea
hotel: hotel hostal hosteria posada pousada property place alojamiento lodge inn
pool: piscina* pileta* pool* alberca* nadar swim* jacuzzi
gym: gimnasio* gym* academia ginasio fitness ejercicio* exercise* treadmill cinta pesas weights
spa: spa sauna masaje* massage* massagem massagens facial* manicur* pedicur* tratamiento* treatment* acupunt* acupunct* depilac* waxing peluqu* hairdress* maquill* makeup exfoli* skincare
parking: estacion* parking park parqu* aparc* cochera* garage* garagem garaje* valet auto autos coche coches carro carros car cars camioneta moto motorbike vehiculo
pet: mascota* pet pets perr* dog dogs doggy cachorr* caes cao gat* cat cats animal* puppy
smoke: fum* smok* cigar* vape* tabaco
kids: nin* chic* nene* hij* child* kid kids crianc* filh* bebe* baby babies menor* infant* toddler* adolescente* teen*
cot: cuna* cot cots crib* berco* practicuna moises silla_alta highchair
policy_guest: visita* visitor* visitante* invitado* guests_ amigos friends
minimum: minim* maxim* maximum minimum limite limit* capacidad capacity capacidade
access: rueda* wheelchair* rodas cadeirante* accesib* accessib* acessib* discapac* disab* rampa* ramp* ascensor* elevator* lift lifts elevador* escalera* stairs escada* movilidad mobility mobilidade
view: vista* view* mar sea ocean oceano balcon* varanda* terraza*
bedtype: cama* bed beds doble* double* matrimonial* king queen twin* triple* single* individual* solteiro casal duplo* triplo*
photo: foto* photo* picture* imagen* imagens video*
type: tipo* type* kind* categoria* categor* clase* opciones options opcoes
where: donde where onde adonde
address: direccion* address* endereco* ubicac* ubicad* location located localiz* mapa map maps pin queda quedan fica ficam
near: cerca cercan* near* close perto proxim* lejos far longe distancia* distance* cuadras blocks quarteir* minutos centro downtown center
airport: aeropuerto* airport* aeroporto* terminal* rodoviaria estacion_ aeroparque flight* vuelo* voo voos
ride: taxi* transfer transfers traslado* translado* shuttle* remis* uber cabify pickup recog* buscar* busquen van_ bus buses onibus colectivo* autobus metro subte tren train trem
sights: visitar visit tour* excursion* passeio* paseo* museo* museum* museu* playa* beach* praia* turist* atraccion* attraction* sightsee* recom* actividad* activit* ativid* hacer_
weather: clima weather tiempo tempo llov* lluv* rain* chuv* chov* temperatura* frio calor pronostico forecast previsao
city: ciudad city cidade zona area barrio bairro neighborhood farmacia pharmacy supermercado* supermarket* cajero atm banco shopping
checkin: checkin check-in check_in ingres* entrada entry arriv* lleg* cheg*
checkout: checkout check-out check_out salida salir salimos salgo saida sair saimos leav* depart* irnos irme
early: temprano early earlier antes before cedo anticipad* antecipad*
late: tarde late later tardio mas_tarde mais_tarde demor* retras* atras*
hour: hora horas hour hours horario* schedule time when cuando quando
luggage: equipaje* luggage baggage valija* maleta* mala malas bagag* bolso* bag bags suitcase*
document: documento* dni pasaporte* passport* passaporte* id cedula rg cpf visa_
celebrate: aniversario* anniversary cumple* birthday* luna_de_miel honeymoon lua sorpresa* surprise* surpresa* decor* petalos petals flores flowers globos romantic* globo
quiet: tranquil* quiet silenc* piso floor andar alto high
allergy: alerg* allerg* celiac* gluten vegan* vegetarian* tacc intoler* diabet* kosher halal
event: evento* event* boda* wedding* casamiento* casamento* reunion* reunia* meeting* conferenc* congres* salon* salao sala banquet* fiesta_ party_ corporativ* corporate empresa* company grupo* group* contingente* convencion* quince quinceaner* bautismo
angry: queja* reclam* complain* vergu* vergonh* pesim* pessim* horrible horrivel terrible terrivel awful worst inacept* unaccept* inaceit* estaf* scam* robo_ decepcion* disappoint* indign* mal_ malisim* disgust* desastre* ridicul* groser* rude furios* harto harta nunca_mas
nobody: nadie nobody ninguem no_one contesta contestan responde responden answers answer atiende atienden atende
review: resena* review* opinion* avaliac* avaliar calific* puntua* tripadvisor feedback comentario* estrella* stars estrelas experiencia experience
praise: encant* excelent* maravill* maravilh* great amazing love* loved lind* hermos* adore* adoramos otim* genial espectacular wonderful fantast* perfect*
emergency: emergenc* urgent* ambulanc* medico doctor policia police bombero* fire incendio fuego fogo socorro auxilio sangr* bleeding desmay*
spam: bitcoin cripto* crypto* prestamo* loan* emprestim* inversion* invest* seo marketing ganaste premio prize lottery loteria click link_ oferta_laboral
job: trabajo trabajar job jobs empleo emprego vacante cv curriculum resume_ hiring contratan proveedor* supplier* fornecedor*
hack: ignor* instruc* prompt system sistema password_ jailbreak admin developer roleplay pretend actua finge
stay: quedar* quedo alojar* aloj* hosped* stay* estadia* estancia* ficar* fico pernoct* accommodat* accomodat*
status: confirmac* confirmation estado status detalles details detalhes datos dados registr* figura aparece sigue still existe existing existente hecha hice made fiz tengo
resend: reenvi* resend* recib* receiv* receb* mail email correo
new: nueva nuevo new nova novo otra another outra outro
mine: mi my mia mine minha meu nuestra our nossa
take: tomo take tomamos fico_com llevo elijo choose escolho prefiero prefer prefiro opcion option opcao
service: servicio* service* servico* amenit* comodidad* facilit* instalac*
name: nombre* name names nome* apellido* surname titular holder
more: mas more mais extra extras adicional* additional
less: menos less fewer menor_
why: porque xq pq why
problem: problem* issue* inconven* wrong mal error* erro
""".strip()


def _read() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    whole: dict[str, list[str]] = {}
    prefixes: dict[str, list[str]] = {}
    for line in _TABLE.splitlines():
        concept, _, words = line.partition(": ")
        for word in words.split():
            target = prefixes if word.endswith("*") else whole
            target.setdefault(word.rstrip("*"), []).append(concept)
    return {key: tuple(value) for key, value in whole.items()}, {key: tuple(value) for key, value in prefixes.items()}


_WHOLE, _PREFIXES = _read()
_LONGEST: Final = max(len(prefix) for prefix in _PREFIXES)


@functools.lru_cache(maxsize=20_000)
def concepts(word: str) -> tuple[str, ...]:
    """What a word means at a hotel desk, most specific first; usually nothing."""
    if word in _WHOLE:
        return _WHOLE[word]
    for size in range(min(len(word), _LONGEST), 2, -1):
        found = _PREFIXES.get(word[:size])
        if found:
            return found
    return ()
