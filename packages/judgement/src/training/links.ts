import { type Draft, fill, pick, type Random, token } from './draft.ts';
import { BRAND_ASIDES, CLOUDS, JUNK_SUFFIXES, JUNK_WORDS, MAILER_LINKS, SHORT, VICTIMS } from './fillings.ts';

/** Not everybody has come to use encryption: small sites, and old mail. */
const UNENCRYPTED = 0.12;

export function honestLink(draft: Draft, domain: string): string {
  const link = honestTarget(draft, domain);
  return draft.random() < UNENCRYPTED ? link.replace('https:', 'http:') : link;
}

function honestTarget(draft: Draft, domain: string): string {
  const { scene, random } = draft;
  const path = pick(
    [
      '',
      '/account',
      '/orders/{n6}',
      '/track?id={n12}',
      '/news/{r}',
      '/l/{r}',
      '/c/{r}{r}',
      '/reset?token={r}{r}',
      '/p/{s}?utm_source=newsletter&utm_medium=email',
      '/de/hilfe',
    ],
    random,
  );
  const host = pick(
    [`www.${domain}`, domain, `www.${domain}`, `click.${domain}`, `links.${domain}`, `my.${domain}`],
    random,
  );
  const isOutside = ['person', 'private', 'list'].includes(scene.sender) && random() < 0.8;
  if (isOutside && random() < 0.5)
    return `https://${pick(['www.', ''], random)}${pick(VICTIMS, random)}/${pick(['', 'news/', `${token(random, 6)}.html`, `archive/${token(random, 4)}/`], random)}`;
  if (isOutside)
    return fill(
      pick(
        [
          'https://docs.google.com/document/d/{r}{r}/edit',
          'https://zoom.us/j/{n9}',
          'https://github.com/{s}/{s}/issues/{n3}',
          'https://www.youtube.com/watch?v={s}',
          'https://de.wikipedia.org/wiki/{topic}',
          'https://t.me/+{r}',
          'https://forms.gle/{r}',
        ],
        random,
      ),
      draft,
    ).replaceAll(' ', '_');
  if (scene.sender === 'brand' && random() < 0.3) return fill(pick([...BRAND_ASIDES, ...MAILER_LINKS], random), draft);
  if (scene.links === 'mailer' && random() < 0.8) return fill(pick(MAILER_LINKS, random), draft);
  return fill(`https://${host}${path}`, draft);
}

export function cheatingLink(draft: Draft, sender: string): string {
  const { random } = draft;
  const way = random();
  if (way < 0.22) return fill(`https://${pick(CLOUDS, random)}`, draft);
  if (way < 0.34) return fill(`https://${pick(SHORT, random)}`, draft);
  if (way < 0.38)
    return `http://${[92, 185, 45, 162].map(() => Math.floor(random() * 220) + 20).join('.')}/${token(random, 8)}`;
  if (way < 0.52)
    return `https://${pick(['www.', '', 'go.'], random)}${pick(VICTIMS, random)}/${pick(['wp-content/', 'wp-admin/', '', 'assets/', '.well-known/'], random)}${token(random, 5)}${pick(['.php', '/', '.html', `/?e=${token(random, 8)}`], random)}`;
  if (way < 0.6 && sender !== '')
    return fill(`https://${pick(['click', 'url{n4}', 'links', 'www'], random)}.${sender}/${token(random, 24)}`, draft);
  if (way < 0.68) return fill(pick(MAILER_LINKS, random), draft);
  return `http${random() < 0.7 ? 's' : ''}://${pick(['', 'www.', `${token(random, 6)}.`, 'track.'], random)}${junkDomain(random)}/${pick([token(random, 20), `${token(random, 6)}/${token(random, 30)}`, `?${token(random, 18)}`, `#${token(random, 20)}`, ''], random)}`;
}

export function junkDomain(random: Random): string {
  const name =
    random() < 0.3
      ? token(random, 5 + Math.floor(random() * 8))
      : `${pick(JUNK_WORDS, random)}${pick(['', '-', ''], random)}${pick(JUNK_WORDS, random)}${random() < 0.3 ? Math.floor(random() * 99) : ''}`;
  return `${random() < 0.25 ? `${token(random, 6)}.` : ''}${name}.${pick(JUNK_SUFFIXES, random)}`;
}
