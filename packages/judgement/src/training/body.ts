import { type Draft, fill, pick, type Random } from './draft.ts';
import { IMAGE_HOSTS, PICTURE_STORES, WORDS } from './fillings.ts';
import { junkDomain } from './links.ts';

type Shape = 'plain' | 'simple' | 'designed' | 'image';

type Body = {
  sentences: string[];
  calls: string[];
  main: string | null;
  link: () => string;
  shape: Shape;
  sender: string;
};

const FEET: Record<string, string> = {
  de: 'Impressum | Datenschutz | <a href="{url}">Newsletter abbestellen</a>',
  fr: 'Mentions légales | <a href="{url}">Se désinscrire</a>',
  es: 'Aviso legal | <a href="{url}">Darse de baja</a>',
  pt: 'Política de privacidade | <a href="{url}">Descadastre-se</a>',
  it: 'Informativa sulla privacy | <a href="{url}">Annulla iscrizione</a>',
  nl: 'Privacybeleid | <a href="{url}">Uitschrijven</a>',
  ja: 'プライバシーポリシー | <a href="{url}">配信停止</a>',
};

const ATTACHED: Record<string, string> = {
  pdf: 'application/pdf',
  ics: 'text/calendar',
  html: 'text/html',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  zip: 'application/zip',
};

/** Honest and cheating mails are drawn in the same forms: whoever cheats copies them, so that they say nothing. */
export function shapeOf({ scene, isHonest, random }: Draft): Shape {
  const way = random();
  if (['private', 'person', 'list'].includes(scene.sender)) return way < 0.6 ? 'plain' : 'simple';
  if (scene.links === 'none') return way < 0.5 ? 'plain' : way < 0.75 ? 'simple' : 'designed';
  if (!isHonest && way < 0.22) return 'image';
  if (way < 0.3) return 'simple';
  return way < 0.4 ? 'plain' : 'designed';
}

export function plainBody(sentences: string[], calls: string[], main: string | null, { random }: Draft): string {
  const call = main === null || calls.length === 0 ? [] : [`${pick(calls, random)}: ${main}`];
  return [...sentences.flatMap((text) => [text, '']), ...call].join('\n');
}

export function htmlBody(body: Body, draft: Draft): string {
  const { sentences, calls, main, link, shape } = body;
  const { random } = draft;
  const call = calls.length === 0 ? '' : pick(calls, random);
  if (shape === 'simple') {
    const words = sentences.map((text) => `<div>${text}</div><div><br></div>`).join('');
    return `<html><body>${words}${main === null ? '' : `<a href="${main}">${call === '' ? main : call}</a>`}</body></html>`;
  }
  const image = imagesOf(body, draft);
  if (shape === 'image') {
    const salad =
      random() < 0.4
        ? `<div style="display:none">${Array.from({ length: 60 }, () => pick(WORDS['word'] ?? [], random)).join(' ')}</div>`
        : '';
    return `<html><body><center><a href="${main}">${random() < 0.5 ? `<h2>${sentences[0] ?? ''}</h2>` : ''}<img src="${image('a')}"></a><br><a href="${link()}"><img src="${image('b')}"></a></center>${salad}</body></html>`;
  }
  return designedBody(body, call, image, draft);
}

/** Where the pictures of a mail lie. */
function imagesOf({ sender }: Body, draft: Draft): (name: string) => string {
  const { isHonest, random } = draft;
  const isStored = isHonest && random() < 0.2;
  const home = `https://${pick(['images', 'static', 'cdn', 'www'], random)}.${sender}`;
  return (name) => {
    if (isStored) return fill(`https://${pick(PICTURE_STORES, random)}`, draft);
    if (isHonest || (sender !== '' && random() < 0.3)) return `${home}/${name}.png`;
    return fill(`https://${pick(IMAGE_HOSTS, random).replace('{junk}', junkDomain(random))}`, draft);
  };
}

