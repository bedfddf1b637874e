/** What the braces of the scenes are filled with. Brands stand with domains that are really theirs. */
type Named = { name: string; domains: string[] };

function named(lines: string): Named[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', domains = ''] = line.split('=');
      return { name: name.trim(), domains: domains.trim().split(' ') };
    });
}

export const BRANDS: Record<string, Named[]> = {
  carrier: named(`
    DHL = dhl.de dhl.com
    UPS = ups.com
    FedEx = fedex.com
    DPD = dpd.de dpd.co.uk
    GLS = gls-group.eu gls-pakete.de
    Hermes = myhermes.de
    Evri = evri.com
    USPS = usps.com usps.gov
    PostNL = postnl.nl
    bpost = bpost.be
    La Poste = laposte.fr
    Chronopost = chronopost.fr
    Correos = correos.es
    Correios = correios.com.br
    Poste Italiane = posteitaliane.it
    InPost = inpost.pl
    Canada Post = canadapost.ca
    Swiss Post = post.ch
    Yamato = kuronekoyamato.co.jp
    SF Express = sf-express.com`),
  bank: named(`
    Chase = chase.com
    Wells Fargo = wellsfargo.com
    Bank of America = bankofamerica.com
    Barclays = barclays.co.uk
    HSBC = hsbc.co.uk hsbc.com
    Lloyds Bank = lloydsbank.co.uk
    Sparkasse = sparkasse.de
    Commerzbank = commerzbank.de
    ING = ing.de ing.nl
    Deutsche Bank = deutsche-bank.de
    DKB = dkb.de
    BNP Paribas = bnpparibas.com
    Crédit Agricole = credit-agricole.fr
    Santander = santander.es santander.com.br
    BBVA = bbva.es
    CaixaBank = caixabank.es
    Bradesco = bradesco.com.br
    Itaú = itau.com.br
    Nubank = nubank.com.br
    Intesa Sanpaolo = intesasanpaolo.com
    Rabobank = rabobank.nl
    ABN AMRO = abnamro.nl
    PKO Bank Polski = pkobp.pl
    Revolut = revolut.com
    N26 = n26.com`),
  service: named(`
    Amazon = amazon.com amazon.de amazon.co.uk
    Microsoft = microsoft.com
    Google = google.com accounts.google.com
    Apple = apple.com email.apple.com
    PayPal = paypal.com
    Netflix = netflix.com mailer.netflix.com
    Spotify = spotify.com
    Facebook = facebookmail.com
    Instagram = mail.instagram.com
    LinkedIn = linkedin.com
    X = x.com twitter.com
    Dropbox = dropbox.com
    Adobe = adobe.com mail.adobe.com
    eBay = ebay.com ebay.de
    Airbnb = airbnb.com
    Booking.com = booking.com
    Uber = uber.com
    Zoom = zoom.us
    Steam = steampowered.com
    Discord = discord.com
    Etsy = etsy.com
    Zalando = zalando.de
    Reddit = redditmail.com`),
  tool: named(`
    GitHub = github.com
    GitLab = gitlab.com
    Atlassian = atlassian.com atlassian.net
    Slack = slack.com
    Notion = mail.notion.so
    Trello = trello.com
    Google Docs = docs.google.com google.com
    Dropbox = dropbox.com
    Figma = figma.com
    Jira = atlassian.net`),
  jbrand: named(`
    Amazon.co.jp = amazon.co.jp
    楽天市場 = rakuten.co.jp
    三井住友カード = smbc-card.com vpass.ne.jp
    JCBカード = jcb.co.jp
    イオンカード = aeon.co.jp
    ヤマト運輸 = kuronekoyamato.co.jp
    三菱UFJ銀行 = mufg.jp
    メルカリ = mercari.jp
    えきねっと = eki-net.com`),
  exchange: named(`
    Coinbase = coinbase.com
    Kraken = kraken.com
    Binance = binance.com
    Bitpanda = bitpanda.com
    Bitstamp = bitstamp.net`),
};

