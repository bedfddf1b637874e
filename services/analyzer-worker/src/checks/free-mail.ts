const FREE_MAIL =
  /^(?:gmail|googlemail|yahoo|ymail|rocketmail|hotmail|outlook|live|msn|aol|aim|gmx|web|mail|inbox|yandex|protonmail|proton|pm|icloud|me|zoho|tutanota|qq|163|126|sina|naver|daum|hanmail|libero|virgilio|laposte|orange|wanadoo|free|t-online|freenet|rediffmail|uol|bol|terra|consultant|usa|email|dr|post|lawyer|accountant|engineer|financier|europe|asia|myself|techie|writeme|iname|cheerful|hushmail|seznam|wp|o2|onet|interia|abv|ukr|bk|list|rambler)\.(?:com|net|org|de|fr|it|co\.uk|co\.in|co\.jp|com\.br|com\.au|com\.mx|com\.ar|ca|es|ru|ch|at|eu|in|me|jp|cn|kr|cz|pl|bg|ua|com\.cn)$/;

/** True for hosts where anyone gets an address without showing who they are. */
export function isFreeMail(host: string): boolean {
  return FREE_MAIL.test(host);
}
