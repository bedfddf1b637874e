/** A name that phishing borrows, and where its owner really is. */
export type Brand = {
  /** As its domains spell it, without the suffix. */
  label: string;
  /** An ordinary word in some language, or near to many: only with a word that lures beside it does it mean the brand. */
  isWord: boolean;
  /** Other registrable domains of the owner that hold the name or look like it; the label alone counts as the owner's with any suffix. */
  domains: readonly string[];
};

/** `label: domains of the owner that a careless comparison would take for a lookalike`. */
const NAMES: Record<string, string> = {
  paypal:
    'paypal-communication.com paypal-corp.com paypal-prepaid.com paypalobjects.com paypal-community.com paypalcorp.com',
  microsoft:
    'microsoftonline.com microsoft365.com microsoftemail.com microsoftstore.com microsoftstream.com microsoftteams.com',
  microsoftonline: 'microsoftonline-p.com',
  office365: '',
  onedrive: '',
  sharepoint: 'sharepointonline.com',
  facebook: 'facebookmail.com facebook-hardware.com facebookwork.com facebookbrand.com facebookblueprint.com',
  instagram: 'cdninstagram.com',
  whatsapp: 'whatsappbrand.com',
  linkedin: 'linkedin-ei.com',
  netflix: 'netflixinvestor.com netflixstudios.com',
  amazon:
    'amazonaws.com amazon-adsystem.com amazonpay.com amazonses.com amazon-corp.com amazonbusiness.com amazonmusic.com amazontrust.com amazonvideo.com amazonstudios.com',
  google:
    'googlemail.com googleapis.com googleusercontent.com google-analytics.com googlegroups.com googlesource.com googletagmanager.com googleadservices.com googlesyndication.com googlevideo.com googleblog.com',
  docusign: 'docusign-mail.com',
  dropbox:
    'dropboxmail.com dropboxusercontent.com dropbox-dns.com dropboxstatic.com dropboxforum.com dropboxbusiness.com',
  wetransfer: '',
  adobe: 'adobesign.com adobelogin.com adobe-campaign.com adobecc.com adobe-identity.com',
  icloud: 'icloud-content.com',
  coinbase: 'coinbase-email.com',
  binance: 'binance-mail.com',
  metamask: '',
  trustwallet: '',
  blockchain: '',
  wellsfargo: 'wellsfargoemail.com wellsfargoadvisors.com',
  bankofamerica: '',
  americanexpress: '',
  mastercard: '',
  citibank: 'citibankonline.com',
  barclays: 'barclaysus.com barclayscorp.com barclaysbank.com',
  santander: 'santanderbank.com santanderconsumer.com',
  bradesco: 'bradescoseguros.com.br',
  commerzbank: 'commerzbanking.de',
  sparkasse: 'sparkassen-direkt.de',
  volksbank: '',
  postbank: '',
  fedex: 'fedexcares.com',
  usps: 'uspsinformeddelivery.com',
  mcafee: 'mcafee-mail.com',
  coinspot: '',
  walmart: 'walmartimages.com walmart-email.com',
  ebay: 'ebaystatic.com ebayimg.com ebay-kleinanzeigen.de ebayinc.com',
  spotify: 'spotifycdn.com spotifyforbrands.com',
  steampowered: '',
  steamcommunity: '',
  telegram: '',
  revolut: '',
  github: 'githubusercontent.com githubassets.com githubapp.com githubstatus.com',
};

/** The same for names that are words. */
const WORDS: Record<string, string> = {
  apple: 'applemusic.com apple-cloudkit.com applepay.com apple-dns.net',
  outlook: '',
  chase: 'chase-mail.com',
  ledger: 'ledger-live.com',
  trezor: '',
  norton: 'nortonlifelock.com',
  hermes: '',
  caixa: '',
  correos: '',
};

export const BRANDS: readonly Brand[] = [...brandsOf(NAMES, false), ...brandsOf(WORDS, true)];

/** Of all brands together: `amazonaws.com` is nobody's lookalike. */
export const REAL_DOMAINS: ReadonlySet<string> = new Set(BRANDS.flatMap((brand) => brand.domains));

function brandsOf(lists: Record<string, string>, isWord: boolean): Brand[] {
  return Object.entries(lists).map(([label, domains]) => ({
    label,
    isWord,
    domains: domains === '' ? [] : domains.split(' '),
  }));
}
