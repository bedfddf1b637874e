import { readFileSync } from 'node:fs';
import { BRANDS, CLOUDS, FREE_MAILS, IMAGE_HOSTS, JUNK_SUFFIXES, JUNK_WORDS, MAILER_LINKS, SHORT, VICTIMS, WORDS } from './fillings.ts';

/** A mail of our own making, for training alone. */
export type TrainingMail = { isHonest: boolean; scene: string; language: string; source: string };

type Scene = {
  name: string;
  language: string;
  sender: string;
  links: string;
  /** By letter: N names, S subjects, T sentences, C calls to action, A attachment, F forms. */
  lines: Map<string, string[]>;
};

type Random = () => number;

/** Everything that is drawn once for a mail. */
type Draft = { random: Random; known: Map<string, string>; scene: Scene; isHonest: boolean };

/** The same mails for the same seed: `each` of every scene. */
export function makeTrainingMails(seed: number, each: number): TrainingMail[] {
  const random = randomFrom(seed);
  return (['honest', 'lures'] as const).flatMap((file) => {
    const isHonest = file === 'honest';
    return scenesOf(readFileSync(new URL(`./${file}.txt`, import.meta.url), 'utf8')).flatMap((scene) =>
      Array.from({ length: each }, () => ({
        isHonest,
        scene: scene.name,
        language: scene.language,
        source: writeMail({ random, known: new Map(), scene, isHonest }),
      })),
    );
  });
}

function scenesOf(text: string): Scene[] {
  const scenes: Scene[] = [];
  for (const line of text.split('\n')) {
    const head = /^# (\S+) (\S+) (\S+) (\S+)$/.exec(line);
    if (head !== null) {
      const [, name = '', language = '', sender = '', links = ''] = head;
      scenes.push({ name, language, sender, links, lines: new Map() });
    }
    const entry = /^([NSTCAF]) (.+)$/.exec(line);
    const scene = scenes.at(-1);
    if (entry === null || scene === undefined) continue;
    const [, letter = '', words = ''] = entry;
    const known = scene.lines.get(letter) ?? [];
    scene.lines.set(letter, [...known, ...(letter === 'T' ? [words] : words.split('|'))]);
  }
  return scenes;
}

function writeMail(draft: Draft): string {
  const { random, scene, isHonest } = draft;
  const sender = isHonest ? honestSender(draft) : cheatingSender(draft);
  draft.known.set('own', sender.domain);
  const subject = fill(pick(scene.lines.get('S') ?? ['{topic}'], random), draft);
  const sentences = pickSome(scene.lines.get('T') ?? [], draft).map((text) => fill(text, draft));
  const calls = (scene.lines.get('C') ?? []).map((text) => fill(text, draft));
  const headers = [
    `From: ${sender.name === '' ? '' : `${encode(sender.name)} `}<${sender.address}>`,
    'To: user@example.org',
    `Subject: ${encode(isHonest ? subject : dressUp(subject, draft))}`,
    `Date: Tue, ${1 + Math.floor(random() * 28)} May 202${Math.floor(random() * 6)} 09:12:33 +0000`,
    ...replyTo(draft, sender.domain),
    'MIME-Version: 1.0',
  ];
  const link = () => (isHonest ? honestLink(draft, sender.domain) : cheatingLink(draft, sender.domain));
  const main = scene.links === 'none' && calls.length === 0 ? null : link();
  const plain = plainBody(sentences, calls, main, draft);
  const shape = shapeOf(draft);
  const html = shape === 'plain' ? null : htmlBody({ sentences, calls, main, link, shape, sender: sender.domain }, draft);
  return `${headers.join('\r\n')}\r\n${bodyOf(plain, html, attachmentOf(draft), shape, random)}`;
}

type Sender = { name: string; address: string; domain: string };

