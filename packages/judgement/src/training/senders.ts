import { type Draft, fill, pick, role, type Sender, slug, token } from './draft.ts';
import { BRANDS, FREE_MAILS, NICKNAMES, PLATFORMS, VICTIMS, WORDS } from './fillings.ts';
import { junkDomain } from './links.ts';

export function honestSender(draft: Draft): Sender {
  const { scene, random } = draft;
  const first = fill('{first}', { ...draft, known: new Map() });
  const last = fill('{last}', { ...draft, known: new Map() });
  const person = `${first} ${last}`;
  const local = slug(`${first}.${last}`);
  if (scene.sender === 'private') {
    const domain = pick([...FREE_MAILS, `${slug(last)}.net`], random);
    const name = pick([first, person, person, '', pick(NICKNAMES, random)], random);
    const nickname = `${pick(NICKNAMES, random)}${pick(WORDS['word'] ?? [], random)}${Math.floor(random() * 99)}`;
    return {
      name,
      address: `${pick([local, slug(first) + Math.floor(random() * 99), slug(first[0] + last), slug(nickname)], random)}@${domain}`,
      domain,
    };
  }
  const shop = fill('{shop}', draft);
  const own = `${homeName(shop, draft)}.${pick(['com', 'de', 'fr', 'es', 'nl', 'org', 'co.uk', 'com.br', 'it', 'io', 'pl', 'jp', 'at'], random)}`;
  const domain = pick([own, own, `mail.${own}`, `news.${own}`, `newsletter.${own}`, `e.${own}`], random);
  if (scene.sender === 'list') return listSender(person, local, own, draft);
  if (scene.sender === 'person')
    return {
      name: pick([person, person, `${person} | ${shop}`], random),
      address: `${pick([local, slug(first)], random)}@${pick([own, own, pick(FREE_MAILS, random)], random)}`,
      domain: own,
    };
  if (scene.sender === 'brand') {
    const [slot = 'service'] = (scene.lines.get('N') ?? ['{service}']).flatMap(
      (name) => /\{(carrier|bank|service|tool|exchange|jbrand)\}/.exec(name)?.[1] ?? [],
    );
    const brand = pick(BRANDS[slot] ?? BRANDS['service'] ?? [], random);
    draft.known.set(slot, brand.name);
    const home = pick(brand.domains, random);
    const host = pick([home, home, `notifications.${home}`, `email.${home}`, `info.${home}`], random);
    const name = fill(pick(scene.lines.get('N') ?? ['{service}'], random), draft);
    return {
      name: pick([name, name, `${name} Notifications`], random),
      address: `${role(random)}@${host}`,
      domain: home,
    };
  }
  const name = pick(
    [
      shop,
      shop,
      `${shop} | Online-Shop`,
      `${first} von ${shop}`,
      `${first} from ${shop}`,
      `${shop} Newsletter`,
      `Team ${shop}`,
    ],
    random,
  );
  // Small firms let their shop, their ticket office or their bookkeeping write for them.
  if (random() < 0.06) {
    const platform = pick(PLATFORMS, random);
    return {
      name,
      address: `${pick([role(random), slug(shop), `store+${fill('{n6}', draft)}`], random)}@${platform}`,
      domain: pick([own, platform.split('.').slice(-2).join('.')], random),
    };
  }
  return { name, address: `${role(random)}@${domain}`, domain: own };
}

/** Most are called like their domain; some by their initials, with their trade or their town. */
function homeName(shop: string, draft: Draft): string {
  const way = draft.random();
  if (way < 0.85) return slug(shop);
  const initials = Array.from(slug(shop).replace(/[^a-z]/g, ''))
    .slice(0, 3)
    .join('');
  const more = slug(fill(pick(['{city}', '{trade}'], draft.random), draft));
  return way < 0.9 ? `${initials}-${more}` : way < 0.97 ? `${slug(shop)}-${more}` : `${initials}${more}`;
}

/** Posts come from people, or from the list in their name. */
function listSender(person: string, local: string, own: string, { random }: Draft): Sender {
  const list = pick(['users', 'devel', 'discuss', 'community', 'talk'], random);
  const domain = `lists.${own}`;
  if (random() < 0.4)
    return {
      name: `${person} via ${list}`,
      address: pick(['user@example.org', `${list}@${domain}`], random),
      domain: own,
    };
  const address = `${local}@${pick([own, pick(FREE_MAILS, random), pick(FREE_MAILS, random)], random)}`;
  return {
    name: pick([person, person, '', person.split(' ').toReversed().join(', ')], random),
    address,
    domain: own,
  };
}

export function cheatingSender(draft: Draft): Sender {
  const { scene, random } = draft;
  const name = fill(pick(scene.lines.get('N') ?? ['{first}'], random), draft);
  const local = pick(
    [
      role(random),
      role(random),
      token(random, 8 + Math.floor(random() * 14)),
      slug(fill('{first}_{last}_{n5}', { ...draft, known: new Map() })),
      slug(fill('{first}.{last}', { ...draft, known: new Map() })),
    ],
    random,
  );
  if (scene.sender === 'freemail' && random() < 0.75) {
    const domain = pick(FREE_MAILS, random);
    return { name, address: `${slug(fill('{first}{last}{n3}', { ...draft, known: new Map() }))}@${domain}`, domain };
  }
  const way = random();
  if (scene.sender === 'brand' || (scene.sender === 'spoof' && way < 0.6)) return spoofedSender(name, draft);
  if (way < 0.07) return { name, address: pick(['', slug(name), `noreply@${slug(name)}`], random), domain: '' };
  const domain =
    way < 0.2
      ? `${token(random, 9)}-${token(random, 5)}.firebaseapp.com`
      : way < 0.25
        ? `${token(random, 7)}.onmicrosoft.com`
        : way < (scene.sender === 'hacked' ? 0.65 : 0.42)
          ? pick(VICTIMS, random)
          : way < (scene.sender === 'hacked' ? 0.75 : 0.56)
            ? spoofed(draft)
            : junkDomain(random);
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

export function replyTo({ scene, isHonest, random }: Draft, domain: string): string[] {
  if (isHonest) return domain !== '' && random() < 0.3 ? [`Reply-To: ${role(random)}@${domain}`] : [];
  return random() < (scene.sender === 'freemail' ? 0.5 : 0.15)
    ? [`Reply-To: ${token(random, 9)}@${pick(FREE_MAILS, random)}`]
    : [];
}
