/** Where anyone gets a page without giving a name. */
const FREE_HOSTS =
  /(?:^|\.)(?:weebly\.com|weeblysite\.com|wixsite\.com|webflow\.io|square\.site|godaddysites\.com|firebaseapp\.com|web\.app|pages\.dev|workers\.dev|r2\.dev|vercel\.app|netlify\.app|herokuapp\.com|glitch\.me|000webhostapp\.com|repl\.co|replit\.app|surge\.sh|onrender\.com|fly\.dev|blogspot\.[a-z.]{2,6}|ipfs\.io|dweb\.link|nftstorage\.link|cf-ipfs\.com|ngrok\.io|ngrok-free\.app|trycloudflare\.com|duckdns\.org|framer\.app|jotform\.com|formstack\.com|typeform\.com|azurewebsites\.net|blob\.core\.windows\.net|web\.core\.windows\.net|cloudfront\.net|myftpupload\.com|sharepoint\.com|translate\.goog|run\.app|cloudfunctions\.net|azurefd\.net|azureedge\.net|railway\.app|deno\.dev|strikingly\.com|mystrikingly\.com|site123\.me|carrd\.co|bubbleapps\.io|softr\.app|zohosites\.\w{2,3}|hostingersite\.com|infinityfreeapp\.com|rf\.gd|altervista\.org|plesk\.page|cprapid\.com|ngrok\.app|ngrok-free\.dev|loca\.lt|pythonanywhere\.com|lovable\.app|replit\.dev|tilda\.ws|yolasite\.com|ukit\.me|mybluehost\.me|my\.canva\.site)$/;
const SHORTENERS = new Set(
  'bit.ly tinyurl.com t.co goo.gl ow.ly is.gd buff.ly cutt.ly rebrand.ly rb.gy shorturl.at t.ly tiny.cc s.id bl.ink v.gd qr.co lnkd.in x.co u.to clck.ru surl.li urlz.fr did.li me2.kr'.split(
    ' ',
  ),
);
/** Suffixes that cost little and are used up quickly; brands do not register their names under all of them. */
const CHEAP_SUFFIX =
  /\.(?:top|xyz|icu|shop|click|online|site|live|buzz|cfd|sbs|rest|cyou|vip|club|fun|space|store|website|world|monster|quest|bond|lol|mom|work|support|help|link|win|bid|loan|download|stream|gq|ml|cf|ga|tk)$/;
/** Where customers put up what they like under a name that everybody knows; such a link says nothing of its owner. */
const CUSTOMERS_CONTENT =
  /^(?:sites|docs|drive|forms|script|storage|firebasestorage|lh\d|groups)\.(?:google|googleapis)\.com$|^(?:forms\.gle|1drv\.ms|onedrive\.live\.com|forms\.office\.com|customervoice\.microsoft\.com|sway\.(?:office|cloud\.microsoft)\.com|t\.me|linktr\.ee|notion\.so|canva\.com|www\.canva\.com|gist\.github\.com|raw\.githubusercontent\.com)$|^storage\.cloud\.google\.com$|\.(?:sharepoint\.com|digitaloceanspaces\.com|appdomain\.cloud|linodeobjects\.com|backblazeb2\.com|wasabisys\.com|aliyuncs\.com|myqcloud\.com|amazonaws\.com|googleusercontent\.com|dropboxusercontent\.com|dropbox\.com|appspot\.com|notion\.site|my\.canva\.site)$|^(?:indd|express|acrobat|new\.express)\.adobe\.com$/;
/** What mails refer to without meaning their reader to go there: name spaces, fonts, counters, stores and social networks. */
const INFRASTRUCTURE =
  /(?:^|\.)(?:w3\.org|schema\.org|purl\.org|xmlsoap\.org|openxmlformats\.org|gstatic\.com|googleapis\.com|google-analytics\.com|googletagmanager\.com|doubleclick\.net|googleadservices\.com|gravatar\.com|jsdelivr\.net|cloudflare\.com|jquery\.com|bootstrapcdn\.com|typekit\.net|fontawesome\.com|facebook\.com|fb\.com|twitter\.com|x\.com|instagram\.com|linkedin\.com|youtube\.com|youtu\.be|pinterest\.com|tiktok\.com|whatsapp\.com|snapchat\.com|vimeo\.com|flickr\.com|wikipedia\.org|mozilla\.org|mozilla\.com|apache\.org|gnu\.org|avast\.com|avg\.com|aka\.ms|mailchimp\.com|list-manage\.com|apps\.apple\.com|itunes\.apple\.com|play\.google\.com|maps\.google\.com|www\.google\.com|google\.com)$/;

/** Where anyone gets a page without giving a name; legitimate mail uses such places too. */
export function isFreeHost(host: string): boolean {
  return FREE_HOSTS.test(host);
}

/** Hides an address behind a short one. */
export function isShortener(host: string): boolean {
  return SHORTENERS.has(host);
}