function honestSender(draft: Draft): Sender {
  const { scene, random } = draft;
  const first = fill('{first}', { ...draft, known: new Map() });
  const last = fill('{last}', { ...draft, known: new Map() });
  const person = `${first} ${last}`;
  const local = slug(`${first}.${last}`);
  if (scene.sender === 'private') {
    const domain = pick([...FREE_MAILS, `${slug(last)}.net`], random);
    const name = pick([first, person, person, ''], random);
    return { name, address: `${pick([local, slug(first) + Math.floor(random() * 99), slug(first[0] + last)], random)}@${domain}`, domain };
  }
  const shop = fill('{shop}', draft);
  const own = `${slug(shop)}.${pick(['com', 'de', 'fr', 'es', 'nl', 'org', 'co.uk', 'com.br', 'it', 'io', 'pl', 'jp', 'at'], random)}`;
  const domain = pick([own, own, `mail.${own}`, `news.${own}`, `newsletter.${own}`, `e.${own}`], random);
  if (scene.sender === 'list') return listSender(person, local, own, draft);
  if (scene.sender === 'person') return { name: pick([person, person, `${person} | ${shop}`], random), address: `${pick([local, slug(first)], random)}@${pick([own, own, pick(FREE_MAILS, random)], random)}`, domain: own };
  if (scene.sender === 'brand') {
    const [slot = 'service'] = (scene.lines.get('N') ?? ['{service}']).flatMap((name) => /\{(carrier|bank|service|tool|exchange|jbrand)\}/.exec(name)?.[1] ?? []);
    const brand = pick(BRANDS[slot] ?? BRANDS['service'] ?? [], random);
    draft.known.set(slot, brand.name);
    const home = pick(brand.domains, random);
    const host = pick([home, home, `notifications.${home}`, `email.${home}`, `info.${home}`], random);
    const name = fill(pick(scene.lines.get('N') ?? ['{service}'], random), draft);
    return { name: pick([name, name, `${name} Notifications`], random), address: `${role(random)}@${host}`, domain: home };
  }
  const name = pick([shop, shop, `${shop} | Online-Shop`, `${first} von ${shop}`, `${first} from ${shop}`, `${shop} Newsletter`, `Team ${shop}`], random);
  return { name, address: `${role(random)}@${domain}`, domain: own };
}

/** Posts come from people, or from the list in their name. */
function listSender(person: string, local: string, own: string, { random }: Draft): Sender {
  const list = pick(['users', 'devel', 'discuss', 'community', 'talk'], random);
  const domain = `lists.${own}`;
  if (random() < 0.4) return { name: `${person} via ${list}`, address: pick(['user@example.org', `${list}@${domain}`], random), domain: own };
  const address = `${local}@${pick([own, pick(FREE_MAILS, random), pick(FREE_MAILS, random)], random)}`;
  return { name: pick([person, person, '', `${person.split(' ').toReversed().join(', ')}`], random), address, domain: own };
}

function cheatingSender(draft: Draft): Sender {
  const { scene, random } = draft;
  const name = fill(pick(scene.lines.get('N') ?? ['{first}'], random), draft);
  const local = pick([role(random), role(random), token(random, 8 + Math.floor(random() * 14)), slug(fill('{first}_{last}_{n5}', { ...draft, known: new Map() })), slug(fill('{first}.{last}', { ...draft, known: new Map() }))], random);
  if (scene.sender === 'freemail' && random() < 0.75) {
    const domain = pick(FREE_MAILS, random);
    return { name, address: `${slug(fill('{first}{last}{n3}', { ...draft, known: new Map() }))}@${domain}`, domain };
  }
  const way = random();
  if (scene.sender === 'brand' || (scene.sender === 'spoof' && way < 0.6)) return spoofedSender(name, draft);
  if (way < 0.07) return { name, address: pick(['', slug(name), `noreply@${slug(name)}`], random), domain: '' };
  const domain = way < 0.2 ? `${token(random, 9)}-${token(random, 5)}.firebaseapp.com` : way < 0.25 ? `${token(random, 7)}.onmicrosoft.com` : way < (scene.sender === 'hacked' ? 0.65 : 0.42) ? pick(VICTIMS, random) : way < (scene.sender === 'hacked' ? 0.75 : 0.56) ? spoofed(draft) : junkDomain(random);
  return { name, address: `${local}@${domain}`, domain };
}

function spoofedSender(name: string, draft: Draft): Sender {
  const domain = spoofed(draft);
  return { name, address: `${role(draft.random)}@${domain}`, domain };
}

/** The domain of the brand that the mail borrows, as its true sender would write it. */
function spoofed({ known, random }: Draft): string {
  for (const brands of Object.values(BRANDS)) {
    const brand = brands.find(({ name }) => [...known.values()].includes(name));
    if (brand !== undefined) return pick(brand.domains, random);
  }
  return pick(VICTIMS, random);
}

