/** What a mail wants of its reader, or plays on. */
const INTENTS = [
  'credentials',
  'account-threat',
  'mailbox',
  'parcel',
  'payment',
  'refund',
  'invoice',
  'renewal',
  'shared-document',
  'prize',
  'survey-reward',
  'gambling',
  'wallet',
  'crypto-gain',
  'advance-fee',
  'inheritance',
  'loan',
  'job',
  'extortion',
  'gift-card',
  'call',
  'virus-alert',
  'romance',
  'pills',
  'points',
  'pressure',
  'secrecy',
  'impersonal',
] as const;
export type Intent = (typeof INTENTS)[number];

/**
 * Phrases by intent: English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian, Chinese and Japanese. They are matched in lower
 * case, with accents as written or left out where phishers leave them out.
 */
const PHRASES: Record<Intent, readonly string[]> = {
  credentials: [
    '(?:verify|confirm|validate|update|re-?activate|authenticate|restore|unlock|secure) (?:your |the )?(?:account|identity|password|e-?mail|mailbox|information|details|wallet|login|billing|payment)',
    '(?:log|sign) ?-?in (?:to|here|below|now|and)',
    'konto (?:jetzt )?(?:best[aä]tigen|verifizieren|aktualisieren)|(?:daten|identit[aä]t|angaben) (?:jetzt )?(?:best[aä]tigen|aktualisieren|verifizieren)|hier anmelden|verifizieren sie',
    '(?:confirme[rz]|v[eé]rifie[rz]|mettre [aà] jour|validez) (?:votre|vos|mes)|connectez-vous|identifiez-vous',
    '(?:confirm[ae]r?|verific?(?:ar|que|ca)|actuali[cz]e|validar|inicie sesi[oó]n) (?:su|tu|sus|la|los)?',
    '(?:confirm[ae]r?|verifi(?:que|car)|atuali[zs](?:e|ar)|regulari[zs](?:e|ar)|validar|recadastr) (?:seu|sua|seus|os|o|a)',
    '(?:confermi?|verific[ah]i?|aggiorn[ai]|accedi) (?:il|la|i|al|tuo|suo|subito|ora)',
    '(?:bevestig|verifieer|controleer|werk) (?:uw|je|nu|direct)',
    '(?:potwierd[zź]|zweryfikuj|zaktualizuj|zaloguj)',
    '(?:подтвердите|обновите|проверьте) (?:ваш|сво|данные)|войдите в',
    '验证|登录|确认您|更新您的|ログイン|ご確認|お客様情報|本人確認|認証',
  ],
  'account-threat': [
    '(?:account|access|wallet|card|profile|service|subscription|domain) (?:has been |have been |was |is |will be |is about to be )(?:temporarily |permanently )?(?:suspended|limited|locked|restricted|blocked|disabled|deactivated|closed|terminated|deleted|on hold)',
    '(?:unusual|suspicious|unauthori[sz]ed) (?:activity|sign-?in|login|log-in|transaction|access|payment|charge)',
    '(?:avoid|prevent) (?:the )?(?:suspension|interruption|closure|termination|deactivation|restriction|losing|loss)',
    '(?:konto|zugang|karte) (?:wurde|wird|ist) .{0,30}(?:gesperrt|eingeschr[aä]nkt|deaktiviert)|ungew[oö]hnliche aktivit|verd[aä]chtige',
    '(?:compte|acc[eè]s|carte) .{0,30}(?:suspendu|bloqu[eé]|limit[eé]|d[eé]sactiv[eé])|activit[eé] (?:inhabituelle|suspecte)',
    '(?:cuenta|acceso|tarjeta) .{0,30}(?:suspendid|bloquead|limitad|restringid)|actividad (?:inusual|sospechosa)',
    '(?:conta|acesso|cart[aã]o|dispositivo) .{0,30}(?:suspens|bloquead|cancelad|limitad|expirad)|bloqueio (?:de|da)|atividade (?:suspeita|incomum)',
    '(?:conto|account|accesso|carta) .{0,30}(?:sospes|bloccat|limitat)|attivit[aà] (?:insolita|sospetta)',
    '(?:account|rekening|toegang|pas|betaalpas) .{0,30}(?:geblokkeerd|beperkt|opgeschort|verloopt|verlopen)|verdachte activiteit',
    '(?:konto|dost[eę]p|karta) .{0,30}(?:zablokowan|zawieszon|ograniczon)',
    '(?:аккаунт|счет|учетная запись) .{0,30}(?:заблокирован|приостановлен|ограничен)',
    '账户.{0,12}(?:冻结|停用|暂停|限制)|帐户.{0,12}(?:停用|限制)|アカウント.{0,12}(?:停止|制限|ロック)|利用.{0,4}制限|不正(?:アクセス|利用|ログイン)',
  ],
  mailbox: [
    'mailbox|mail box|(?:e-?mail|web ?mail) (?:account|storage|quota|server|administrator|password)|storage (?:is |almost |nearly )?full|(?:pending|incoming|undelivered|quarantined|held|blocked) (?:e-?mails?|messages?)|keep (?:the )?(?:same|current|my) password|password (?:will )?expir',
    'postfach|speicherplatz|speicher .{0,20}voll|passwort l[aä]uft',
    'bo[iî]te (?:mail|de r[eé]ception|aux lettres)|messagerie|espace de stockage',
    'buz[oó]n|almacenamiento|caixa de (?:entrada|correio)|espa[cç]o de armazenamento|casella (?:di posta|email)|spazio di archiviazione',
    'opslagruimte|opslag is vol|skrzynk[ai] pocztow|почтовый ящик|邮箱|邮件系统|メールボックス|ストレージ|cloud (?:storage|speicher|opslag)|icloud (?:storage|is full)',
  ],
  parcel: [
    "(?:parcel|package|shipment|delivery|courier) .{0,40}(?:could not|couldn't|unable|failed|pending|on hold|held|waiting|suspended|customs|fee|re-?schedul|confirm)|(?:customs|delivery|shipping|re-?delivery) (?:fee|charge|duty|payment)|track (?:your|my) (?:parcel|package|order|shipment)",
    '(?:paket|sendung|lieferung) .{0,40}(?:zugestellt|wartet|zur[uü]ckgehalten|zollgeb|best[aä]tig|geb[uü]hr|verfolg)|zollgeb[uü]hr',
    '(?:colis|livraison) .{0,40}(?:attente|bloqu|suspend|frais|douane|livr)|frais de (?:port|livraison|douane|d[eé]douanement)',
    '(?:paquete|env[ií]o|entrega) .{0,40}(?:pendiente|retenid|espera|aduana|tasas|entreg)|(?:encomenda|pacote|objeto|remessa) .{0,40}(?:retid|pendente|alf[aâ]nd|tax|taxa|aguard)|taxa (?:de|alfandeg)',
    '(?:pacco|spedizione|consegna) .{0,40}(?:attesa|sospes|dogan|giacenza|consegn)|(?:pakket|zending|levering|bezorging) .{0,40}(?:wacht|opgeschort|douane|kosten|bezorg)',
    '(?:paczk|przesy[lł]k)|посылк|доставк|包裹|快递|荷物|お届け|配達|配送',
  ],
  payment: [
    '(?:pay|payment) (?:now|method|declined|failed|details|information|overdue|due)|(?:update|add) (?:your )?(?:payment|billing|card)|(?:outstanding|unpaid|overdue) (?:balance|invoice|amount|bill|fine|toll)|credit card|bank (?:account|details|transfer)|wire transfer',
    'zahlung(?:smethode|sinformation|saufforderung)?|[uü]berweis|kreditkarte|bankverbindung|mahnung|offener? (?:betrag|rechnung)',
    'paiement|virement|carte bancaire|moyen de paiement|amende|impay[eé]',
    'pago|tarjeta|transferencia|multa|deuda|pagamento|boleto|pix\\b|fatura|d[eé]bito|d[ií]vida|cart[aã]o|bonifico|carta di credito|pagamenti',
    'betaling|betaal|factuur|incasso|p[lł]atno[sś][cć]|оплат|счет|付款|支付|银行卡|お支払い|クレジットカード|請求',
  ],
  refund: [
    '(?:tax|vat) (?:refund|return|rebate)|refund (?:of|is|has|pending|request|available|due)|reimbursement|compensation|stimulus|rebate',
    'steuerr[uü]ck|r[uü]ckerstattung|erstattung|remboursement|reembolso|restitui[cç][aã]o|devoluci[oó]n|indemni[zs]|indeniza|rimborso|teruggave|terugbetaling|zwrot|возврат|退税|退款|返金|還付',
  ],
  invoice: [
    '(?:attached|find|see|view|open|download) .{0,30}(?:invoice|quotation|purchase order|receipt|statement|remittance|proforma|contract|payment advice|swift)|invoice (?:attached|number|no|id|#)|order (?:confirmation|summary|id|no|number)',
    'rechnung|facture|factura|fattura|faktura|nota fiscal|contrato|contrat|boleto|пдф|发票|合同|询价|請求書|見積',
  ],
  renewal: [
    '(?:auto-?)?renew(?:al|ed|s)?|subscription (?:has been |will be |is |expires|plan)|(?:will be|has been|was) (?:charged|debited|deducted|billed)|cancel (?:the|this|your) (?:order|subscription|charge|transaction)|anti-?virus|protection (?:plan|expired)|geek squad',
    'abonnement|abo verl[aä]nger|verl[aä]ngerung|suscripci[oó]n|assinatura|renova[cç][aã]o|renovaci[oó]n|renouvellement|rinnovo|verlenging|odnowi|подписк|续费|订阅|更新手続',
  ],
  'shared-document': [
    '(?:shared|sent|sharing) (?:a |an |the |you |with you )?.{0,20}(?:document|file|folder|pdf|item)|(?:review|view|open|sign|access) (?:the |your )?(?:shared )?(?:document|file|pdf|agreement)|docu-?sign|e-?sign(?:ature)?|voice ?mail|voice message|missed call|new fax|(?:secure|encrypted) (?:message|document|file)',
    'dokument (?:freigegeben|unterzeich|ansehen)|document partag|documento compartid|documento compartilhad|documento condivis|gedeeld document|文件共享|共有',
  ],
  prize: [
    "congratulations|you(?:'ve| have)? (?:been )?(?:won|selected|chosen|picked)|lucky (?:winner|draw|day)|(?:claim|collect|redeem|receive) (?:your |the )?(?:prize|reward|gift|bonus|voucher|winnings|free|package)|winner|jackpot|lottery|sweepstake|giveaway|free (?:gift|sample|kit|cooler|drill|iphone|set)",
    'herzlichen gl[uü]ckwunsch|sie haben gewonnen|gewinn(?:er|spiel|e)|gutschein|pr[aä]mie|belohnung|gratis',
    "f[eé]licitations|vous avez (?:gagn|[eé]t[eé] s[eé]lectionn|[eé]t[eé] choisi)|gagnant|cadeau|r[eé]compense|bon d'achat",
    'felicidades|felicitaciones|enhorabuena|ha(?:s)? (?:ganado|sido (?:seleccionad|elegid))|ganador|premio|regalo|recompensa|sorteo',
    'parab[eé]ns|voc[eê] (?:ganhou|foi (?:selecionad|escolhid|sortead))|ganhador|pr[eê]mio|brinde|sorteio',
    'congratulazioni|hai vinto|vincitore|premi\\b|buono|omaggio|gefeliciteerd|gewonnen|winnaar|prijs|cadeaubon|beloning|waardebon|gratulacj|wygra|nagrod|поздравля|выигра|приз|恭喜|中奖|奖品|おめでとう|当選|プレゼント',
  ],
  'survey-reward': [
    '(?:short|quick|brief|30.?second|1.?minute|one.?minute|customer|loyalty|opinion|marketing) survey|answer (?:a few|some|these|our) (?:questions|survey)|take (?:the|our|this) survey|complete (?:the|our|this) survey|loyalty (?:program|reward)|exclusive reward|limited (?:number|quantity|stock) .{0,20}(?:gift|reward|prize)',
    'umfrage|kurze fragen|sondage|enqu[eê]te|encuesta|pesquisa de|sondaggio|ankiet|опрос|调查|アンケート',
  ],
  gambling: [
    'casino|free ?spins?|no deposit|slots?\\b|betting|sportsbook|wager|poker|roulette|jackpot|deposit bonus|welcome bonus|freispiele|einzahlung|spielautomat|tours gratuits|tiradas gratis|rodadas|giri gratis|gratis spins|welkomstbonus|sportwetten|казино|фриспин|赌场|博彩|カジノ',
  ],
  wallet: [
    'wallet|seed phrase|recovery phrase|secret phrase|private key|metamask|ledger|trezor|trust wallet|coinbase|binance|kraken|exodus|phantom|uniswap|opensea|airdrop|staking|nft|token (?:allocation|claim|sale|swap|migration)|kyc|hardware wallet|blockchain|smart contract|xrp|ripple|stellar|ethereum|\\beth\\b|solana|defi|mint(?:ing)?\\b|кошел|钱包|ウォレット|brieftasche|portefeuille (?:crypto|num)|cartera|carteira|portafoglio',
  ],
  'crypto-gain': [
    'bitcoin|\\bbtc\\b|crypto(?:currency|s)?|mining (?:account|rig|profit|pool|cloud)|(?:passive|daily|guaranteed|weekly) (?:income|profit|earnings|returns?)|trading (?:bot|robot|platform|signals?|software)|(?:balance|account) .{0,30}(?:replenish|credited|available for withdrawal|withdraw)|withdraw(?:al)? (?:your|the|now|of|funds)|make money|earn (?:up to|over|money|from)|financial freedom|investment (?:opportunity|platform|plan)|auszahlung|geld verdienen|passives einkommen|retrait|ganar dinero|ganhar dinheiro|renda extra|guadagn|verdien(?:en)? .{0,20}(?:thuis|per)|zarab|заработ|доход|биткоин|赚钱|投资|比特币|ビットコイン|副業|稼',
  ],
  'advance-fee': [
    'beneficiar(?:y|ies)|consignment|(?:million|billion) (?:us |u\\.s\\.? )?(?:dollars?|euros?|pounds?|usd|eur)|(?:sum|amount) of (?:us)?[$€£]? ?[\\d,.]{5,}|(?:usd|us\\$|\\$|€|£|eur|gbp) ?\\d{1,3}(?:[.,]\\d{3}){2}|atm (?:visa |master )?card|western union|money ?gram|bank draft|unclaimed|abandoned fund|fund(?:s)? (?:transfer|release|payment)|release of (?:your|the) fund|diplomat|barrister|united nations|\\bimf\\b|\\bfbi\\b|world bank|central bank|business proposal|mutual benefit|foreign partner|donat(?:e|ed|ion|ing)|philanthrop|charity|orphan|widow|god bless|dear (?:friend|beloved|sir|madam|beneficiary)',
    "millionen (?:euro|dollar|us)|spende|beg[uü]nstigt|treuhand|millions? d['e] ?(?:euros|dollars)|b[eé]n[eé]ficiaire|don de|millones de (?:euros|d[oó]lares)|beneficiari[oa]|donaci[oó]n|milh[oõ]es de (?:euros|d[oó]lares|reais)|doa[cç][aã]o|milioni di|donazione|miljoen (?:euro|dollar)|donatie|darowizn|миллион|пожертв|наследств|百万美元|捐赠|受益人|寄付|百万ドル",
  ],
  inheritance: [
    'inherit(?:ance|ed)?|next of kin|deceased|late (?:husband|client|father|wife)|(?:terminal|cancer|ovarian) (?:illness|cancer|patient)|(?:dying|sick) (?:bed|woman)|my (?:late|dead) |last will|erbschaft|nachlass|h[eé]ritage|herencia|heran[cç]a|eredit[aà]|erfenis|spadek|наследство|遗产|相続',
  ],
  loan: [
    '(?:business|personal|quick|urgent|instant|easy) loan|loan (?:offer|application|approved|amount)|(?:need|get|apply for) (?:a |an )?loan|interest rate|credit score|debt (?:relief|consolidation)|kredit (?:ohne|zusage|angebot)|darlehen|pr[eê]t (?:personnel|entre|rapide)|pr[eé]stamo|empr[eé]stimo|prestito|lening|po[zż]yczk|кредит|займ|贷款|ローン|融資',
  ],
  job: [
    "job (?:offer|opportunity|vacancy|opening)|work (?:from|at) home|part.?time (?:job|work)|(?:mystery|secret) shopper|payroll|recruit(?:er|ment|ing)|hiring|remote (?:job|work|position)|weekly (?:pay|salary)|stellenangebot|heimarbeit|nebenjob|offre d'emploi|oferta de (?:trabajo|empleo)|vaga de|proposta de (?:emprego|trabalho)|offerta di lavoro|vacature|oferta pracy|ваканси|招聘|兼职|求人|在宅",
  ],
  extortion: [
    '(?:hacked|infected|compromised) (?:your|the) (?:device|computer|operating|system|account|phone)|web ?cam|masturbat|porn(?:ographic)?|adult (?:site|video|content)|(?:your|all) (?:contacts|friends|relatives)|i (?:recorded|have recorded|know your password|installed)|trojan|(?:transfer|send|pay) .{0,40}(?:bitcoin|btc)|bitcoin (?:wallet|address)|48 hours|50 hours|kompromitt|erpress|aufgezeichnet|enregistr[eé]|grab[eé] (?:un )?v[ií]deo|gravei|webcam|взломал|видео с вами|录像|比特币钱包|録画',
  ],
  'gift-card': [
    'gift ?cards?|(?:amazon|itunes|apple|steam|google play|ebay|walmart|target|costco) (?:gift )?(?:card|voucher)|voucher|are you (?:available|free|at your desk|busy)|quick (?:task|favou?r)|geschenkkarte|gutscheinkarte|carte(?:s)? cadeau|tarjetas? (?:de )?regalo|cart[aã]o presente|vale.presente|carta regalo|cadeaukaart|karta podarunkow|подарочн|礼品卡|ギフト(?:カード|券)',
  ],
  call: [
    '(?:call|contact|dial|reach) (?:us|our|the|to|at|on|now|immediately|customer|support|toll)|toll.?free|help ?(?:line|desk)|customer (?:care|support|service) (?:number|team|at|on|:)|\\+?1?[ .(-]{1,3}8(?:00|08|18|28|33|44|55|66|77|88)[ ).-]{1,3}\\d{3}|rufen sie|appelez|llame (?:al|a)|ligue (?:para|agora)|chiam(?:a|i) (?:il|subito)|bel (?:ons|nu|direct)|zadzwo[nń]|позвоните|致电|拨打|お電話',
  ],
  'virus-alert': [
    'virus(?:es)? (?:detected|found|alert|warning)|detec?ted.{0,12}virus|(?:your )?(?:device|computer|pc|phone|iphone) (?:is |may be |has been )?(?:at risk|infected|unprotected|not protected)|(?:mcafee|norton|avast|kaspersky|total ?av|windows defender|antivirus)|malware|threats? (?:detected|found)|virenschutz|antivirenschutz|ger[aä]t ist|virus d[eé]tect|protezione antivirus|virusbescherming|вирус|病毒|ウイルス',
  ],
  romance: [
    '(?:lonely|single|hot|sexy|beautiful|russian|ukrainian|asian|local|older|mature) (?:wom[ae]n|girls?|ladies|lady|milfs?|singles|moms?)|(?:dating|hook.?up|flirt|naughty|horny|nude|sex(?:ual|y)?)\\b|looking for (?:love|a (?:man|serious|relationship))|chat with me|my (?:photos|pics|profile)|meet (?:me|women|singles)|einsame frauen|frauen (?:in deiner|suchen)|rencontre|mujeres|mulheres|donne (?:sole|single)|vrouwen|meisjes|kobiet|девушк|знакомств|美女|约会|出会い|人妻',
  ],
  pills: [
    'weight ?loss|lose (?:up to )?\\d* ?(?:weight|pounds|lbs|kg)|belly fat|keto|gumm(?:y|ies)|cbd|viagra|cialis|erect|pharmacy|pills?\\b|prostate|blood (?:sugar|pressure)|diabetes|tinnitus|neuropathy|nail fungus|hair loss|joint pain|back pain|testosterone|supplement|detox|doctors? (?:hate|shocked|stunned)|(?:weird|simple|strange) (?:trick|trick|ritual|method)|abnehmen|bauchfett|perte de poids|maigrir|adelgazar|perder peso|emagre|dimagr|afvallen|odchudz|похуде|减肥|ダイエット',
  ],
  points: [
    '(?:your |bonus |loyalty |reward )?(?:points|miles) (?:expire|expiring|will expire|balance|available)|(?:redeem|exchange) (?:your )?(?:points|miles)|punkte (?:verfallen|einl[oö]sen)|points (?:fid[eé]lit[eé]|cadeau)|puntos (?:acumulad|vencen|caduc|por)|pontos (?:livelo|acumulad|expir|vence|disponiv|dispon[ií]v)|(?:livelo|esfera|smiles)|milhas|punti (?:fedelt|accumul)|punten (?:verlopen|inwissel)|积分|ポイント(?:失効|交換|付与)',
  ],
  pressure: [
    "urgent(?:ly)?|immediate(?:ly)? (?:action|attention|response)|act (?:now|fast|immediately)|action (?:is )?required|within (?:the next )?(?:12|24|48|72) ?h(?:ou)?rs?|final (?:notice|warning|reminder)|last (?:chance|warning|reminder|day|notice)|(?:expires?|ends?) (?:today|soon|tonight|in \\d)|before it'?s too late|only today|hurry|don'?t (?:delay|wait|miss)|as soon as possible|limited time|failure to",
    'dringend|sofort(?:ige)?|letzte (?:mahnung|chance|erinnerung|warnung)|innerhalb von \\d+|nur heute|umgehend|handlungsbedarf|imm[eé]diat|derni[eè]re? (?:rappel|chance|avis)|sous \\d+ ?h|urgente|inmediat|[uú]ltim[oa] (?:aviso|oportunidad|dia|d[ií]a|chance|lembrete)|imediat|dentro de \\d+|hoje|urgentemente|ultimo (?:avviso|giorno)|entro \\d+|dringend|laatste (?:kans|herinnering|waarschuwing)|binnen \\d+|pilne|natychmiast|ostatni|срочно|немедленно|последн|紧急|立即|尽快|至急|緊急|24時間以内|最終',
  ],
  secrecy: [
    'strictly confidential|(?:keep|treat) (?:this|it) .{0,20}(?:confidential|secret|private)|confidential(?:ity)?|do not (?:tell|share|discuss)|top secret|vertraulich|confidentiel|confidencial|riservat|vertrouwelijk|poufn|конфиденциальн|保密|機密',
  ],
  impersonal: [
    'dear (?:valued |esteemed )?(?:customer|client|user|member|account|e-?mail|sir|madam|friend|winner|owner|subscriber|beneficiary|costumer|shopper)|(?:hello|hi|dear|hey) (?:there|user|customer)\\b|sehr geehrte[r]? (?:kunde|kundin|nutzer|damen)|lieber? kunde|cher(?:e)? client|estimad[oa] (?:client|usuari)|querido cliente|prezad[oa]\\(?a?\\)? (?:client|senhor|usu)|car[oa] cliente|ol[aá],? cliente|gentile (?:cliente|utente)|beste klant|geachte (?:klant|heer)|szanown[iy] (?:klien|pa[nń])|уважаем(?:ый|ая) (?:клиент|пользовател)|尊敬的(?:客户|用户)|亲爱的(?:客户|用户)|お客様(?:各位|へ)|会員(?:各位|様)',
  ],
};