export function hasCheapSuffix(host: string): boolean {
  return CHEAP_SUFFIX.test(host);
}

/** True for what everybody links to, unless customers put up pages there. */
export function isInfrastructure(host: string): boolean {
  return INFRASTRUCTURE.test(host) && !hostsCustomers(host);
}

/** True where the name of the host is that of a hoster, not of who made the page. */
export function hostsCustomers(host: string): boolean {
  return CUSTOMERS_CONTENT.test(host) || isFreeHost(host) || isShortener(host);
}

const FREE_MAIL =
  /^(?:gmail|googlemail|yahoo|ymail|rocketmail|hotmail|outlook|live|msn|aol|aim|gmx|web|mail|inbox|yandex|protonmail|proton|pm|icloud|me|zoho|tutanota|qq|163|126|sina|naver|daum|hanmail|libero|virgilio|laposte|orange|wanadoo|free|t-online|freenet|rediffmail|uol|bol|terra|consultant|usa|email|dr|post|lawyer|accountant|engineer|financier|europe|asia|myself|techie|writeme|iname|cheerful|hushmail|seznam|wp|o2|onet|interia|abv|ukr|bk|list|rambler)\.(?:com|net|org|de|fr|it|co\.uk|co\.in|co\.jp|com\.br|com\.au|com\.mx|com\.ar|ca|es|ru|ch|at|eu|in|me|jp|cn|kr|cz|pl|bg|ua|com\.cn)$/;

/** True for hosts where anyone gets an address without showing who they are. */
export function isFreeMail(host: string): boolean {
  return FREE_MAIL.test(host);
}

/** Hosts that count the clicks of many senders' newsletters and receipts; who rents them has given a name and a means of payment. */
const MAILERS =
  /(?:^|\.)(?:list-manage\d?\.com|mailchimp\.com|mandrillapp\.com|mcsv\.net|sendgrid\.net|sparkpostmail\.com|mailgun\.org|mjt\.lu|mailjet\.com|awstrack\.me|klclick\d?\.com|klaviyomail\.com|kmail-lists\.com|hubspotlinks\w*\.com|hubspot(?:email|starter|free|pagebuilder)?(?:-\w{2,4})?\.(?:net|com)|hs-sites(?:-\w{2,4})?\.com|exacttarget\.com|exct\.net|sfmc-content\.com|salesforce\.com|marketo\.com|mktoweb\.com|mkt\w{2,10}\.com|pardot\.com|rs6\.net|constantcontact\.com|campaign-archive\.com|createsend\d?\.com|cmail\d{1,2}\.com|campaignmonitor\.com|emlnk\d?\.com|acemlna?\w?\.com|activehosted\.com|getresponse\.com|aweber\.com|convertkit\w*\.com|ck\.page|substack\.com|beehiiv\.com|mailerlite\.com|mlsend\d?\.com|sendinblue\.com|sendibt?\w?\d?\.com|sendibm?\d?\.com|brevo\.com|cleverreach\.com|fairmailing\.net|inxmail\w*\.(?:de|com)|rapidmail\.\w+|newsletter2go\.\w+|emarsys\.net|optimove\.net|braze\.(?:com|eu)|iterable\.com|customeriomail\.com|customer\.io|intercom-mail\w*\.com|zendesk\.com|freshdesk\.com|postmarkapp\.com|pstmrk\.it|elasticemail\.com|moosend\.com|omnisend\.com|drip\.com|responsys\.net|eloqua\.com|bluecore\.com|movableink\.com|litmus\.com|sailthru\.com|cheetahmail\.com|epsl1\.com|dotdigital\.com|dotmailer\.com|trk\.email|rdstation\.com(?:\.br)?|egoi\w*\.com|locaweb\.com\.br|mailup\.com|contactlab\.it|eventbrite\.com|eventbritemail\.com|shopifyemail\.com|shopify\.com|meetup\.com)$/;

export function isMailer(host: string): boolean {
  return MAILERS.test(host);
}

/** Shops, tills and calendars that write to their customers' customers, in the name of those. */
const PLATFORMS =
  /(?:^|\.)(?:stripe\.com|squareup\.com|sumup\.com|gumroad\.com|patreon\.com|kickstarter\.com|calendly\.com|doctolib\.\w{2,3}|ticketmaster\.\w{2,3}|pretix\.eu|xero\.com|lexoffice\.de|sevdesk\.de|bandcamp\.com|etsy\.com|wix-?(?:emails|invoices)?\.com|myshopify\.com|bigcommerce\.com|opentable\.com|resmio\.com|greenhouse(?:-mail)?\.io|lever\.co|personio\.(?:de|com)|workablemail\.com|smartrecruiters\.com)$/;

/** True for who writes in the name of customers, who have given a name and a means of payment: the sender's name and who is answered are theirs. */
export function sendsForOthers(host: string): boolean {
  return isMailer(host) || PLATFORMS.test(host);
}
