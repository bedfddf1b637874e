import type { LinkFact, MailFacts, Owner } from './facts.ts';
import { invisibleBreaks, plainLetters } from './words.ts';

/** Local parts that speak for a role, not for a person. */
const ROLE =
  /^(?:no-?reply|do-?not-?reply|info|support|service|admin|contact|news|newsletters?|notifications?|hello|team|sales|alerts?|updates?|accounts?|security|mail|marketing|office|billing|orders?|customer|care|help|shop|kontakt|contato|atendimento)/i;
const COMPROMISED = /(?:^|\.)(?:edu|gov|gob|gouv|gub|mil|ac|sch|k12|go|jus)(?:\.[a-z]{2})?$|\.(?:edu|gov|mil|int)$/;
const EMOJI = /\p{Extended_Pictographic}/u;
const FANCY = /[\u{1d400}-\u{1d7ff}\u{1f100}-\u{1f1ff}\u{24b6}-\u{24e9}\uff01-\uff5e\u1d00-\u1d7f\u02b0-\u02ff]/u;
const UNSUBSCRIBE =
  /unsubscri|opt.?out|abmelden|abbestell|austragen|d[eé]sinscri|d[eé]sabonn|darse de baja|dar de baja|cancelar (?:su |la )?suscri|descadastr|cancelar (?:a )?inscri|disiscri|cancella iscri|uitschrijven|afmelden|wypisz|отписа|退订|取消订阅|配信停止|登録解除|(?:manage|update|change) (?:your )?(?:e-?mail |communication |notification )?(?:preferences|settings)/;
const BROWSER =
  /view (?:this |it )?(?:e-?mail |message |online )?(?:in|on) (?:your |a |the )?(?:web )?browser|view (?:online|web version)|web version|im browser|online.?ansicht|version en ligne|dans votre navigateur|en (?:su|tu|el) navegador|no navegador|versione web|nel browser|in (?:je|uw) browser|online versie|w przegl[aą]darce|в браузере|ブラウザ|浏览器/;
const LEGAL =
  /privacy (?:policy|notice|statement)|terms (?:of|and|&)|all rights reserved|©|\(c\) 20\d\d|copyright|impressum|datenschutz|agb\b|handelsregister|gesch[aä]ftsf[uü]hrer|ust-?id|mentions l[eé]gales|confidentialit[eé]|aviso legal|pol[ií]tica de privac|todos (?:los derechos|os direitos)|privacy ?beleid|algemene voorwaarden|kvk|p\.? ?iva|informativa|polityka prywatno|политика конфиденц|プライバシー|隐私|版权/;
