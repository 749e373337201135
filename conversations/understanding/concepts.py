"""Words of the three languages that mean the same at a hotel desk, so that what is learned in one language and one
wording helps the others. A row: concept, then whole folded words; `*` ends a prefix, `_` joins words said together."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import functools
from typing import Final

_TABLE: Final = """
book: reserv* reserba* rsv book books booking booked bookings agend* apart* apartar rebook hacer_reserva tomar_habitacion cerrar_reserva fechar_reserva garantir garantizar garantiz* asegur* block bloque* sign_me_up put_me_down anotame anotarme anota_me me_anoto me_apunto apuntame lock_in go_ahead_and_book quiero_esa me_quedo_con quedo_con fico_com fico_com_o i'll_take we'll_take pego_o
room: habitaci* hab habs abitaci* cuarto cuartos pieza piezas recamara* room rooms rm bedroom* suite suites quarto quartos qto qtos apartament* apto cabana* chale* studio
cancel: cancel* cansel* anul* desmarc* desist* dar_de_baja dame_de_baja de_baja baja_la_reserva bajar_la_reserva call_off calling_off scrap scrapping withdraw* rescind* drop_my kill_my no_voy_a_ir no_vamos_a_ir no_voy_a_poder not_coming won't_be_coming can't_make_it nao_vou_mais nao_vamos_mais dar_baixa derrubar tirar_a_reserva suspend* deshacer undo desfazer
change: cambi* chang* modific* modify* alter alterar altera alterem altero muda* mudar mudo muden troc* amend* edit* update* actualiz* atualiz* reprogram* reschedul* remarc* postpon* posterg* aplaz* adiar adelant* antecip* switch move mover mueve* correg* corrig* correr correrla correla pasala pasarla pasarlo pasar_la passar_a passar_pra passar_para trocar cambiarla swap swapp* push_back bring_forward bump retras* reacomod* ajustar ajust* adjust* rebook*
extend: extend* exten* alarg* prolong* estend* longer quedarnos_mas quedarme_mas una_noche_mas otra_noche another_night extra_night one_more_night mais_uma_noite uma_noite_a_mais noite_extra stay_longer quedar_mas_dias ficar_mais
add: add adding agreg* anad* acrescent* adicion* sum* inclu*
want: quiero quisiera queria queremos quisieramos deseo deseamos gustaria apetece want wanna wants like'd i'd we'd would love quero gostaria gostariamos desejo desejamos kiero qiero kero looking busco buscamos buscando procuro procurando planning me_gustaria nos_gustaria me_encantaria tengo_ganas fancy keen hoping tenho_interesse interesad* interested interessad* estoy_buscando looking_for to_procurando
need: necesito necesitamos necesitaria preciso precisamos precisaria need needs require ocupo hace_falta me_hace_falta hacen_falta could_do_with
can: puedo podemos puede pueden podes podria podrian podriamos podrias podeis can could may might posso pode podem poderia poderiam consigo conseguimos consegue
have: tienen tiene tenes tenis teneis tendran tendria tendrian have has got haves cuentan disponen tem temos tens teriam teria possui possuem ofrecen ofrece offer oferecem dispoem
exists: hay habra habria hubiera there theres exists existe existem tendran haveria havera ha
available: dispon* dispo availab* avail vacan* vaga vagas libre libres livre livres free lugar lugares cupo cupos space spaces plazas queda_algo quedan algo_libre sobrou sobra sobran disponiveis desocupad* vacio vazio opening openings rooms_left sitio hueco huecos anything_free anything_left hay_algo tem_algo
know: saber know sepa consultar consulta wondering pregunta preguntar question doubt duda dudas duvida saiba info informac* information
price: precio* price* pric* cuesta cuestan costo* coste* cost costs cuanto cuanta cuantos sale salen vale valen tarifa* rate rates tariff* valor valores quanto qto preco* custa custam custo cotiz* quote orcamento presupuesto fee fees cobr* charge charges much a_cuanto how_much quanto_fica quanto_sai quanto_e quanto_ta quanto_esta set_me_back damage precinho preciecito salen_las sale_la cuanto_me cuanto_seria monto montante total importe diaria diarias plata dinero money grana dinheiro carisimo caro cara expensive pricey
discount: descuento* discount* desconto* promo* oferta* deal deals cupom cupon coupon barat* cheap* econom* rebaja* bonific* rebate discounted concession* student* estudiant* jubilad* aposentad* pensionist* senior seniors militar military residente residentes desconto cheaper mas_barato mais_barato mejor_precio best_price melhor_preco negoci* special_rate corporate_rate black_friday early_bird
pay: pag* pay* paid abon* abonar abonamos cancelo_la_deuda settle settling saldar saldo balance pago_el pagamento pagamentos desembols* payable
card: tarjeta* card cards cartao cartoes visa mastercard amex credito debito credit debit naranja elo maestro cabal american_express diners hipercard debit_card plastico posnet maquininha cuotas cuota parcel* installment* parcelas
cash: efectivo cash dinheiro especie
transfer_money: transferencia* deposit* deposito sena anticipo sinal pix cbu alias mercadopago paypal wire comprobante comprovante transferi transfiero transferimos transferred zelle venmo bizum oxxo spei nequi deposite depositei adelanto prepago prepay* prepaid link_de_pago payment_link link_de_pagamento
invoice: factura* invoice* fatura* nf recibo* receipt* ticket factura_a cuit rut rfc cnpj nota_fiscal vat tax_id iva impuesto* imposto* tax taxes bill boleta
refund: reembols* refund* devol* rembols* reintegr* moneyback me_devuelven te_devuelven devuelvan volver_el_dinero money_back get_back my_money mi_plata meu_dinheiro volta_pra_mim estorn* perder_la_sena lose_my_deposit
policy: politica* policy policies regla* regra* rule rules norma* terms condicion* condic* termos
penalty: penali* multa* penalty cargo cargos cobrarian me_cobran_si perder pierdo perdemos perco lose forfeit castigo penalizan no_show noshow
deadline: plazo prazo deadline anticipacion antecedencia advance
breakfast: desayun* breakfast* brunch desalluno cafe_da_manha pequeno-almoco matabicho desayuno desayunan desayunar brekkie brekky cafe_incluso pequeno_almoco cafe_de_manha medialunas continental morning_meal desjejum
meal: almuerzo* almorz* lunch* cena cenar cenas dinner* supper almoco* almocar jantar* jantamos comida comidas comer food meal meals merienda refeic* lanche* media_pension pension_completa half_board full_board meia_pensao pensao_completa all_inclusive todo_incluido tudo_incluso cenita almuercito grub bite something_to_eat algo_de_comer algo_para_comer hambre hungry fome
restaurant: restaurant* comedor buffet bistro menu carta cardapio bar restobar cafeteria snack pub vinos degustacion tasting plates platos pratos
drink: agua water cerveza* beer* cerveja* vino wine vinho cafe coffee te tea jugo juice suco hielo ice gelo trago* drink* bebida* champagne champan espumante gaseosa* refresco* refrigerante* guarana coke cocacola sprite soda fernet gin whisky caipirinha copas copa chopp mate latte cappuccino cortado
dish: sandwich* hamburgues* burger* hamburguer pizza* ensalada* salad* salada* sopa soup steak bife papas fries omelette tostado milanesa* empanada* tacos burrito porcao porcoes batata batatas fritas frango pollo chicken pasta nuggets wings toast tostadas misto croissant club_sandwich ravioles picada asado
table: mesa mesas table tables
bring: trae* traig* bring* brought lleven llevar llev* leva* levem suba* subir suban sub* mand* send* sent envi* deliver* acerc* alcanz* entreg* me_traes me_traen nos_traen me_subes me_subis podrian_traer drop_off pop_up mandame mandanos manda_pra manda_dos trazer traz tragam suben acercan
order: pedir pido pedimos pedido order ordenar encomend*
towel: toalla* towel* toalha* toallon* toallones toallita* face_cloth washcloth
bedding: almohada* pillow* travesseiro* almofada* sabana* sheet* lencol lencois manta* frazada* blanket* cobija* cobertor* edredon* almohadones acolchado duvet comforter doona colcha cobertas cubrecama blanquer*
supplies: jabon* soap* sabonete* shampoo* champu* papel paper toothbrush* cepillo* escova* secador* hairdryer* dryer plancha iron ferro percha* hanger* cabide* gancho* papel_higienico loo_roll toilet_roll toilet_paper gel sachet crema lotion pantuflas slippers chinelos bata bathrobe roupao adaptador adapter adaptor vasos copos cubiertos kettle tetera pava chaleira
clean: limpi* clean* limpe* limpa* aseo arrum* faxin* housekeep* maid mucama* camareir* tidy hacer_la_habitacion hacer_la_pieza hagan_la make_up_the_room do_the_room arrumar faxineira mucamas repasen barr* vaciar empty_the_bin tacho basura trash rubbish garbage lixo lixeira servico_de_quarto_limpeza
dirty: suci* dirty suj* filth* stain* manch* asquer* polvo dust* pelo pelos hair hairs mugre mugr* rona grasa greasy sticky pegajos* sujeira cochin*
broken: rot* broke* quebr* estrag* averi* descompuest* danad* fall* avariad* busted no_anda no_funciona no_funca no_prende no_enciende no_sirve not_working doesn't_work stopped_working out_of_order nao_funciona nao_liga nao_abre pifou pifo no_abre no_cierra leak* pierde gotea goter* drip* pinga* pingando vaza* vazamento tapad* clogged blocked entupid* inund* flood* dripping tira_agua
works: funcion* anda andan sirve sirven work works working prende enciende liga ligam turns carga carrega abre
noise: ruido* ruidos* noise* noisy barulh* musica music loud gritos shouting fiesta joda bardo quilombo bulla fiesta_al_lado partying party_next ladr* barking martillo obra obras construction drilling vecinos neighbours neighbors vizinho* vizinhos
water_hot: caliente quente hot fria frio cold agua_caliente hot_water agua_quente sin_agua no_water sem_agua presion pressure pressao
shower: ducha* shower* chuveiro* regadera* duche*
bathroom: bano* bath* banheiro* toilet* inodoro* wc sanitario* lavabo* canilla* faucet torneira*
air: aire air ar ac acondicionado conditioning conditioner condicionado calefac* heat* aquec* estufa split ventilador fan fans ventilator radiador radiator termostato thermostat congelados freezing_in
tv: tv tele* televis* telly
light: luz light lights lamp* luces lampada*
smell: huele* olor* smell* cheir* stink* humedad mofo mold mould hiede apesta fede fedor mofado moho mouldy damp gas smoke humo fumaca
bugs: cucarach* barata baratas roach* cockroach* bug bugs insect* hormiga* ants formiga* mosquito* bedbug* chinches ratas
wifi: wifi wi-fi internet wireless guifi wai-fai conexion conexao red rede password contrasena senha clave clave_del_wifi password_wifi senha_do_wifi videollamad* zoom streaming signal senal megas banda_ancha broadband conectar* conecta connect connecting
key: llave* key keys keycard chave* tarjeta_llave tarjeta_magnetica key_card llavecita codigo_de_la_puerta door_code cartao_do_quarto cerradura lock fechadura
locked: encerr* locked tranc* atrap* stuck afuera no_puedo_entrar can't_get_in nao_consigo_entrar quede_afuera locked_out trancad*
lost: perd* lost lose losing missing desaparec* sumi* extravi* robar* robo stolen roub* faltan se_me_perdio me_robaron me_roubaram olvide_en misplaced
forgot: olvid* forgot* esquec* deje dejamos dejado deixei deixamos left quedo ficou deje_olvidad* me_olvide left_behind left_my se_dejo deixou
object: celular telefono movil phone cargador charger carregador billetera wallet cartera carteira lentes anteojos gafas glasses oculos abrigo campera coat jacket casaco reloj watch relogio anillo ring anel aros collar necklace pasaporte passport libro peluche teddy laptop computadora notebook tablet ipad camara camera mochila backpack paraguas umbrella guarda-chuva auriculares airpods headphones fone fones llavero sueter saco saquito casaquinho cardigan bufanda scarf cachecol gorra cap bone zapatillas shoes ropa clothes roupa vestido dress cadena pulsera bracelet pulseira juguete toy brinquedo ursinho osito teddy_bear kindle lentes_de_sol sunglasses remedio remedios medicin* bolsa purse handbag
found: encontr* found find achar* acharam hall* hallaron
human: persona_real human* humano* agent* asesor* operador* operator atendente* recepcion* reception* recepc* gerente* manager supervisor* encargad* staff alguien someone somebody alguem representative ejecutivo dueno duena owner dono dona patron jefe jefa boss chefe persona_de_verdad real_person pessoa_de_verdad alguem_de_verdad actual_person de_carne_y_hueso ser_humano ejecutiva encargada recepcionista receptionist front_desk desk administracion administracao
talk: hablar hablo habl* speak talk* fal* comunic* conversar llam* call calls ligar ligue pasame contact* atiendan atiendame comunicame comunicarme pasame_con get_me put_me_through chama chamar chame llamenme call_me telefonar conversa chat_with falar_com hablar_con speak_to
bot: bot robot maquina machine robo automatic* ia ai chatgpt inteligencia_artificial artificial_intelligence grabacion recording contestador assistant asistente_virtual programa program are_you_real are_you_human sos_real e_real voce_e_real
hello: hola hello hi hey oi ola buenas buenos bom boa good morning saludos holis holaa holaaa wenas buenass que_tal como_estas como_va how's_it_going what's_up sup howdy hiya heya oie oiee e_ai eai opa alo saludo estimados estimado prezados prezado dear to_whom buen_dia bom_dia boa_tarde boa_noite buenas_tardes buenas_noches good_evening good_afternoon
bye: adios chau chao bye goodbye tchau hasta_luego nos_vemos chaucito nos_hablamos hasta_pronto hasta_manana hasta_la_proxima nos_estamos_viendo me_despido see_you see_ya cya take_care talk_soon cheerio ate_logo ate_mais ate_breve ate_a_proxima ate_amanha fui abrazo abraco besos beijos until_next fique_bem vou_nessa that's_all that_is_all eso_es_todo seria_todo so_isso e_so_isso era_so_isso nada_mas_gracias nothing_else until_then vemos_luego te_aviso les_aviso aviso_luego depois_falo depois_nos falamos_depois will_get_back get_back_to_you i'll_let_you_know let_you_know retorno_depois bonito_dia buen_fin lindo_dia bom_descanso descansa descansen have_a_good have_a_great have_a_nice good_night nite que_descanses cuidate cuidense gotta_go got_to_go i'm_off preciso_ir me_tengo_que_ir
thanks: gracias thank* thx obrigad* brigad* valeu agradec* appreciate* grax merci cheers mil_gracias muchas_gracias te_agradezco genia genio sos_un_sol un_lujo much_appreciated cheers_mate legend lifesaver star muito_obrigado valeu_mesmo gratidao agradecid* grateful
yes: si sip sim yes yeah yep yup ok oka okay okey dale vale claro sure correcto correto exacto exato perfecto perfeito confirm* listo beleza blz acuerdo agree* combinado fechado isso adelante de_una sale_y_vale orale va_que_va simon joya buenisimo barbaro dale_para_adelante mandale metele hagale procede proceed go_ahead go_for_it crack_on spot_on sounds_good absolutely definitely exactly that's_right of_course deal done manda_bala manda_ver pode_ser pode_sim com_certeza claro_que_sim bora demorou show fechou tal_cual asi_es esta_bien esta_perfecto eso_mismo isso_mesmo isso_ai all_good works_for_me
no: no nop nope nah nao não ni nem tampoco never nunca jamas not dont don't won't can't cant didn't doesn't isn't para_nada ni_loco ni_en_pedo de_ninguna_manera negativo mejor_no no_gracias no_thanks no_thank no_way not_now not_really forget_it forget_about leave_it dejalo dejala deja_nomas deixa deixa_pra_la deixar_quieto melhor_nao nao_precisa de_jeito_nenhum nem_pensar esquece olvidalo olvidate no_hace_falta pass hold_on hang_on wait espera espera_un para_para never_mind nevermind en_absoluto incorrecto incorrecta incorrect incorreto errado nenhum nenhuma ningun ninguna ninguno neither none that's_not isn't_right no_es_eso nao_e_isso no_quiero nao_quero don't_want rather_not prefiero_no prefiro_nao i'd_rather_not not_interested no_me_interesa nao_tenho_interesse descart* recus* rechaz* reject decline negat* discard
please: favor please pls plz porfa xfa pfv
understand: entend* entiend* understand* understood compreend* comprend* repet* repit* repeat* explic* explain* aclar* no_cache no_pesco no_capto no_cacho captei boiei over_my_head lost_me come_again say_again say_that_again otra_vez de_nuevo again de_novo que_dijiste what_do_you_mean que_quieres_decir como_asi como_assim
know_not: idea se sei seguro segura sure sabria sabemos sabe know certeza ni_idea no_se no_estoy_segur* not_sure no_idea no_clue clue beats_me haven't_decided undecided no_decidi todavia_no aun_no ainda_nao not_yet nao_sei sei_la depende* depends quien_sabe vaya_uno talvez tal_vez maybe capaz quiza* perhaps sepa no_me_acuerdo don't_remember can't_remember no_recuerdo nao_me_lembro nao_lembro no_puedo_precisar me_da_igual any_is_fine anything_is_fine either_is_fine tanto_faz cualquiera cualquier whichever whatever lo_que_sea doesn't_matter no_importa nao_importa da_lo_mismo es_lo_mismo qualquer segun to_be_confirmed tbc tbd a_confirmar a_definir sin_definir por_definir still_deciding no_tengo_claro nose ns you_choose you_decide decidan_ustedes vos_decime
hotel: hotel hostal hosteria posada pousada property place alojamiento lodge inn
pool: piscina* pileta* pool* alberca* nadar swim* jacuzzi pileta_climatizada heated climatizad* aquecida nado solarium reposera* sunbed* espreguicadeira* hidromassagem hot_tub
gym: gimnasio* gym* academia ginasio fitness ejercicio* exercise* treadmill cinta pesas weights entrenar workout work_out treinar musculacao pilates yoga
spa: spa sauna masaje* massage* massagem massagens facial* manicur* pedicur* tratamiento* treatment* acupunt* acupunct* depilac* waxing peluqu* hairdress* maquill* makeup exfoli* skincare descontracturante relajante deep_tissue massagist* masajista hammam turkish_bath reflexologia pedicure manicure
parking: estacion* parking park parqu* aparc* cochera* garage* garagem garaje* valet auto autos coche coches carro carros car cars camioneta moto motorbike vehiculo cocheras aparcamiento vaga_de_garagem lugar_para_el_auto dejar_el_auto leave_the_car garagens ev_charger cargador_electrico electric_car carro_eletrico
pet: mascota* pet pets perr* dog dogs doggy cachorr* caes cao gat* cat cats animal* puppy gatito gatita perrito perrita caniche peludo gatinh* cachorrinh* pup pooch transportadora carrier pet_friendly petfriendly
smoke: fum* smok* cigar* vape* tabaco pucho puchos fumador* fumante* cigarette* vapear vaping balcon_para_fumar
kids: nin* chic* nene* hij* child* kid kids crianc* filh* bebe* baby babies menor* infant* toddler* adolescente* teen* beba pibes pibe nenes crio crios gurises chaval* chamacos escuincle little_one little_ones twins mellizos gemelos gemeos kiddo*
cot: cuna* cot cots crib* berco* practicuna moises silla_alta highchair catre berco high_chair cadeirao bebesit trona
policy_guest: visita* visitor* visitante* invitado* amigos friends pueda_subir subir_a_la_habitacion come_up_to visit_me recibir_visitas receber_visitas invited invitados convidado* overnight_guest
minimum: minim* maxim* maximum minimum limite limit* capacidad capacity capacidade como_mucho at_most no_maximo no_minimo al_menos at_least pelo_menos cuantos_entran cuantos_caben how_many quantos_cabem entran cabem caben fit fits sleeps squeeze aforo
access: rueda* wheelchair* rodas cadeirante* accesib* accessib* acessib* discapac* disab* rampa* ramp* ascensor* elevator* lift lifts elevador* escalera* stairs escada* movilidad mobility mobilidade baston walking_stick bengala muletas crutches silla_de_ruedas cadeira_de_rodas planta_baja ground_floor andar_baixo terreo anciana elderly idosa idoso barandas grab_rail
view: vista* view* mar sea ocean oceano balcon* varanda* terraza* vista_al_mar sea_view vista_mar vista_a_la vistas lago lake montana mountain montanha rio river cordillera cerro cerros patio jardin garden jardim frente_al_mar
bedtype: cama* bed beds doble* double* matrimonial* king queen twin* triple* single* individual* solteiro casal duplo* triplo* camas_separadas sofa_cama sofa_bed bunk literas beliche cuchetas king_size queen_size tina banera banheira
photo: foto* photo* picture* imagen* imagens video*
type: tipo* type* kind* categoria* categor* clase* opciones options opcoes
where: donde where onde adonde onde_fica donde_queda donde_estan where_are como_llego how_do_i_get como_chego como_chegar how_to_get which_street que_calle qual_rua
address: direccion* address* endereco* ubicac* ubicad* location located localiz* mapa map maps pin queda quedan fica ficam calle street rua avenida avenue esquina corner numeracion postcode zip codigo_postal cep coordenadas coordinates gps sat_nav satnav waze google_maps link_do_mapa
near: cerca cercan* near* close perto proxim* lejos far longe distancia* distance* cuadras blocks quarteir* minutos centro downtown center a_pie a_pata on_foot walkable walking_distance a_pe cuantas_cuadras casco_historico old_town centro_historico microcentro plaza square praca peatonal
airport: aeropuerto* airport* aeroporto* terminal* rodoviaria aeroparque flight* vuelo* voo voos ezeiza guarulhos galeao barajas heathrow jfk coach_station bus_station train_station estacion_de_tren estacao terminal_de_omnibus
ride: taxi* transfer transfers traslado* translado* shuttle* remis* uber cabify pickup recog* buscar* busquen bus buses onibus colectivo* autobus metro subte tren train trem fetch_us pick_us_up pick_me_up nos_buscan nos_recogen me_buscan me_buscar busca_a_gente remises omnibus bondi micro cab cabs ubers ferry barco boat carpool rental rent_a_car alquilar_auto alugar_carro
sights: visitar visit tour* excursion* passeio* paseo* museo* museum* museu* playa* beach* praia* turist* atraccion* attraction* sightsee* recom* actividad* activit* ativid* que_hacer things_to_do what_to_do o_que_fazer que_visitar rainy_day dia_de_lluvia pasear passear bodega* winery vinicola trekking senderismo hike hiking trilha cataratas waterfalls falls senderos nightlife boliche* bares balada vida_nocturna where_to_eat donde_comer onde_comer recomiend* feria mercado market
weather: clima weather tiempo tempo llov* lluv* rain* chuv* chov* temperatura* frio calor pronostico forecast previsao va_a_llover nieve nev* snow* neve sol soleado sunny grados degrees graus freezing nublado cloudy tormenta storm
city: ciudad city cidade zona area barrio bairro neighborhood farmacia pharmacy supermercado* supermarket* cajero atm banco shopping farmacias kiosco chemist drugstore casa_de_cambio cambio_de_moneda exchange laundromat hospital clinica iglesia church igreja
checkin: checkin check-in check_in ingres* entrada entry arriv* lleg* cheg*
checkout: checkout check-out check_out salida salir salimos salgo saida sair saimos leav* depart* irnos irme
early: temprano early earlier antes before cedo anticipad* antecipad* antes_de_las before_noon mas_temprano mais_cedo entrar_antes get_in_early check_in_early early_checkin checkin_temprano
late: tarde late later tardio mas_tarde mais_tarde demor* retras* atras* late_checkout salir_mas_tarde sair_mais_tarde quedarme_un_rato hang_on_to keep_the_room until_later un_rato_mas tarde_noche a_la_tarde
hour: hora horas hour hours horario* schedule time when cuando quando
luggage: equipaje* luggage baggage valija* maleta* mala malas bagag* bolso* bag bags suitcase* bolsos mochilas trolley carry-on equipajes guarda_equipaje guardar guarden guarda store stash leave_our_bags dejar_las_valijas deixar_as_malas
document: documento* dni pasaporte* passport* passaporte* id cedula rg cpf pasaportes cedulas partida_de_nacimiento birth_certificate voucher papers papeles papeis identidad identidade
celebrate: aniversario* anniversary cumple* birthday* luna_de_miel honeymoon lua sorpresa* surprise* surpresa* decor* petalos petals flores flowers globos romantic* globo nuestro_aniversario our_anniversary proposal propose pedida_de_mano propuesta noivado engagement mesversario torta cake bolo velas candles cumpleanos
quiet: tranquil* quiet silenc* piso floor andar alto high lejos_del_ascensor away_from_the_elevator longe_do_elevador high_floor piso_alto andar_alto planta_alta interno interior
allergy: alerg* allerg* celiac* gluten vegan* vegetarian* tacc intoler* diabet* kosher halal
event: evento* event* boda* wedding* casamiento* casamento* reunion* reunia* meeting* conferenc* congres* salon* salao sala banquet* corporativ* corporate empresa* company grupo* group* contingente* convencion* quince quinceaner* bautismo bautizo batizado christening baby_shower despedida hen_party stag egresados excursao school_trip viaje_de_estudios retiro retreat workshop taller seminario seminar coffee_break proyector projector contingentes delegacion time_de_futebol equipo_de team_building bar_mitzvah rehearsal proveedores_evento
angry: queja* reclam* complain* vergu* vergonh* pesim* pessim* horrible horrivel terrible terrivel awful worst inacept* unaccept* inaceit* estaf* scam* decepcion* disappoint* indign* malisim* disgust* desastre* ridicul* groser* rude furios* harto harta nunca_mas verguenza joke absolute_joke absurdo unacceptable pesima una_porqueria lixo_de_hotel shame shambles ridiculous se_rien laughed riram nunca_vuelvo never_again nunca_mais denuncia* sue lawyer abogado consumidor procon defensa_del sobreprecio overcharg* cobraron_de_mas charged_twice cobraram_duas doble_cobro enganch* enganos* mentira* liar mentiros* irresponsable* irresponsave* ladrones ladroes thieves estafador* golpist* palhacada hartisim* ffs wtf runaround inutil* incompet* useless insult* maltrat* mistreat* falta_de_respeto falta_de_respeito disrespect* payasos clowns una_burla mocking tomando_el_pelo taking_the_piss hasta_las_narices fed_up sick_of de_saco_cheio unprofessional poco_profesional negligen* negligenc* deplorable lamentable lamentavel nefasto abusiv* abuso robo_a robando rip_off ripoff engan* not_what_i_booked no_es_lo_que nao_foi_o_que mentirosos cheated outrage* outrageous libro_de_quejas
nobody: nadie nobody ninguem no_one contesta contestan responde responden answers answer atiende atienden atende nadie_contesta no_one_answers ninguem_responde nadie_atiende nadie_da nobody_cares ignorado ignored plantad* esperando waiting hours_waiting horas_esperando
review: resena* review* opinion* avaliac* avaliar calific* puntua* tripadvisor feedback comentario* estrella* stars estrelas experiencia experience cinco_estrellas five_stars cinco_estrelas google_review dejar_comentario leave_a_review deixar_avaliacao puntuar valorac*
praise: encant* excelent* maravill* maravilh* great amazing love* loved lind* hermos* adore* adoramos otim* genial espectacular wonderful fantast* perfect* espectacul* beautiful precios* divin* amamos adorei impecable impecavel impeccable top
emergency: emergenc* urgent* ambulanc* medico doctor policia police bombero* fire incendio fuego fogo socorro auxilio sangr* bleeding desmay* humo_en smoke_in fumaca_no desmayo desmayada collapsed unconscious inconsciente descompus* passou_mal passando_mal infarto heart_attack choking ahog* alergia_grave ayuda_urgente help_urgent me_cai fell herid* hurt ferid* gas_leak escape_de_gas fuga_de_gas ladron thief ladrao asalt* robbery
spam: bitcoin cripto* crypto* prestamo* loan* emprestim* inversion* invest* seo marketing ganaste premio prize lottery loteria click oferta_laboral seguidores followers instagram ganate gana_dinero earn_money renda_extra trabalhe_de_casa viagra casino apuesta* forex nft criptomoneda* click_here haz_clic clique seu_premio reclama_tu
job: trabajo trabajar job jobs empleo emprego vacante cv curriculum hiring contratan proveedor* supplier* fornecedor* laburo trampo estagio internship pasantia curriculo vagas_de_emprego looking_for_work estan_contratando are_you_hiring recruiter
hack: ignor* instruc* prompt system sistema jailbreak admin developer roleplay pretend actua finge olvida_todo olvida_las forget_everything forget_all esquece_tudo esqueca_tudo todo_lo_anterior everything_above previous_instructions instrucciones_anteriores system_prompt contrasena_del_administrador admin_password senha_do_sistema base_de_datos database drop_table developer_mode haz_de_cuenta you_are_now ahora_eres
stay: quedar* quedo alojar* aloj* hosped* stay* estadia* estancia* ficar* fico pernoct* accommodat* accomodat* alojarnos hospedarnos quedarnos pernoctar crash sleep_over dormir posar
status: confirmac* confirmation estado status detalles details detalhes datos dados registr* figura aparece sigue still existe existing existente hecha hice made fiz tengo quedo_mi quedo_la mi_reserva_esta my_booking is_my_booking minha_reserva_ta esta_confirmada e_confirmada all_good_with sigue_en_pie still_on ta_certinha figura_mi tengo_una_reserva i_have_a_booking tenho_uma_reserva
resend: reenvi* resend* recib* receiv* receb* mail email correo no_me_llego nunca_me_llego never_got didn't_get haven't_received nao_chegou nao_recebi mandame_de_nuevo
new: nueva nuevo new nova novo otra another outra outro
mine: mi my mia mine minha meu nuestra our nossa
take: tomo take tomamos fico_com llevo elijo choose escolho prefiero prefer prefiro opcion option opcao go_with let's_go_with vamos_con vamos_com la_de el_de the_one quiero_la quiero_el esa_misma esse_mesmo that_one me_quedo
service: servicio* service* servico* amenit* comodidad* facilit* instalac*
name: nombre* name names nome* apellido* surname titular holder
more: mas more mais extra extras adicional* additional
less: menos less fewer
why: porque xq pq why
problem: problem* issue* inconven* wrong mal error* erro
trivia: raiz square_root sqrt capital_of capital_de presidente president football futebol partido match receta recipe receita poema poem chiste piada horoscopo horoscope traduc* translate traduz* ecuacion equation equacao matematica math homework tarea_escolar deber cancion song letra_de noticias news clima_en_marte dolar_hoy bitcoin_hoy quien_gano who_won ibuprofeno dios god deus fotosintesis photosynthesis ingles english_fast learn aprender historia_de history_of filosof* philosoph* significado_de meaning_of sentido_de_la_vida meaning_of_life amor novia_tienes casado married aburrid* bored tedio xd jaja* jeje* haha* hehe* kkk* rsrs* lol jsjs* lmao
activity: cancha* quadra* court courts tenis tennis padel golf bici* bike bikes bicycle* bicicletas kayak* canoa* cabalgata* horse* cavalo* clase clases class classes aula aulas churrasqueira parrilla* quincho* grill barbecue bbq asador sombrilla* parasol* palco turno turnos sesion session sessao cabina circuito kids_club surf snorkel* buceo diving mergulho lancha boat_trip cata pesca fishing
help: how_does_this_work como_funciona_esto como_funciona quien_sos quien_eres who_are_you quem_e_voce que_podes_hacer que_puedes_hacer what_can_you_do o_que_voce_faz instrucciones instrucoes instructions menu_de_opciones opciones_del_menu ayudame ayuda help ajuda me_ajuda confund* confus* estoy_perdido i'm_lost no_me_carga no_carga not_loading no_me_aparece nao_aparece didn't_catch no_escuche missed_that how_do_i_use como_uso start_over empezar_de_nuevo comecar_de_novo go_back volver_al_menu
wrongnumber: equivoque_de_numero me_equivoque_de_numero wrong_number numero_errado numero_equivocado numero_incorrecto mensaje_equivocado sorry_wrong es_el_numero_de soy_la_mama de_parte_de no_te_conozco who_is_this quien_es quem_e
vendor: ofrezco ofrecemos les_ofrezco vendo vendemos i_sell we_sell a_buen_precio botijao garrafa_de_gas huevos_de_campo distribuidor* mayorista wholesale insumos first_page pagina_web website_design franquicia franchise inmobiliaria real_estate building_for_sale
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


LONGEST_PHRASE: Final = max(word.count("_") for word in _WHOLE) + 1
_PHRASE_STARTS: Final = frozenset(word.partition("_")[0] for word in _WHOLE if "_" in word)


def phrase(words: list[str], at: int) -> tuple[tuple[str, ...], int]:
    """(what the words from here on mean, how many of them): the longest phrase of the table, else the word alone."""
    if words[at] in _PHRASE_STARTS:
        for size in range(min(LONGEST_PHRASE, len(words) - at), 1, -1):
            meant = _WHOLE.get("_".join(words[at : at + size]))
            if meant:
                return meant, size
    return concepts(words[at]), 1