export const WORDS: Record<string, readonly string[]> = Object.fromEntries(
  Object.entries({
    first:
      'Anna|Ben|Clara|David|Elena|Frank|Greta|Hugo|Ines|Jonas|Katrin|Luis|Maria|Nils|Olivia|Paul|Rosa|Samuel|Tina|Viktor|Yuki|Wei|João|Pedro|Giulia|Marco|Sophie|Pierre|Emma|Lucas|Agnieszka|Piotr|Sven|Lotte|Daan|Fatma|Mehmet|Olga|Ivan|Priya|Arjun|Sarah|James|Linda|Robert',
    last: 'Smith|Jones|Brown|Miller|Müller|Schmidt|Weber|Fischer|Martin|Dubois|García|López|Silva|Santos|Rossi|Bianchi|de Vries|Jansen|Kowalski|Nowak|Ivanov|Petrov|Tanaka|Sato|Wang|Li|Kumar|Khan|Yilmaz|Okafor|Hansen|Larsen|Taylor|Wilson',
    city: 'Berlin|Hamburg|Leeds|Bristol|Lyon|Nantes|Sevilla|Valencia|Porto|Lisboa|Torino|Bologna|Utrecht|Gent|Kraków|Gdańsk|Boston|Denver|Austin|Toronto|São Paulo|Curitiba|Osaka|Kyoto|杭州|Zürich|Wien|Graz|Dublin|Oslo',
    street:
      '12 High Street|48 Mill Road|7 Station Avenue|Hauptstr. 14|Bahnhofstraße 3|Lindenweg 22|5 rue de la Gare|18 avenue Victor Hugo|Calle Mayor, 9|Avenida del Sol, 31|Rua das Flores, 120|Via Roma, 44|Dorpsstraat 6|ul. Polna 8|Keizersgracht 210|200 Main Street, Suite 4',
    item: 'desk lamp|running shoes|coffee grinder|blue mug|wool scarf|bike light|garden hose|baby blanket|phone case|notebook|olive oil|rain jacket|toy train|headphones|bookshelf|tea set|hiking socks|puzzle|USB cable|face cream',
    shop: 'Lindenhof|Bluebird|Northwind|Casa Verde|Petit Navire|Maple & Co|Hollander|Sonnenblick|Vela|Kaffeehaus|Bookworm|Radwerk|Oakfield|Studio Nove|Tierfreund|Greenline|Fjord|Papelera|Marelli|Brightside|Kontor|Solventia|Datanest|Cloudbarn|Stitchery|Waldkind|Ponto Certo|La Huerta|Zielona|Sakura|Trail House|Inkwell',
    trade:
      'gmbh|shop|group|online|service|consulting|verein|schule|praxis|bau|media|travel|software|immobilien|studio|foundation|legal|energy|gym|club',
    topic:
      'urban gardening|open data|sleep research|housing|the new museum|solar power|network drivers|migration|electric bikes|machine learning|folk music|local history|coffee|zero knowledge|public transport|bees|e-mail marketing|chess|the river|web performance',
    project: 'atlas|harbour|website relaunch|data-tools|budget 2024|garden|release 3.2|cloud-infra',
    weekday: 'Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Montag|Freitag|lundi|viernes|sexta|12/05',
    month: 'January|March|May|July|September|November|Januar|April|Juni|Oktober|mars|septembre|marzo|maio',
    date: '12 May|3 October|24.11.|01/07/2024|2023-09-18|17 June 2025|5. März|30/11',
    prize:
      'drill set|iPhone 15 Pro|power station|cooler box|air fryer|robot vacuum|knife set|car emergency kit|smart watch|gift card|pressure washer|tool box|coffee machine|camping tent|year of free coffee',
    store:
      'Walmart|Costco|Home Depot|Lowe’s|Target|CVS|Walgreens|Lidl|Aldi|Rewe|Edeka|Kaufland|MediaMarkt|Decathlon|IKEA|Leroy Merlin|Carrefour|Auchan|Mercadona|Albert Heijn|Action|Kruidvat|Biedronka|T-Mobile|Verizon|Shell|Starbucks|Nike|Samsung|Makita|DeWalt|Stanley|Temu|Shein',
    casino:
      'Golden Reels|LuckyNova|SpinHarbor|Jackpot Palace|RoyalBet|VegasWave|NeonSlots|BetRiver|Kingspin|Wild Tiger',
    walletname: 'MetaMask|Trust Wallet|Ledger|Trezor|Exodus|Phantom|Rabby|Electrum|Coinbase Wallet',
    token: 'XRP|ETH|SOL|Arbitrum|Uniswap|Optimism|ADA|LINK|Lido|zkSync|Pepe|Stellar|Polygon|Bored Ape|Blur',
    stream: 'Netflix|Disney+|Spotify|Hulu|Prime Video|HBO Max|Paramount+',
    telco: 'Vodafone|Orange|Telekom|T-Mobile|Verizon|AT&T|O2|Movistar|Vivo|TIM',
    gadget:
      'mini heater|hearing aid|posture pillow|wifi booster|pocket drone|neck massager|power saver plug|translator|night vision glasses|foot massager|air cooler|LED bulb camera|mosquito lamp',
    word: 'gloves|window|remember|orange|silent|harbour|seven|beneath|cousin|winter|letter|quickly|marble|garden|velvet|notion|remain|corner|bright|further|lesson|morning|copper|answer',
    money:
      '€19.90|$49.99|£7.50|EUR 129,00|R$ 89,90|12,99 €|$1,240.00|£35.00|49,00 zł|¥3,480|€2.99|$399.99|249,00 €|1.99 EUR',
    bigmoney:
      '$10,500,000.00|€ 850,000|US$4.5 million|£2,500,000|$28,400.00|1.2 BTC|€45,730|10.5 Million Dollars|$950,000.00|3.200.000 euros',
  }).map(([name, words]) => [name, words.split('|')]),
);