const ADDRESS =
  /\b\d{1,5} [\p{L}.' -]{3,40}\b(?:street|st|avenue|ave|road|rd|blvd|boulevard|drive|dr|lane|ln|way|suite|ste|floor|plaza|parkway|pkwy)\b|\b(?:p\.? ?o\.? box)\b|stra(?:ß|ss)e \d|str\. \d|\b\d{5} \p{L}{3}|\b\d{4} ?[a-z]{2} \p{L}{3}|\brue [\p{L} ]{3,30}|\b[a-z]{1,2}\d{1,2}[a-z]? \d[a-z]{2}\b|\b(?:calle|avenida|av\.|rua|via|plaza|piazza) [\p{L} ]{3,30},? \d/u;
const ORDER = /(?:order|invoice|booking|reservation|ticket|tracking|reference|confirmation|case|bestell|rechnungs?|auftrags?|kunden|sendungs?|commande|facture|pedido|factura|reserva|ordine|fattura|bestel|factuur|zam[oó]wieni|заказ|订单|注文)[\p{L}.-]{0,12}(?: (?:number|nummer|no\.?|nr\.?|id|#|n[uú]mero|n°|code))? ?[:#№]? ?[#\p{L}-]{0,6}\d{3,}/u;
const MONEY = /[$€£¥₽]\s?\d|\d\s?(?:[$€£¥₽]|usd|eur|euros?|dollars?|gbp|brl|reais|z[lł])\b|r\$ ?\d/;
const BIG_MONEY = /(?:[$€£]|usd|eur|gbp|us\$|r\$)\s?\d{1,3}(?:[.,]\d{3})+|\b\d{1,3}(?:[.,]\d{3}){2,}|\b\d+(?:[.,]\d+)? ?(?:million|billion|millionen|millones|milh)/;
const CODE = /\b\d{6}\b|\b\d{3}[ -]\d{3}\b|\b[a-z0-9]{4}-[a-z0-9]{4}\b/;
const PHONE = /(?:\+?\d{1,3}[ .-]?)?\(?\d{3}\)?[ .-]\d{3,4}[ .-]\d{4}/;
const GREETING =
  /^(?:hi|hello|hey|dear|hallo|guten tag|moin|liebe[r]?|sehr geehrte[r]?|bonjour|salut|ch[eè]re?|hola|estimad[oa]|querid[oa]|ol[aá]|oi|prezad[oa]|car[oa]|ciao|gentile|buongiorno|hoi|beste|dag|geachte|cze[sś][cć]|dzie[nń] dobry|witaj|здравствуйте|привет|уважаем\p{L}+|您好|你好|こんにちは)[ ,]+(\p{L}[\p{L}'’.-]+)?/mu;
const GENERIC_NAME =
  /^(?:customer|client|user|member|valued|sir|madam|friend|account|email|e-mail|there|all|beneficiary|winner|subscriber|kunde|kundin|nutzer|kundinnen|damen|leute|client|clients|cliente|clientes|usuario|usuária|usuário|klant|heer|team|everyone|folks|beloved|owner|shopper|esteemed|investor|trader|hodler|community)$/;
const CLOSING =
  /^(?:best|regards|best regards|kind regards|cheers|thanks|thank you|sincerely|yours|warm regards|all the best|mit freundlichen gr[uü](?:ß|ss)en|viele gr[uü](?:ß|ss)e|liebe gr[uü](?:ß|ss)e|lg|vg|gru(?:ß|ss)|cordialement|bien [aà] vous|merci|saludos|un saludo|atenciosamente|abra[cç]os?|obrigad[oa]|cordiali saluti|saluti|grazie|groet(?:en|jes)?|met vriendelijke groet|pozdrawiam|с уважением)[,.!]?\s*$/m;

export type Traits = Set<string>;

/** What a mail is like, apart from its words and intents; each as a short name, `group:value`. */
export function traitsOf(facts: MailFacts): Traits {
  const traits: Traits = new Set();
  const text = plainLetters(facts.text.slice(0, 20_000));
  senderTraits(facts, traits);
  subjectTraits(facts, traits);
  textTraits(facts, text, traits);
  linkTraits(facts, text, traits);
  htmlTraits(facts, text, traits);
  brandTraits(facts, traits);
  attachmentTraits(facts, text, traits);
  return traits;
}

function senderTraits({ fromName, fromAddress, fromHost, fromDomain, fromOwner, replyTo }: MailFacts, traits: Traits) {
  const [local = ''] = fromAddress.toLowerCase().split('@');
  traits.add(`from:${fromOwner}`).add(`reply-to:${replyTo}`);
  if (COMPROMISED.test(fromHost)) traits.add('from:public-body');
  traits.add(`from-labels:${Math.min(5, fromHost.split('.').length)}`);
  if (looksRandom(local)) traits.add('from-local:random');
  if (/\d{3}/.test(local)) traits.add('from-local:digits');
  if (ROLE.test(local)) traits.add('from-local:role');
  if (local.length > 24) traits.add('from-local:long');
  if (fromHost.split('.').some(looksRandom)) traits.add('from-host:random');
  if (fromName === '') traits.add('name:none');
  if (/\svia\s/i.test(fromName)) traits.add('name:via');
  if (EMOJI.test(fromName)) traits.add('name:emoji');
  if (FANCY.test(fromName)) traits.add('name:fancy');
  if (/[@]/.test(fromName)) traits.add('name:address');
  if (isMixed(fromName)) traits.add('name:mixed-scripts');
  if (invisibleBreaks(fromName) > 0) traits.add('name:split');
  if (/!|\d{2}|[|#_*]{1}|\.{2}/.test(fromName)) traits.add('name:noisy');
  if (/^[^a-z]*[A-Z]{3,}[^a-z]*$/.test(fromName)) traits.add('name:capitals');
  const words = plainName(fromName).split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 2);
  const [label = ''] = fromDomain.split('.');
  const plainLocal = local.replace(/[^a-z]/g, '');
  const compact = plainName(fromName).replace(/[^\p{L}\p{N}]/gu, '');
  if (fromName !== '') {
    const host = fromHost.replace(/[^a-z0-9]/g, '');
    const isNamed = words.some((word) => host.includes(word)) || (compact.length > 2 && host.includes(compact)) || (label.length > 3 && compact.includes(label.replace(/[^a-z0-9]/g, '')));
    const isPerson = words.some((word) => plainLocal.includes(word));
    traits.add(isNamed && fromOwner !== 'free-mail' ? 'name:is-domain' : isPerson ? 'name:is-local' : 'name:unrelated');
    if (isPerson && fromOwner === 'free-mail') traits.add('name:person-at-free-mail');
    if (!isPerson && fromOwner === 'free-mail') traits.add('name:other-at-free-mail');
  }
}

function subjectTraits({ subject, plain, text }: MailFacts, traits: Traits) {
  if (subject.trim() === '') traits.add('subject:none');
  if (EMOJI.test(subject)) traits.add('subject:emoji');
  if (FANCY.test(subject)) traits.add('subject:fancy');
  if (isMixed(subject)) traits.add('subject:mixed-scripts');
  if (invisibleBreaks(subject) > 0) traits.add('subject:split');
  if (/!/.test(subject)) traits.add('subject:exclaims');
  if (/!!|!.*!/.test(subject)) traits.add('subject:exclaims-twice');
  if (/\?\s*$/.test(subject)) traits.add('subject:asks');
  if (/^\s*\[[^\]]{2,30}\]/.test(subject)) traits.add('subject:tag');
  if (/\[?patch|\brfc\b/i.test(subject)) traits.add('subject:patch');
  if (MONEY.test(subject.toLowerCase())) traits.add('subject:money');
  if (/\d ?%/.test(subject)) traits.add('subject:percent');
  if (/[#/.-]?\b(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{4,}\W*$/i.test(subject)) traits.add('subject:code-at-end');
  if (/\.{2}|_{1}|\*|={2}|~/.test(subject)) traits.add('subject:odd-marks');
  const letters = subject.match(/\p{L}/gu)?.length ?? 0;
  const capitals = subject.match(/\p{Lu}/gu)?.length ?? 0;
  if (letters > 5 && capitals / letters > 0.6) traits.add('subject:capitals');
  else if (isTitleCase(subject)) traits.add('subject:title-case');
  const isReply = /^\s*(?:re|aw|sv|antw|rif|odp)\s*:/i.test(subject);
  const isForward = /^\s*(?:fwd?|wg|tr|rv|enc)\s*:/i.test(subject);
  const quotes = /^\s*>|wrote:\s*$|schrieb|a écrit|escribió|escreveu|ha scritto|^-{3,} ?original|^_{10,}|^(?:from|von|de): /im.test(`${plain}\n${text}`);
  if (isReply) traits.add(quotes ? 'subject:reply' : 'subject:false-reply');
  if (isForward) traits.add(quotes ? 'subject:forward' : 'subject:false-forward');
  traits.add(`subject-length:${bucket(subject.length / 10)}`);
}

function textTraits({ plain, html }: MailFacts, text: string, traits: Traits) {
  const words = text.split(/\s+/).filter((word) => word !== '').length;
  traits.add(`words:${bucket(words / 8)}`);
  if (words < 12) traits.add(html === '' ? 'words:few' : 'words:few-in-html');
  if (/^\s{0,3}>/m.test(plain)) traits.add('text:quotes');
  if (/(?:wrote|writes|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|napisał\(?a?\)?|пишет)\s*:?\s*$/im.test(plain)) traits.add('text:wrote');
  if (/^-- ?$/m.test(plain)) traits.add('text:signature-mark');
  if (/^(?:diff --git|@@ -|\+\+\+ |--- a\/|index [0-9a-f]{7})|^(?:signed-off|reviewed|acked|tested)-by:/im.test(plain)) traits.add('text:patch');
  if (/[{};]\s*$|^\s{4,}\S+\(|^\s*#include|^\$ |0x[0-9a-f]{4}|\/usr\/|error:|::|\(\)/m.test(plain)) traits.add('text:code');
  if (ADDRESS.test(text)) traits.add('text:postal-address');
  if (ORDER.test(text)) traits.add('text:order-number');
  if (MONEY.test(text)) traits.add('text:money');
  if (BIG_MONEY.test(text)) traits.add('text:big-money');
  if (CODE.test(text)) traits.add('text:code-number');
  if (PHONE.test(text)) traits.add('text:phone');
  if (LEGAL.test(text)) traits.add('text:legal');
  if (CLOSING.test(text)) traits.add('text:closing');
  if (EMOJI.test(text)) traits.add('text:emoji');
  const greeted = GREETING.exec(text.slice(0, 4000))?.[1];
  if (greeted !== undefined) traits.add(GENERIC_NAME.test(greeted) ? 'greeting:generic' : 'greeting:name');
  const capitals = text.length === 0 ? 0 : (text.match(/!/g)?.length ?? 0);
  if (capitals > 3) traits.add('text:exclaims');
  if (isMixed(text.slice(0, 4000))) traits.add('text:mixed-scripts');
  const longest = lineLength(plain);
  if (longest > 60 && longest < 80) traits.add('text:wrapped-lines');
}

function linkTraits({ links, images, fromOwner }: MailFacts, text: string, traits: Traits) {
  const web = links.slice(0, 200);
  traits.add(`links:${bucket(web.length)}`);
  const hosts = new Set(web.map(({ host }) => host));
  const domains = new Set(web.map(({ domain }) => domain));
  if (web.length > 0) traits.add(`link-domains:${bucket(domains.size)}`);
  if (web.length > 2 && domains.size === 1) traits.add('links:one-domain');
  for (const owner of new Set(web.map((link) => link.owner))) traits.add(`link:${owner}`);
  shareTraits('links', web, traits);
  shareTraits('images', images, traits);
  if (web.some(({ url }) => url.startsWith('http:'))) traits.add('link:unencrypted');
  for (const { url, host, owner } of web.slice(0, 40)) urlTraits(url, host, owner, traits);
  if (UNSUBSCRIBE.test(text) || web.some(({ label }) => UNSUBSCRIBE.test(plainLetters(label)))) {
    const isOwn = web.some(({ owner }) => owner === 'own' || owner === 'kin' || owner === 'mailer');
    traits.add('bulk:unsubscribe').add(isOwn ? 'bulk:unsubscribe-own' : 'bulk:unsubscribe-elsewhere');
  }
  if (BROWSER.test(text)) traits.add('bulk:browser');
  if (hosts.size > 0 && web.every(({ owner }) => owner === 'other' || owner === 'cheap')) traits.add(`all-links-other:${fromOwner}`);
}

/** How much of a mail's links are the sender's: one of the strongest traits of honest bulk mail. */
function shareTraits(what: string, links: readonly LinkFact[], traits: Traits) {
  const judged = links.filter(({ owner }) => owner !== 'common');
  if (judged.length === 0) return;
  const own = judged.filter(({ owner }) => owner === 'own' || owner === 'kin').length / judged.length;
  const known = judged.filter(({ owner }) => owner === 'mailer').length / judged.length;
  const [first] = own >= 0.95 ? ['all'] : own >= 0.5 ? ['most'] : own > 0 ? ['some'] : ['none'];
  traits.add(`${what}-own:${first}`);
  if (own === 0) traits.add(known > 0.5 ? `${what}-own:mailer` : `${what}-own:nobody`);
}

function urlTraits(url: string, host: string, owner: Owner, traits: Traits) {
  const parsed = URL.parse(url);
  if (parsed === null) return;
  const [first = ''] = host.split('.');
  if (owner === 'own' || owner === 'kin' || owner === 'common') return;
  traits.add(`url-tld:${host.split('.').at(-1) ?? ''}`);
  if (host.split('.').slice(0, -1).some(looksRandom)) traits.add('url:random-host');
  if (/-/.test(host.split('.').slice(0, -1).join('.'))) traits.add('url:dashes');
  if (/^(?:click|track|links?|url\d*|r|t|e|email|trk|go|mail|news|ct|lnks|www)\d*$/.test(first)) traits.add('url:mailer-name');
  if (parsed.hash.length > 12) traits.add('url:long-fragment');
  if (/\.(?:html?)$/i.test(parsed.pathname)) traits.add('url:page-file');
  if (/\.php/i.test(parsed.pathname)) traits.add('url:php');
  if (/\/wp-|\/\.well-known|\/cgi/i.test(parsed.pathname)) traits.add('url:site-insides');
  if (/[A-Za-z0-9_-]{40,}/.test(parsed.pathname)) traits.add('url:long-token');
  if (parsed.pathname.length <= 1 && parsed.search === '') traits.add('url:bare');
  else if (/^\/[A-Za-z0-9]{3,12}$/.test(parsed.pathname) && parsed.search === '') traits.add('url:short-path');
  if (/\b(?:utm_|mc_cid|mkt_tok)/.test(parsed.search)) traits.add('url:campaign');
  if (parsed.username !== '') traits.add('url:userinfo');
  if (parsed.port !== '') traits.add('url:port');
  if (/^\?[^=&]{6,}$/.test(parsed.search)) traits.add('url:bare-query');
}

function htmlTraits({ html, plain, links, images }: MailFacts, text: string, traits: Traits) {
  traits.add(html === '' ? 'form:plain' : plain === '' ? 'form:html' : 'form:both');
  if (html === '') return;
  const source = html.slice(0, 200_000);
  const chars = text.replace(/\s+/g, '').length;
  if (chars < 160 && images.length > 0 && links.length > 0) traits.add('html:image-only');
  if (images.length > 0) traits.add(`images:${bucket(images.length)}`);
  if (/display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt|em)?\s*[;"']|opacity\s*:\s*0(?:\.0+)?\s*[;"']/i.test(source)) traits.add('html:hidden');
  const hidden = hiddenChars(source);
  if (hidden > 200) traits.add(`html:hidden-text-${hidden > 2000 ? 'much' : 'some'}`);
  if (/<(?:map|area)\b/i.test(source)) traits.add('html:image-map');
  if (/<style\b/i.test(source)) traits.add('html:style');
  if (/<title\b[^>]*>\s*[^<\s]/i.test(source)) traits.add('html:title');
  if (/<!--\[if/i.test(source)) traits.add('html:for-outlook');
  if (/@media/i.test(source)) traits.add('html:responsive');
  if (/<table/i.test(source)) traits.add('html:tables');
  if (/<font\b/i.test(source)) traits.add('html:font-tags');
  if (/<center\b/i.test(source)) traits.add('html:center');
  if (/role=["']?presentation/i.test(source)) traits.add('html:presentation');
  if (/<form\b/i.test(source)) traits.add('html:form');
  if (/src=["']?data:/i.test(source)) traits.add('html:inline-data');
  if (/class=["']?Mso|<o:p>/i.test(source)) traits.add('html:word');
  if (/gmail_(?:quote|default|signature)|class="?gmail/i.test(source)) traits.add('html:gmail');
  if (/(?:&nbsp;|\u00a0|&zwnj;|\u200c|&#847;|\u034f|&#8203;|\u200b){8,}|(?:&zwnj;&nbsp;|\u200c\u00a0|͏ ){4,}/.test(source)) traits.add('html:preheader-filler');
  if (/[a-z][\u200b\u200c\u00ad\u2060]+[a-z]/i.test(source)) traits.add('html:split-words');
  if (/lang=["']?[a-z]{2}/i.test(source)) traits.add('html:lang');
  if (/<meta[^>]+viewport/i.test(source)) traits.add('html:viewport');
}

function brandTraits({ brands, links }: MailFacts, traits: Traits) {
  for (const { where, isSender, isLinked } of brands) {
    traits.add(isSender ? `brand-own:${where}` : isLinked ? `brand-linked:${where}` : `brand-elsewhere:${where}`);
  }
  const isOwn = brands.some(({ isSender }) => isSender);
  if (isOwn) traits.add('brand:is-sender').add(`brand-sender:${ledTo(links)}`);
  const claims = brands.some(({ where, isSender }) => !isSender && (where === 'name' || where === 'subject'));
  if (claims && !isOwn) traits.add(links.length > 0 ? 'brand:claimed-with-link' : 'brand:claimed');
  if (new Set(brands.map(({ name }) => name)).size > 4) traits.add('brand:many');
}

/** Where the links of a mail lead that bears a brand's own address: a forged address gives itself away here. */
function ledTo(links: readonly LinkFact[]): string {
  const judged = links.filter(({ owner }) => owner !== 'common');
  if (judged.length === 0) return 'no-links';
  if (judged.some(({ owner }) => owner === 'own' || owner === 'kin')) return 'own-links';
  return judged.every(({ owner }) => owner === 'mailer') ? 'mailer-links' : 'foreign-links';
}

function attachmentTraits({ attachments, fromOwner }: MailFacts, text: string, traits: Traits) {
  if (attachments.length === 0) return;
  for (const { name, type } of attachments.slice(0, 10)) {
    const kind = /pdf/.test(type) || /\.pdf$/i.test(name) ? 'pdf' : /image/.test(type) ? 'image' : /calendar/.test(type) ? 'invitation' : /html/.test(type) ? 'html' : /zip|rar|7z|tar|gzip/.test(type) ? 'archive' : /word|excel|sheet|office|powerpoint/.test(type) ? 'office' : /rfc822/.test(type) ? 'mail' : /pgp|pkcs/.test(type) ? 'signature' : /text|patch|diff/.test(type) ? 'text' : 'other';
    traits.add(`attached:${kind}`);
    if (kind === 'pdf' || kind === 'office') {
      traits.add(`attached-${kind}:${fromOwner}`);
      if (text.trim().length < 300) traits.add(`attached-${kind}:little-text`);
    }
  }
}

function hiddenChars(source: string): number {
  let chars = 0;
  for (const { index } of source.matchAll(/display\s{0,3}:\s{0,3}none|font-size\s{0,3}:\s{0,3}[01](?:px|pt)?\s{0,3}[;"']/gi)) {
    const start = source.indexOf('>', index);
    const end = source.indexOf('<', start);
    if (start < 0 || start - index > 400 || end < 0) continue;
    chars += source.slice(start + 1, Math.min(end, start + 4_000)).replace(/&[a-z#0-9]+;|\s+/gi, '').length;
  }
  return chars;
}

function lineLength(plain: string): number {
  const longest = plain.split('\n').slice(0, 400).map((line) => line.trimEnd().length).filter((length) => length > 30);
  return longest.length < 3 ? 0 : Math.max(...longest);
}

/** A name that no person chose: many digits among letters, or hardly a vowel. */
function looksRandom(name: string): boolean {
  if (name.length < 7) return false;
  const letters = name.replace(/[^a-z]/g, '');
  const changes = name.match(/[a-z]\d|\d[a-z]/g)?.length ?? 0;
  if (changes >= 3) return true;
  const vowels = letters.match(/[aeiouy]/g)?.length ?? 0;
  return letters.length >= 8 && (vowels / letters.length < 0.2 || /[bcdfghjklmnpqrstvwxz]{6}/.test(letters));
}

function isTitleCase(subject: string): boolean {
  const words = subject.split(/\s+/).filter((word) => /^\p{L}{2}/u.test(word));
  return words.length > 3 && words.every((word) => /^\p{Lu}/u.test(word));
}

function isMixed(text: string): boolean {
  return /[a-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][a-z]/i.test(text);
}

function plainName(name: string): string {
  return plainLetters(name).normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ß', 'ss');
}

function bucket(count: number): string {
  if (count < 1) return count <= 0 ? '0' : '<1';
  return String(2 ** Math.min(7, Math.floor(Math.log2(count))));
}
