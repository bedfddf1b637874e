import type { LinkFact, MailFacts, Owner } from './facts.ts';
import { looksRandom, type Traits } from './trait-shapes.ts';
import { plainLetters } from './words.ts';

const UNSUBSCRIBE =
  /unsubscri|opt.?out|abmelden|abbestell|austragen|d[eé]sinscri|d[eé]sabonn|darse de baja|dar de baja|cancelar (?:su |la )?suscri|descadastr|cancelar (?:a )?inscri|disiscri|cancella iscri|uitschrijven|afmelden|wypisz|отписа|退订|取消订阅|配信停止|登録解除|(?:manage|update|change) (?:your )?(?:e-?mail |communication |notification )?(?:preferences|settings)/;
const BROWSER =
  /view (?:this |it )?(?:e-?mail |message |online )?(?:in|on) (?:your |a |the )?(?:web )?browser|view (?:online|web version)|web version|im browser|online.?ansicht|version en ligne|dans votre navigateur|en (?:su|tu|el) navegador|no navegador|versione web|nel browser|in (?:je|uw) browser|online versie|w przegl[aą]darce|в браузере|ブラウザ|浏览器/;

export function linkTraits({ links, images, fromOwner }: MailFacts, text: string, traits: Traits) {
  const web = links.slice(0, 200);
  const hosts = new Set(web.map(({ host }) => host));
  const domains = new Set(web.map(({ domain }) => domain));
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
  if (hosts.size > 0 && web.every(({ owner }) => owner === 'other' || owner === 'cheap'))
    traits.add(`all-links-other:${fromOwner}`);
}

/** How much of a mail's links are the sender's: one of the strongest traits of honest bulk mail. Pictures come from anywhere, which says nothing. */
function shareTraits(what: string, links: readonly LinkFact[], traits: Traits) {
  const judged = links.filter(({ owner }) => owner !== 'common');
  if (judged.length === 0) return;
  const own = judged.filter(({ owner }) => owner === 'own' || owner === 'kin').length / judged.length;
  const known = judged.filter(({ owner }) => owner === 'mailer').length / judged.length;
  if (own === 0 && what === 'images') return;
  const share = own >= 0.95 ? 'all' : own >= 0.5 ? 'most' : own > 0 ? 'some' : 'none';
  traits.add(`${what}-own:${share}`);
  if (own === 0) traits.add(known > 0.5 ? `${what}-own:mailer` : `${what}-own:nobody`);
}

function urlTraits(url: string, host: string, owner: Owner, traits: Traits) {
  const parsed = URL.parse(url);
  if (parsed === null) return;
  const [first = ''] = host.split('.');
  if (owner === 'own' || owner === 'kin' || owner === 'common') return;
  if (host.split('.').slice(0, -1).some(looksRandom)) traits.add('url:random-host');
  if (/-/.test(host.split('.').slice(0, -1).join('.'))) traits.add('url:dashes');
  if (/^(?:click|track|links?|url\d*|r|t|e|email|trk|go|mail|news|ct|lnks|www)\d*$/.test(first))
    traits.add('url:mailer-name');
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

export function brandTraits({ brands, links }: MailFacts, traits: Traits) {
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