function replyTo({ scene, isHonest, random }: Draft, domain: string): string[] {
  if (isHonest) return domain !== '' && random() < 0.3 ? [`Reply-To: ${role(random)}@${domain}`] : [];
  return random() < (scene.sender === 'freemail' ? 0.5 : 0.15) ? [`Reply-To: ${token(random, 9)}@${pick(FREE_MAILS, random)}`] : [];
}

function honestLink(draft: Draft, domain: string): string {
  const { scene, random } = draft;
  const path = pick(['', '/account', '/orders/{n6}', '/track?id={n12}', '/news/{r}', '/l/{r}', '/c/{r}{r}', '/reset?token={r}{r}', '/p/{s}?utm_source=newsletter&utm_medium=email', '/de/hilfe'], random);
  const host = pick([`www.${domain}`, domain, `www.${domain}`, `click.${domain}`, `links.${domain}`, `my.${domain}`], random);
  const isOutside = scene.sender === 'person' && random() < 0.8;
  if (isOutside) return fill(pick(['https://docs.google.com/document/d/{r}{r}/edit', 'https://zoom.us/j/{n9}', 'https://github.com/{s}/{s}/issues/{n3}', 'https://www.youtube.com/watch?v={s}', 'https://de.wikipedia.org/wiki/{topic}', 'https://t.me/+{r}', 'https://forms.gle/{r}'], random), draft).replaceAll(' ', '_');
  if (scene.links === 'mailer' && random() < 0.8) return fill(pick(MAILER_LINKS, random), draft);
  return fill(`https://${host}${path}`, draft);
}

function cheatingLink(draft: Draft, sender: string): string {
  const { random } = draft;
  const way = random();
  if (way < 0.22) return fill(`https://${pick(CLOUDS, random)}`, draft);
  if (way < 0.34) return fill(`https://${pick(SHORT, random)}`, draft);
  if (way < 0.38) return `http://${[92, 185, 45, 162].map(() => Math.floor(random() * 220) + 20).join('.')}/${token(random, 8)}`;
  if (way < 0.52) return `https://${pick(['www.', '', 'go.'], random)}${pick(VICTIMS, random)}/${pick(['wp-content/', 'wp-admin/', '', 'assets/', '.well-known/'], random)}${token(random, 5)}${pick(['.php', '/', '.html', `/?e=${token(random, 8)}`], random)}`;
  if (way < 0.6 && sender !== '') return fill(`https://${pick(['click', 'url{n4}', 'links', 'www'], random)}.${sender}/${token(random, 24)}`, draft);
  if (way < 0.68) return fill(pick(MAILER_LINKS, random), draft);
  return `http${random() < 0.7 ? 's' : ''}://${pick(['', 'www.', `${token(random, 6)}.`, 'track.'], random)}${junkDomain(random)}/${pick([token(random, 20), `${token(random, 6)}/${token(random, 30)}`, `?${token(random, 18)}`, `#${token(random, 20)}`, ''], random)}`;
}

function junkDomain(random: Random): string {
  const name = random() < 0.3 ? token(random, 5 + Math.floor(random() * 8)) : `${pick(JUNK_WORDS, random)}${pick(['', '-', ''], random)}${pick(JUNK_WORDS, random)}${random() < 0.3 ? Math.floor(random() * 99) : ''}`;
  return `${random() < 0.25 ? `${token(random, 6)}.` : ''}${name}.${pick(JUNK_SUFFIXES, random)}`;
}

const MARKS = ['🎁', '⚠️', '💰', '✅', '🔥', '❗', '📦', '💎'];

/** Marks, codes and disguises that cheats put into subjects. */
function dressUp(subject: string, { random }: Draft): string {
  const way = random();
  if (way < 0.1) return `${pick(MARKS, random)} ${subject} ${pick(MARKS, random)}`;
  if (way < 0.17) return `${subject} #${token(random, 6)}`;
  if (way < 0.23) return `${pick(['RE', 'Fwd', 'Re'], random)}: ${subject}`;
  if (way < 0.27) return subject.toUpperCase();
  if (way < 0.32) return disguise(subject, random);
  if (way < 0.37) return `${subject}!!`;
  if (way < 0.4) return `user@example.org, ${subject}`;
  return subject;
}

