import { BRANDS, WORDS } from './fillings.ts';

export type Scene = {
  name: string;
  language: string;
  sender: string;
  links: string;
  /** By letter: N names, S subjects, T sentences, C calls to action, A attachment, F forms. */
  lines: Map<string, string[]>;
};

export type Random = () => number;

/** Everything that is drawn once for a mail. */
export type Draft = { random: Random; known: Map<string, string>; scene: Scene; isHonest: boolean };

export type Sender = { name: string; address: string; domain: string };

export function fill(text: string, draft: Draft): string {
  return text.replace(/\{([a-z]+)(\d*)\}/g, (_, name: string, digits: string) => {
    if (name === 'n') return Array.from({ length: Number(digits) }, () => Math.floor(draft.random() * 10)).join('');
    if (name === 'r') return token(draft.random, 16);
    if (name === 's') return token(draft.random, 7);
    if (name === 'btc') return token(draft.random, 32);
    const known = draft.known.get(name);
    if (known !== undefined) return name === 'shop' && /list-manage|mjt/.test(text) ? slug(known) : known;
    const value = pick(BRANDS[name]?.map((brand) => brand.name) ?? WORDS[name] ?? [name], draft.random);
    if (
      [
        'shop',
        'carrier',
        'bank',
        'service',
        'tool',
        'exchange',
        'jbrand',
        'store',
        'walletname',
        'token',
        'casino',
        'prize',
        'gadget',
      ].includes(name)
    )
      draft.known.set(name, value);
    return value;
  });
}

/** In their order: the first one nearly always, of the others some. */
export function pickSome(sentences: readonly string[], { random }: Draft): string[] {
  const share = 0.45 + random() * 0.5;
  const some = sentences.filter((_, index) => random() < (index === 0 ? 0.8 : share));
  return some.length === 0 ? sentences.slice(0, 1) : some;
}

export function role(random: Random): string {
  return pick(
    [
      'no-reply',
      'noreply',
      'info',
      'hello',
      'service',
      'support',
      'news',
      'newsletter',
      'notifications',
      'orders',
      'team',
      'shop',
      'account-update',
      'contact',
      'donotreply',
      'mail',
    ],
    random,
  );
}

export function slug(text: string): string {
  return (
    text
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll('ß', 'ss')
      .replace(/[^a-z0-9._]+/g, '') || 'kontakt'
  );
}

export function token(random: Random, length: number): string {
  return Array.from({ length }, () => pick('abcdefghijklmnopqrstuvwxyz0123456789', random)).join('');
}

export function pick<T>(from: ArrayLike<T>, random: Random): T {
  // The lists are never empty.
  return from[Math.floor(random() * from.length)] as T;
}

/** mulberry32: small, and the same everywhere. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