const PATTERNS = INTENTS.map((intent) => ({
  intent,
  pattern: new RegExp(PHRASES[intent].join('|'), 'gu'),
}));
/** Behind a letter no phrase begins. Asked of each find: in the patterns it would keep them from leaping over what cannot begin one, at twice the cost. */
const BEGINS = /(?<!\p{L})/uy;
const MAX_CHARS = 6_000;
const MOST_QUOTES = 3;

export type IntentHit = { readonly intent: Intent; readonly quotes: readonly string[] };

/** Of the last text: the checks of one mail and its features ask about the same one. */
let kept: { text: string; hits: readonly IntentHit[] } = { text: '', hits: [] };

/** The intents that a text shows, each with up to three of its phrases. The text is in lower case, letters as `plainLetters` leaves them. */
export function intentsOf(text: string): readonly IntentHit[] {
  const read = text.slice(0, MAX_CHARS);
  if (kept.text !== read) kept = { text: read, hits: findIntents(read) };
  return kept.hits;
}

function findIntents(text: string): IntentHit[] {
  return PATTERNS.flatMap(({ intent, pattern }) => {
    const quotes = quotesOf(pattern, text);
    return quotes.length === 0 ? [] : [{ intent, quotes }];
  });
}

function quotesOf(pattern: RegExp, text: string): string[] {
  const quotes = new Set<string>();
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found !== null && quotes.size < MOST_QUOTES; found = pattern.exec(text)) {
    BEGINS.lastIndex = found.index;
    if (BEGINS.test(text)) quotes.add(found[0]);
    else pattern.lastIndex = found.index + 1;
  }
  return [...quotes];
}