function disguise(text: string, random: Random): string {
  const way = random();
  if (way < 0.35) return text.replaceAll('a', 'а').replaceAll('o', 'о').replaceAll('e', 'е');
  if (way < 0.7) return Array.from(text).join('\u200b');
  return text.replace(/[a-z]/g, (letter) => String.fromCodePoint(0x1d5ee + letter.charCodeAt(0) - 97));
}

type Shape = 'plain' | 'simple' | 'designed' | 'image';

function shapeOf({ scene, isHonest, random }: Draft): Shape {
  const way = random();
  if (['private', 'person', 'list'].includes(scene.sender)) return way < 0.6 ? 'plain' : 'simple';
  if (scene.links === 'none') return way < 0.7 ? 'plain' : 'simple';
  if (!isHonest && way < 0.22) return 'image';
  if (way < 0.3) return 'simple';
  return way < 0.36 ? 'plain' : 'designed';
}

function plainBody(sentences: string[], calls: string[], main: string | null, { random }: Draft): string {
  const call = main === null || calls.length === 0 ? [] : [`${pick(calls, random)}: ${main}`];
  return [...sentences.flatMap((text) => [text, '']), ...call].join('\n');
}

type Body = { sentences: string[]; calls: string[]; main: string | null; link: () => string; shape: Shape; sender: string };

function htmlBody({ sentences, calls, main, link, shape, sender }: Body, draft: Draft): string {
  const { random, scene, isHonest } = draft;
  const call = calls.length === 0 ? '' : pick(calls, random);
  if (shape === 'simple') {
    const words = sentences.map((text) => `<div>${text}</div><div><br></div>`).join('');
    return `<html><body>${words}${main === null ? '' : `<a href="${main}">${call === '' ? main : call}</a>`}</body></html>`;
  }
  const image = (name: string) => (isHonest ? `https://${pick(['images', 'static', 'cdn', 'www'], random)}.${sender}/${name}.png` : fill(`https://${pick(IMAGE_HOSTS, random).replace('{junk}', junkDomain(random))}`, draft));
  if (shape === 'image') {
    const salad = random() < 0.4 ? `<div style="display:none">${Array.from({ length: 60 }, () => pick(WORDS['word'] ?? [], random)).join(' ')}</div>` : '';
    return `<html><body><center><a href="${main}">${random() < 0.5 ? `<h2>${sentences[0] ?? ''}</h2>` : ''}<img src="${image('a')}"></a><br><a href="${link()}"><img src="${image('b')}"></a></center>${salad}</body></html>`;
  }
  const rows = sentences.map((text) => `<tr><td style="padding:8px;font-family:Arial">${text}</td></tr>`).join('\n');
  const count = isHonest ? 2 + Math.floor(random() * 12) : Math.floor(random() * 3);
  const more = Array.from({ length: count }, () => `<tr><td><a href="${link()}">${call === '' ? 'www' : call}</a> <img src="${image(`p${Math.floor(random() * 90)}`)}" alt=""></td></tr>`).join('\n');
  const isBulk = (scene.lines.get('F') ?? []).includes('newsletter');
  const foot = isHonest ? footOf(link(), isBulk, draft) : random() < 0.35 ? `<p><a href="${link()}">unsubscribe</a></p>` : '';
  const style = isHonest || random() < 0.4 ? '<style>@media only screen and (max-width:600px){.c{width:100%!important}}</style>' : '';
  const filler = random() < (isHonest ? 0.3 : 0.1) ? `<div style="display:none;max-height:0">${sentences[0] ?? ''}${'&zwnj;&nbsp;'.repeat(40)}</div>` : '';
  return `<!DOCTYPE html><html lang="${scene.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${random() < 0.5 ? (sentences[0] ?? '') : ''}</title>${style}</head><body>${filler}<table role="presentation" width="600"><tr><td><img src="${image('logo')}" alt="${draft.known.get('shop') ?? ''}"></td></tr>${rows}<tr><td><a href="${main}" style="background:#0a6;color:#fff;padding:12px">${call}</a></td></tr>${more}</table>${foot}</body></html>`;
}

const FEET: Record<string, string> = {
  de: 'Impressum | Datenschutz | <a href="{url}">Newsletter abbestellen</a>',
  fr: 'Mentions légales | <a href="{url}">Se désinscrire</a>',
  es: 'Aviso legal | <a href="{url}">Darse de baja</a>',
  pt: 'Política de privacidade | <a href="{url}">Descadastre-se</a>',
  it: 'Informativa sulla privacy | <a href="{url}">Annulla iscrizione</a>',
  nl: 'Privacybeleid | <a href="{url}">Uitschrijven</a>',
  ja: 'プライバシーポリシー | <a href="{url}">配信停止</a>',
};

