import { registrableDomain, unicodeDomain } from '../mail/domains.ts';
import { hasCheapSuffix } from './hosts.ts';

export type BrandLabel = {
  label: string;
  /** An ordinary word in some language, or near to many: only with a word that lures beside it does it mean the brand. */
  isWord: boolean;
};

/** A name that phishing borrows, and where its owner really is. */
export type Brand = {
  /** As its owner writes it. */
  name: string;
  /** How a sender or a page names it; null for names that say too little by themselves. */
  mention: RegExp | null;
  /** Its domains without the suffix, which is what fakes are made from. */
  labels: readonly BrandLabel[];
  /** More labels of the owner's, too short or too common to make fakes from. */
  kin: readonly string[];
  /** Other registrable domains of the owner. */
  domains: readonly string[];
};

type Entry = { mention?: string; labels?: string; words?: string; kin?: string; domains?: string };

/** What stands here once serves senders, links and pages. */
const ENTRIES: Readonly<Record<string, Entry>> = {
  PayPal: {
    mention: 'pay\\s?pal',
    labels: 'paypal',
    domains:
      'paypal-communication.com paypal-corp.com paypal-prepaid.com paypalobjects.com paypal-community.com paypalcorp.com',
  },
  Microsoft: {
    mention: 'microsoft|office\\s?365|outlook(?:\\.com)?|onedrive|sharepoint|ms teams',
    labels: 'microsoft microsoftonline office365 onedrive sharepoint',
    words: 'outlook',
    kin: 'office live hotmail skype azure msn windows xbox linkedin bing msauth msftauth microsoft365',
    domains:
      'microsoftonline.com microsoft365.com microsoftemail.com microsoftstore.com microsoftstream.com microsoftteams.com microsoftonline-p.com sharepointonline.com office.net',
  },
  Apple: {
    mention: 'apple(?: id)?|icloud|itunes',
    labels: 'icloud',
    words: 'apple',
    kin: 'itunes appleid',
    domains: 'me.com mac.com icloud-content.com applemusic.com apple-cloudkit.com applepay.com apple-dns.net',
  },
  Amazon: {
    mention: 'amazon|aws',
    labels: 'amazon',
    kin: 'aws audible kindle primevideo awsapps',
    domains:
      'amazonaws.com amazon-adsystem.com amazonpay.com amazonses.com amazon-corp.com amazonbusiness.com amazonmusic.com amazontrust.com amazonvideo.com amazonstudios.com',
  },
  Netflix: { mention: 'netflix', labels: 'netflix', domains: 'netflixinvestor.com netflixstudios.com' },
  Facebook: {
    mention: 'facebook|instagram|whatsapp',
    labels: 'facebook instagram whatsapp',
    kin: 'fb',
    domains:
      'meta.com metamail.com messenger.com facebookmail.com facebook-hardware.com facebookwork.com facebookbrand.com facebookblueprint.com cdninstagram.com whatsappbrand.com',
  },
  DocuSign: { mention: 'docusign', labels: 'docusign', domains: 'docusign-mail.com' },
  DHL: { mention: 'dhl', kin: 'dhl dp-dhl dhl-news dhlparcel dhlecommerce deutschepost deutsche-post dhl-paket' },
  FedEx: { mention: 'fedex', labels: 'fedex', domains: 'fedexcares.com' },
  USPS: { mention: 'usps', labels: 'usps', domains: 'uspsinformeddelivery.com' },
  DPD: { mention: 'dpd', kin: 'dpd dpdgroup dpdlocal' },
  Hermes: { mention: 'hermes', words: 'hermes', kin: 'myhermes hermesworld' },
  Correos: { mention: 'correos', words: 'correos' },
  'Wells Fargo': {
    mention: 'wells fargo',
    labels: 'wellsfargo',
    domains: 'wellsfargoemail.com wellsfargoadvisors.com',
  },
  'Bank of America': { mention: 'bank of america', labels: 'bankofamerica', kin: 'bofa' },
  Chase: { mention: 'chase bank', words: 'chase', kin: 'jpmorgan jpmorganchase jpmchase', domains: 'chase-mail.com' },
  Citibank: { mention: 'citibank', labels: 'citibank', kin: 'citi citigroup', domains: 'citibankonline.com' },
  HSBC: { mention: 'hsbc', kin: 'hsbc hsbcgroup' },
  Barclays: {
    mention: 'barclays',
    labels: 'barclays',
    kin: 'barclaycard',
    domains: 'barclaysus.com barclayscorp.com barclaysbank.com',
  },
  Santander: { mention: 'santander', labels: 'santander', domains: 'santanderbank.com santanderconsumer.com' },
  Bradesco: { mention: 'bradesco', labels: 'bradesco', domains: 'bradescoseguros.com.br' },
  Itaú: { mention: 'ita[uú]', kin: 'itau itau-unibanco itauunibanco' },
  Caixa: { mention: 'caixa', words: 'caixa', kin: 'caixabank' },
  Sparkasse: { mention: 'sparkasse', labels: 'sparkasse', domains: 'sparkassen-direkt.de' },
  Volksbank: { mention: 'volksbank', labels: 'volksbank', kin: 'voba' },
  Postbank: { mention: 'postbank', labels: 'postbank' },
  Commerzbank: { mention: 'commerzbank', labels: 'commerzbank', domains: 'commerzbanking.de' },
  'American Express': { mention: 'american express', labels: 'americanexpress', kin: 'aexp amex' },
  Mastercard: { labels: 'mastercard' },
  Coinbase: { mention: 'coinbase', labels: 'coinbase', domains: 'coinbase-email.com' },
  Binance: { mention: 'binance', labels: 'binance', domains: 'binance-mail.com' },
  MetaMask: { mention: 'metamask', labels: 'metamask', kin: 'consensys' },
  'Trust Wallet': { mention: 'trust\\s?wallet', labels: 'trustwallet' },
  Blockchain: { mention: 'blockchain\\.com', labels: 'blockchain' },
  Ledger: { mention: 'ledger', words: 'ledger', domains: 'ledger-live.com' },
  Trezor: { mention: 'trezor', words: 'trezor' },
  CoinSpot: { labels: 'coinspot' },
  McAfee: { mention: 'mcafee', labels: 'mcafee', domains: 'mcafee-mail.com' },
  Norton: { mention: 'norton', words: 'norton', kin: 'gendigital avast', domains: 'nortonlifelock.com' },
  Dropbox: {
    mention: 'dropbox',
    labels: 'dropbox',
    domains:
      'dropboxmail.com dropboxusercontent.com dropbox-dns.com dropboxstatic.com dropboxforum.com dropboxbusiness.com',
  },
  WeTransfer: { mention: 'wetransfer', labels: 'wetransfer' },
  LinkedIn: { mention: 'linked\\s?in', labels: 'linkedin', domains: 'linkedin-ei.com' },
  eBay: {
    mention: 'ebay',
    labels: 'ebay',
    domains: 'ebaystatic.com ebayimg.com ebay-kleinanzeigen.de ebayinc.com',
  },
  Google: {
    mention: 'google(?: account)?|gmail',
    labels: 'google',
    kin: 'gmail youtube withgoogle',
    domains:
      'goo.gl googlemail.com googleapis.com googleusercontent.com google-analytics.com googlegroups.com googlesource.com googletagmanager.com googleadservices.com googlesyndication.com googlevideo.com googleblog.com',
  },
  Adobe: {
    mention: 'adobe',
    labels: 'adobe',
    domains: 'adobesign.com adobelogin.com adobe-campaign.com adobecc.com adobe-identity.com',
  },
  Walmart: { mention: 'walmart', labels: 'walmart', domains: 'walmartimages.com walmart-email.com' },
  Spotify: { mention: 'spotify', labels: 'spotify', domains: 'spotifycdn.com spotifyforbrands.com' },
  Steam: { labels: 'steampowered steamcommunity' },
  Telegram: { labels: 'telegram' },
  Revolut: { mention: 'revolut', labels: 'revolut' },
  GitHub: {
    mention: 'github',
    labels: 'github',
    domains: 'githubusercontent.com githubassets.com githubapp.com githubstatus.com',
  },
  UPS: { mention: 'ups', kin: 'ups', domains: 'upsemail.com' },
  GLS: { mention: 'gls', kin: 'gls gls-group gls-pakete gls-spain gls-italy' },
  Evri: { mention: 'evri', kin: 'evri' },
  'Royal Mail': { mention: 'royal mail', kin: 'royalmail royalmailgroup' },
  PostNL: { mention: 'post\\s?nl', kin: 'postnl' },
  bpost: { mention: 'bpost', kin: 'bpost' },
  'La Poste': { mention: 'la poste|colissimo|chronopost', kin: 'laposte colissimo chronopost' },
  Correios: { mention: 'correios', kin: 'correios' },
  'Poste Italiane': { mention: 'poste italiane', kin: 'posteitaliane poste' },
  InPost: { mention: 'inpost', kin: 'inpost paczkomaty' },
  'Canada Post': { mention: 'canada post', kin: 'canadapost postescanada' },
  'Australia Post': { mention: 'australia post|auspost', kin: 'auspost' },
  'Swiss Post': { mention: 'swiss post|die schweizerische post', domains: 'post.ch' },
  Yamato: { mention: 'ヤマト運輸|クロネコ|kuroneko', kin: 'kuronekoyamato' },
  'Japan Post': { mention: '日本郵便|ゆうちょ', domains: 'japanpost.jp jp-bank.japanpost.jp' },
  Lloyds: { mention: 'lloyds bank', kin: 'lloydsbank lloydsbanking' },
  NatWest: { mention: 'natwest', kin: 'natwest' },
  ING: { mention: 'ing[- ](?:bank|diba|direct)', kin: 'ing ing-diba' },
  DKB: { mention: 'dkb', kin: 'dkb' },
  'Deutsche Bank': { mention: 'deutsche bank', kin: 'deutsche-bank db' },
  'BNP Paribas': { mention: 'bnp paribas', kin: 'bnpparibas' },
  'Crédit Agricole': { mention: 'cr[eé]dit agricole', kin: 'credit-agricole' },
  BBVA: { mention: 'bbva', kin: 'bbva' },
  'Banco do Brasil': { mention: 'banco do brasil', kin: 'bb' },
  Nubank: { mention: 'nubank', kin: 'nubank' },
  Livelo: { mention: 'livelo', kin: 'livelo' },
  Serasa: { mention: 'serasa', kin: 'serasa serasaexperian' },
  'Intesa Sanpaolo': { mention: 'intesa sanpaolo', kin: 'intesasanpaolo' },
  Rabobank: { mention: 'rabobank', kin: 'rabobank' },
  'ABN AMRO': { mention: 'abn[ -]?amro', kin: 'abnamro' },
  'PKO BP': { mention: 'pko bp|pko bank', kin: 'pkobp' },
  N26: { mention: 'n26', kin: 'n26' },
  'Capital One': { mention: 'capital one', kin: 'capitalone' },
  Exodus: { mention: 'exodus', kin: 'exodus' },
  Kraken: { mention: 'kraken', kin: 'kraken' },
  Phantom: { mention: 'phantom wallet', kin: 'phantom' },
  OpenSea: { mention: 'opensea', kin: 'opensea' },
  Uniswap: { mention: 'uniswap', kin: 'uniswap' },
  Ripple: { mention: 'ripple|xrp', kin: 'ripple xrpl' },
  'Crypto.com': { mention: 'crypto\\.com', domains: 'crypto.com' },
  Costco: { mention: 'costco', kin: 'costco' },
  'Home Depot': { mention: 'home depot', kin: 'homedepot' },
  'Lowe’s': { mention: "lowe['’]?s", kin: 'lowes' },
  'Harbor Freight': { mention: 'harbor freight', kin: 'harborfreight' },
  'Sam’s Club': { mention: "sam['’]?s club", kin: 'samsclub' },
  'Kohl’s': { mention: "kohl['’]?s", kin: 'kohls' },
  CVS: { mention: 'cvs(?: pharmacy)?', kin: 'cvs cvshealth' },
  Walgreens: { mention: 'walgreens', kin: 'walgreens' },
  'Ace Hardware': { mention: 'ace hardware', kin: 'acehardware' },
  Lidl: { mention: 'lidl', kin: 'lidl' },
  Aldi: { mention: 'aldi', kin: 'aldi aldi-sued aldi-nord aldi-onlineshop' },
  Rewe: { mention: 'rewe', kin: 'rewe' },
  Edeka: { mention: 'edeka', kin: 'edeka' },
  Kaufland: { mention: 'kaufland', kin: 'kaufland' },
  MediaMarkt: { mention: 'media ?markt', kin: 'mediamarkt mediamarktsaturn' },
  Decathlon: { mention: 'decathlon', kin: 'decathlon' },
  IKEA: { mention: 'ikea', kin: 'ikea' },
  'Leroy Merlin': { mention: 'leroy merlin', kin: 'leroymerlin' },
  Carrefour: { mention: 'carrefour', kin: 'carrefour' },
  'Albert Heijn': { mention: 'albert heijn', domains: 'ah.nl' },
  Temu: { mention: 'temu', kin: 'temu temuemail' },
  Shein: { mention: 'shein', kin: 'shein' },
  Samsung: { mention: 'samsung', kin: 'samsung' },
  'Coca-Cola': { mention: 'coca[- ]?cola', kin: 'coca-cola cocacola' },
  Starbucks: { mention: 'starbucks', kin: 'starbucks' },
  'Disney+': { mention: 'disney ?(?:\\+|plus)', kin: 'disneyplus disney' },
  Hulu: { mention: 'hulu', kin: 'hulu hulumail' },
  'T-Mobile': { mention: 't-mobile', kin: 't-mobile' },
  Verizon: { mention: 'verizon', kin: 'verizon verizonwireless' },
  'AT&T': { mention: 'at&t', kin: 'att att-mail' },
  Vodafone: { mention: 'vodafone', kin: 'vodafone' },
  Telekom: { mention: '(?:deutsche )?telekom', kin: 'telekom t-online' },
  Rakuten: { mention: '楽天|rakuten', kin: 'rakuten' },
  'Sumitomo Mitsui': { mention: '三井住友|smbc', kin: 'smbc smbc-card vpass' },
  JCB: { mention: 'jcb', kin: 'jcb myjcb' },
  AEON: { mention: 'イオンカード|イオン銀行', kin: 'aeon' },
  Mercari: { mention: 'メルカリ|mercari', kin: 'mercari' },
  'Booking.com': { mention: 'booking\\.com', kin: 'booking' },
  Airbnb: { mention: 'airbnb', kin: 'airbnb airbnbmail' },
  Intuit: { mention: 'intuit|quickbooks|turbotax', kin: 'intuit quickbooks' },
  IRS: { mention: 'irs|internal revenue service', domains: 'irs.gov' },
  HMRC: { mention: 'hmrc|hm revenue', domains: 'hmrc.gov.uk www.gov.uk' },
  Zoom: { mention: 'zoom meeting', domains: 'zoom.us zoom.com' },
  Slack: { mention: 'slack', kin: 'slack slack-edge' },
  X: { domains: 'x.com twitter.com' },
};