/** What people are called by those who know them; their addresses are often called otherwise. */
export const NICKNAMES =
  'Mama Papa Oma Opa Mum Dad Nonna Tante Jojo Steffi Kiki Maman Papi Lulu Max Dimi Bee Chris Ali Аня Лёша Мама 小李 阿明 お母さん 健太'.split(
    ' ',
  );
/** Send in the name of many firms, who are named before the address. */
export const PLATFORMS =
  'shopifyemail.com stripe.com smartrecruiters.com greenhouse.io eventbrite.com substack.com mailchimpapp.net squarespace.com wix.com toasttab.com opentable.com calendly.com doctolib.de mindbodyonline.com ticketmaster.com surveymonkey.com personio.de lexoffice.de sumup.com mollie.com patreon.com signupgenius.com zendesk.com freshdesk.com typeform.com'.split(
    ' ',
  );
/** Names that cheats rent for a week, and sites that they broke into. */
export const JUNK_WORDS =
  'track alpha lead bonus click vista prime smart deal info offer zen nova media wave hub daily best go top news promo mail web link pro max secure verify update service center global'.split(
    ' ',
  );
export const JUNK_SUFFIXES =
  'com com com net org info shop xyz top online site click store icu live co co.uk eu de nl fr com.br pro biz us sa.com best email fun life buzz space ru cn'.split(
    ' ',
  );
export const VICTIMS =
  'stmarys-school.ac.uk hotel-bellevista.it gardenplus.com.au clinicasantaana.es autohaus-berger.de radiorural.com.br kinderopvangzon.nl eastsideyoga.com municipio-andes.gob.pe college-lumiere.fr bluefoxdesign.co.za printshopdelhi.in fishing-club.no vetclinic.ro construct-plus.pl hillcrest.k12.us mountainlodge.ca transportes-rio.com.br techuni.edu.ng musikschule-nord.de nordicfurniture.dk bakery-lux.lu realestatepro.com carparts24.hu lawoffice-kim.kr'.split(
    ' ',
  );
export const FREE_MAILS =
  'gmail.com gmail.com gmail.com outlook.com hotmail.com yahoo.com icloud.com gmx.de web.de aol.com mail.ru yandex.com proton.me qq.com 163.com'.split(
    ' ',
  );
export const CLOUDS =
  'storage.googleapis.com/{r}/{r}.html|{r}.s3.us-east-1.amazonaws.com/{r}.html|{r}.blob.core.windows.net/{r}/index.html|{r}.firebaseapp.com/|{r}.web.app/|{r}.pages.dev/|{r}.fra1.digitaloceanspaces.com/{r}.html|docs.google.com/forms/d/e/{r}/viewform|drive.google.com/file/d/{r}/view|{r}.weebly.com/|sites.google.com/view/{r}|ipfs.io/ipfs/{r}|{r}.workers.dev/|forms.gle/{s}|{r}.cloudfunctions.net/{s}|{r}.myftpupload.com/{s}'.split(
    '|',
  );
export const SHORT =
  'bit.ly/{s}|t.co/{s}|is.gd/{s}|tinyurl.com/{s}|rebrand.ly/{s}|cutt.ly/{s}|t.ly/{s}|rb.gy/{s}'.split('|');
export const MAILER_LINKS =
  'https://{shop}.us{n2}.list-manage.com/track/click?u={r}&id={s}|https://ctrk.klclick.com/l/{r}|https://u{n6}.ct.sendgrid.net/ls/click?upn={r}{r}|https://{n6}.seu2.cleverreach.com/c/{n6}/{r}|https://{s}.r.eu-west-1.awstrack.me/L0/https:%2F%2F{own}%2F/1/{r}|https://{shop}.mjt.lu/lnk/{r}/{r}|https://{s}.eu1.hubspotlinks.com/Ctc/{r}|https://links.{own}/c/{r}|https://click.{own}/?qs={r}|https://email.{own}/c/{r}{r}'.split(
    '|',
  );
/** Where large companies lead beside their own sites: apps, social networks, surveys. */
export const BRAND_ASIDES =
  'https://apps.apple.com/app/id{n9}|https://play.google.com/store/apps/details?id={s}|https://www.facebook.com/{s}|https://twitter.com/{s}|https://www.linkedin.com/company/{s}|https://{s}.eu.qualtrics.com/jfe/form/{r}|https://www.surveymonkey.com/r/{s}'.split(
    '|',
  );
/** Where honest firms keep the pictures of their mails, if not at home. */
export const PICTURE_STORES =
  '{s}.cloudfront.net/{s}.png|{s}mailassets.s3.amazonaws.com/{s}.png|mcusercontent.com/{r}/{s}.png|{s}.fs1.hubspotusercontent-eu1.net/{s}.png|image.{s}mail.com/lib/{s}.png'.split(
    '|',
  );
export const IMAGE_HOSTS =
  'i.imgur.com/{s}.png|upload.wikimedia.org/{s}/logo.png|www.zupimages.net/up/{s}.jpg|i.ibb.co/{s}/a.png|{junk}/img/{s}.png|{r}.s3.amazonaws.com/{s}.png'.split(
    '|',
  );