function footOf(url: string, isBulk: boolean, draft: Draft): string {
  const words = isBulk ? (FEET[draft.scene.language] ?? 'Privacy policy | <a href="{url}">Unsubscribe</a>') : 'Privacy | <a href="{url}">Help</a>';
  return `<p style="font-size:11px">© 2024 ${fill('{shop}, {street}, {city}', draft)}<br>${words.replace('{url}', url)}</p>`;
}

function attachmentOf(draft: Draft): string | null {
  const names = draft.scene.lines.get('A') ?? [];
  const name = names.length === 0 ? undefined : pick(names, draft.random);
  return name !== undefined && draft.random() < 0.5 ? fill(name, draft) : null;
}

function bodyOf(plain: string, html: string | null, attachment: string | null, shape: Shape, random: Random): string {
  const text = part('text/plain; charset=utf-8', plain);
  const page = html === null ? null : part('text/html; charset=utf-8', html);
  const withText = shape !== 'image' && random() < 0.6;
  const main = page === null ? text : withText ? multipart('alternative', [text, page], 'alt') : page;
  if (attachment === null) return main;
  const type = ATTACHED[attachment.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  const bytes = Buffer.from(type === 'application/pdf' ? '%PDF-1.4\n1 0 obj\n<<>>\nendobj\n' : 'BEGIN:VCALENDAR').toString('base64');
  return multipart('mixed', [main, `Content-Type: ${type}; name="${attachment}"\r\nContent-Disposition: attachment; filename="${attachment}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes}\r\n`], 'mix');
}

const ATTACHED: Record<string, string> = {
  pdf: 'application/pdf',
  ics: 'text/calendar',
  html: 'text/html',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  zip: 'application/zip',
};

function part(type: string, text: string): string {
  const lines = Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n');
  return `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`;
}

function multipart(kind: string, parts: string[], boundary: string): string {
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${parts.map((one) => `--${boundary}\r\n${one}`).join('')}--${boundary}--\r\n`;
}

function encode(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? `"${text.replaceAll('"', "'")}"`.replace(/^"([\w ]*)"$/, '$1') : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}

function fill(text: string, draft: Draft): string {
  return text.replace(/\{([a-z]+)(\d*)\}/g, (_, name: string, digits: string) => {
    if (name === 'n') return Array.from({ length: Number(digits) }, () => Math.floor(draft.random() * 10)).join('');
    if (name === 'r') return token(draft.random, 16);
    if (name === 's') return token(draft.random, 7);
    if (name === 'btc') return token(draft.random, 32);
    const known = draft.known.get(name);
    if (known !== undefined) return name === 'shop' && /list-manage|mjt/.test(text) ? slug(known) : known;
    const value = pick(BRANDS[name]?.map((brand) => brand.name) ?? WORDS[name] ?? [name], draft.random);
    if (['shop', 'carrier', 'bank', 'service', 'tool', 'exchange', 'jbrand', 'store', 'walletname', 'token', 'casino', 'prize', 'gadget'].includes(name)) draft.known.set(name, value);
    return value;
  });
}

/** In their order: the first one nearly always, of the others some. */
function pickSome(sentences: readonly string[], { random }: Draft): string[] {
  const share = 0.45 + random() * 0.5;
  const some = sentences.filter((_, index) => random() < (index === 0 ? 0.8 : share));
  return some.length === 0 ? sentences.slice(0, 1) : some;
}

function role(random: Random): string {
  return pick(['no-reply', 'noreply', 'info', 'hello', 'service', 'support', 'news', 'newsletter', 'notifications', 'orders', 'team', 'shop', 'account-update', 'contact', 'donotreply', 'mail'], random);
}

function slug(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss').replace(/[^a-z0-9._]+/g, '') || 'kontakt';
}

function token(random: Random, length: number): string {
  return Array.from({ length }, () => pick('abcdefghijklmnopqrstuvwxyz0123456789', random)).join('');
}

function pick<T>(from: ArrayLike<T>, random: Random): T {
  // The lists are never empty.
  return from[Math.floor(random() * from.length)] as T;
}

/** mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
