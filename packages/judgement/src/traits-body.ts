import type { MailFacts } from './facts.ts';
import { bucket, EMOJI, isMixed, MONEY, type Traits } from './trait-shapes.ts';

const LEGAL =
  /privacy (?:policy|notice|statement)|terms (?:of|and|&)|all rights reserved|©|\(c\) 20\d\d|copyright|impressum|datenschutz|agb\b|handelsregister|gesch[aä]ftsf[uü]hrer|ust-?id|mentions l[eé]gales|confidentialit[eé]|aviso legal|pol[ií]tica de privac|todos (?:los derechos|os direitos)|privacy ?beleid|algemene voorwaarden|kvk|p\.? ?iva|informativa|polityka prywatno|политика конфиденц|プライバシー|隐私|版权/;
const ADDRESS =
  /\b\d{1,5} [\p{L}.' -]{3,40}\b(?:street|st|avenue|ave|road|rd|blvd|boulevard|drive|dr|lane|ln|way|suite|ste|floor|plaza|parkway|pkwy)\b|\b(?:p\.? ?o\.? box)\b|stra(?:ß|ss)e \d|str\. \d|\b\d{5} \p{L}{3}|\b\d{4} ?[a-z]{2} \p{L}{3}|\brue [\p{L} ]{3,30}|\b[a-z]{1,2}\d{1,2}[a-z]? \d[a-z]{2}\b|\b(?:calle|avenida|av\.|rua|via|plaza|piazza) [\p{L} ]{3,30},? \d/u;
const ORDER =
  /(?:order|invoice|booking|reservation|ticket|tracking|reference|confirmation|case|bestell|rechnungs?|auftrags?|kunden|sendungs?|commande|facture|pedido|factura|reserva|ordine|fattura|bestel|factuur|zam[oó]wieni|заказ|订单|注文)[\p{L}.-]{0,12}(?: (?:number|nummer|no\.?|nr\.?|id|#|n[uú]mero|n°|code))? ?[:#№]? ?[#\p{L}-]{0,6}\d{3,}/u;
const BIG_MONEY =
  /(?:[$€£]|usd|eur|gbp|us\$|r\$)\s?\d{1,3}(?:[.,]\d{3})+|\b\d{1,3}(?:[.,]\d{3}){2,}|\b\d+(?:[.,]\d+)? ?(?:million|billion|millionen|millones|milh)/;
const CODE = /\b\d{6}\b|\b\d{3}[ -]\d{3}\b|\b[a-z0-9]{4}-[a-z0-9]{4}\b/;
const PHONE = /(?:\+?\d{1,3}[ .-]?)?\(?\d{3}\)?[ .-]\d{3,4}[ .-]\d{4}/;
const GREETING =
  /^(?:hi|hello|hey|dear|hallo|guten tag|moin|liebe[r]?|sehr geehrte[r]?|bonjour|salut|ch[eè]re?|hola|estimad[oa]|querid[oa]|ol[aá]|oi|prezad[oa]|car[oa]|ciao|gentile|buongiorno|hoi|beste|dag|geachte|cze[sś][cć]|dzie[nń] dobry|witaj|здравствуйте|привет|уважаем\p{L}+|您好|你好|こんにちは)[ ,]+(\p{L}[\p{L}'’.-]+)?/mu;
const GENERIC_NAME =
  /^(?:customer|client|user|member|valued|sir|madam|friend|account|email|e-mail|there|all|beneficiary|winner|subscriber|kunde|kundin|nutzer|kundinnen|damen|leute|client|clients|cliente|clientes|usuario|usuária|usuário|klant|heer|team|everyone|folks|beloved|owner|shopper|esteemed|investor|trader|hodler|community)$/;
const CLOSING =
  /^(?:best|regards|best regards|kind regards|cheers|thanks|thank you|sincerely|yours|warm regards|all the best|mit freundlichen gr[uü](?:ß|ss)en|viele gr[uü](?:ß|ss)e|liebe gr[uü](?:ß|ss)e|lg|vg|gru(?:ß|ss)|cordialement|bien [aà] vous|merci|saludos|un saludo|atenciosamente|abra[cç]os?|obrigad[oa]|cordiali saluti|saluti|grazie|groet(?:en|jes)?|met vriendelijke groet|pozdrawiam|с уважением)[,.!]?\s*$/m;

export function textTraits({ plain, html }: MailFacts, text: string, traits: Traits) {
  const words = text.split(/\s+/).filter((word) => word !== '').length;
  traits.add(`words:${bucket(words / 8)}`);
  if (words < 12) traits.add(html === '' ? 'words:few' : 'words:few-in-html');
  if (/^\s{0,3}>/m.test(plain)) traits.add('text:quotes');
  if (
    /(?:wrote|writes|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|napisał\(?a?\)?|пишет)\s*:?\s*$/im.test(plain)
  )
    traits.add('text:wrote');
  if (/^-- ?$/m.test(plain)) traits.add('text:signature-mark');
  if (/^(?:diff --git|@@ -|\+\+\+ |--- a\/|index [0-9a-f]{7})|^(?:signed-off|reviewed|acked|tested)-by:/im.test(plain))
    traits.add('text:patch');
  if (/[{};]\s*$|^\s{4,}\S+\(|^\s*#include|^\$ |0x[0-9a-f]{4}|\/usr\/|error:|::|\(\)/m.test(plain))
    traits.add('text:code');
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

export function htmlTraits({ html, plain, links, images }: MailFacts, text: string, traits: Traits) {
  traits.add(html === '' ? 'form:plain' : plain === '' ? 'form:html' : 'form:both');
  if (html === '') return;
  const source = html.slice(0, 200_000);
  const chars = text.replace(/\s+/g, '').length;
  if (chars < 160 && images.length > 0 && links.length > 0) traits.add('html:image-only');
  const hidden = hiddenChars(source);
  if (hidden > 200) traits.add(`html:hidden-text-${hidden > 2000 ? 'much' : 'some'}`);
  if (/<(?:map|area)\b/i.test(source)) traits.add('html:image-map');
  if (/<font\b/i.test(source)) traits.add('html:font-tags');
  if (/<center\b/i.test(source)) traits.add('html:center');
  if (/<form\b/i.test(source)) traits.add('html:form');
  if (/src=["']?data:/i.test(source)) traits.add('html:inline-data');
  if (/class=["']?Mso|<o:p>/i.test(source)) traits.add('html:word');
  if (/gmail_(?:quote|default|signature)|class="?gmail/i.test(source)) traits.add('html:gmail');
  if (/[a-z][\u200b\u200c\u00ad\u2060]+[a-z]/i.test(source)) traits.add('html:split-words');
}

export function attachmentTraits({ attachments, fromOwner }: MailFacts, text: string, traits: Traits) {
  if (attachments.length === 0) return;
  for (const { name, type } of attachments.slice(0, 10)) {
    const kind =
      /pdf/.test(type) || /\.pdf$/i.test(name)
        ? 'pdf'
        : /image/.test(type)
          ? 'image'
          : /calendar/.test(type)
            ? 'invitation'
            : /html/.test(type)
              ? 'html'
              : /zip|rar|7z|tar|gzip/.test(type)
                ? 'archive'
                : /word|excel|sheet|office|powerpoint/.test(type)
                  ? 'office'
                  : /rfc822/.test(type)
                    ? 'mail'
                    : /pgp|pkcs/.test(type)
                      ? 'signature'
                      : /text|patch|diff/.test(type)
                        ? 'text'
                        : 'other';
    traits.add(`attached:${kind}`);
    if (kind === 'pdf' || kind === 'office') {
      traits.add(`attached-${kind}:${fromOwner}`);
      if (text.trim().length < 300) traits.add(`attached-${kind}:little-text`);
    }
  }
}

function hiddenChars(source: string): number {
  let chars = 0;
  for (const { index } of source.matchAll(
    /display\s{0,3}:\s{0,3}none|font-size\s{0,3}:\s{0,3}[01](?:px|pt)?\s{0,3}[;"']/gi,
  )) {
    const start = source.indexOf('>', index);
    const end = source.indexOf('<', start);
    if (start < 0 || start - index > 400 || end < 0) continue;
    chars += source.slice(start + 1, Math.min(end, start + 4_000)).replace(/&[a-z#0-9]+;|\s+/gi, '').length;
  }
  return chars;
}

function lineLength(plain: string): number {
  const longest = plain
    .split('\n')
    .slice(0, 400)
    .map((line) => line.trimEnd().length)
    .filter((length) => length > 30);
  return longest.length < 3 ? 0 : Math.max(...longest);
}