export const BRANDS: readonly Brand[] = Object.entries(ENTRIES).map(([name, entry]) => ({
  name,
  mention:
    entry.mention === undefined
      ? null
      : new RegExp(`(?<![\\p{L}\\p{N}_])(?:${entry.mention})(?![\\p{L}\\p{N}_])`, 'iu'),
  labels: [
    ...wordsOf(entry.labels).map((label) => ({ label, isWord: false })),
    ...wordsOf(entry.words).map((label) => ({ label, isWord: true })),
  ],
  kin: wordsOf(entry.kin),
  domains: wordsOf(entry.domains),
}));

/** Of all brands together: `amazonaws.com` is nobody's lookalike. */
export const REAL_DOMAINS: ReadonlySet<string> = new Set(BRANDS.flatMap((brand) => brand.domains));

/** True where the host is the brand's own: one of its domains, or a name of its own with a suffix that brands see to. */
export function ownsHost(brand: Brand, host: string): boolean {
  return ownersOf(host).includes(brand);
}

/** The brands whose own the host is; several where one company has them. */
export function ownersOf(host: string): Brand[] {
  const domain = registrableDomain(host);
  if (domain === null) return [];
  const name = unicodeDomain(domain);
  const [own = ''] = name.split('.');
  const canBeNamed = !hasCheapSuffix(name);
  return BRANDS.filter(({ labels, kin, domains }) => {
    const isNamed = canBeNamed && (labels.some(({ label }) => label === own) || kin.includes(own));
    return isNamed || domains.includes(domain);
  });
}

/** The brands that a text names, in the order of the list. */
export function brandsIn(text: string): Brand[] {
  return BRANDS.filter((brand) => brand.mention?.test(text) === true);
}

function wordsOf(words = ''): string[] {
  return words.split(' ').filter((word) => word !== '');
}