/** Tables, buttons and small print, as senders of many mails make them, and those who copy theirs. */
function designedBody(
  { sentences, main, link }: Body,
  call: string,
  image: (name: string) => string,
  draft: Draft,
): string {
  const { random, scene } = draft;
  const some = (share: number, text: () => string) => (random() < share ? text() : '');
  const rows = sentences.map((text) => `<tr><td style="padding:8px;font-family:Arial">${text}</td></tr>`).join('\n');
  const count = main === null || random() < 0.45 ? 0 : 1 + Math.floor(random() ** 2 * 12);
  const more = Array.from(
    { length: count },
    () =>
      `<tr><td><a href="${link()}">${call === '' ? 'www' : call}</a> ${some(0.6, () => `<img src="${image(`p${Math.floor(random() * 90)}`)}" alt="">`)}</td></tr>`,
  ).join('\n');
  const style = '<style>@media only screen and (max-width:600px){.c{width:100%!important}}</style>';
  const filler = () =>
    `<div style="display:none;max-height:0">${sentences[0] ?? ''}${some(0.5, () => '&zwnj;&nbsp;'.repeat(40))}</div>`;
  const logo = () =>
    `<tr><td><img src="${image('logo')}" alt="${draft.known.get('shop') ?? draft.known.get('service') ?? ''}"></td></tr>`;
  const button = () =>
    `<tr><td><a href="${main}" style="background:#0a6;color:#fff;padding:12px">${call === '' ? main : call}</a></td></tr>`;
  const pixel = () => `<img src="${image('o')}" width="1" height="1" alt="">`;
  return `<!DOCTYPE html><html${some(0.6, () => ` lang="${scene.language}"`)}><head><meta charset="utf-8">${some(0.7, () => '<meta name="viewport" content="width=device-width">')}${some(0.4, () => `<title>${sentences[0] ?? ''}</title>`)}${some(0.7, () => style)}</head><body>${some(0.25, filler)}<table ${some(0.6, () => 'role="presentation" ')}width="600">${some(0.6, logo)}${rows}${main === null ? '' : button()}${more}</table>${footOf(main === null ? null : link, draft)}${some(0.5, pixel)}</body></html>`;
}

/** Newsletters can be left; others say who wrote, or nothing. Cheats often copy either. */
function footOf(link: (() => string) | null, draft: Draft): string {
  const { scene, isHonest, random } = draft;
  const isBulk = (scene.lines.get('F') ?? []).includes('newsletter');
  if (random() < (isBulk ? 0.05 : isHonest ? 0.3 : 0.5)) return '';
  if (!isHonest && random() < 0.4) return `<p><a href="${link?.() ?? '#'}">unsubscribe</a></p>`;
  const bulk = FEET[scene.language] ?? 'Privacy policy | <a href="{url}">Unsubscribe</a>';
  const words = isBulk ? bulk : pick(['Privacy | <a href="{url}">Help</a>', '', bulk], random);
  const who = fill(isHonest || random() < 0.3 ? '{shop}, {street}, {city}' : '{shop}', draft);
  return `<p style="font-size:11px">© 2024 ${who}<br>${link === null ? '' : words.replace('{url}', link())}</p>`;
}

export function attachmentOf(draft: Draft): string | null {
  const names = draft.scene.lines.get('A') ?? [];
  const name = names.length === 0 ? undefined : pick(names, draft.random);
  return name !== undefined && draft.random() < 0.5 ? fill(name, draft) : null;
}

export function bodyOf(
  plain: string,
  html: string | null,
  attachment: string | null,
  shape: Shape,
  random: Random,
): string {
  const text = part('text/plain; charset=utf-8', plain);
  const page = html === null ? null : part('text/html; charset=utf-8', html);
  const withText = shape !== 'image' && random() < 0.6;
  const main = page === null ? text : withText ? multipart('alternative', [text, page], 'alt') : page;
  if (attachment === null) return main;
  const type = ATTACHED[attachment.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  const bytes = Buffer.from(
    type === 'application/pdf' ? '%PDF-1.4\n1 0 obj\n<<>>\nendobj\n' : 'BEGIN:VCALENDAR',
  ).toString('base64');
  return multipart(
    'mixed',
    [
      main,
      `Content-Type: ${type}; name="${attachment}"\r\nContent-Disposition: attachment; filename="${attachment}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes}\r\n`,
    ],
    'mix',
  );
}

function part(type: string, text: string): string {
  const lines = Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n');
  return `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`;
}

function multipart(kind: string, parts: string[], boundary: string): string {
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${parts.map((one) => `--${boundary}\r\n${one}`).join('')}--${boundary}--\r\n`;
}
