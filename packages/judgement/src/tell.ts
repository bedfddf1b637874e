import type { Intent } from './intents.ts';

/** What a mail with this intent does. */
const INTENTS: Readonly<Record<Intent, string>> = {
  credentials: 'it asks to confirm or enter account data',
  'account-threat': 'it says that an account is limited or in danger',
  mailbox: 'it speaks of a mailbox, its password or its storage',
  parcel: 'it speaks of a parcel that waits for something',
  payment: 'it speaks of a payment',
  refund: 'it promises a refund',
  invoice: 'it speaks of an invoice or an order',
  renewal: 'it speaks of a subscription that is renewed or charged',
  'shared-document': 'it offers a document or a voice message to open',
  prize: 'it promises a prize or a gift',
  'survey-reward': 'it promises a reward for a survey',
  gambling: 'it advertises gambling',
  wallet: 'it speaks of wallets or crypto assets',
  'crypto-gain': 'it promises easy money',
  'advance-fee': 'it offers a large sum',
  inheritance: 'it speaks of an inheritance or a death',
  loan: 'it offers a loan',
  job: 'it offers a job',
  extortion: 'it threatens to publish something',
  'gift-card': 'it asks for gift cards',
  call: 'it asks for a call',
  'virus-alert': 'it warns of viruses',
  romance: 'it offers acquaintance or sex',
  pills: 'it advertises remedies',
  points: 'it speaks of points that expire',
  pressure: 'it presses for time',
  secrecy: 'it asks for secrecy',
  impersonal: 'it addresses nobody by name',
};

/** The traits that say something to a person; the others stay unsaid. */
const TRAITS: Readonly<Record<string, string>> = {
  'from:none': 'the sender has no address',
  'from:free-mail': 'the sender uses a free mailbox',
  'from:free-host': 'the sender’s domain is one that anybody gets for free',
  'from:cheap': 'the sender’s domain has an ending that costs nearly nothing',
  'from:public-body': 'the sender’s domain is that of a school or an authority',
  'from-local:random': 'the sender’s address is a random word',
  'from-host:random': 'the sender’s domain is a random word',
  'reply-to:free-mail': 'answers go to a free mailbox',
  'reply-to:other': 'answers go to another domain',
  'name:none': 'the sender has no name',
  'name:emoji': 'the sender’s name holds pictures',
  'name:fancy': 'the sender’s name is written in disguised letters',
  'name:mixed-scripts': 'the sender’s name mixes alphabets',
  'name:split': 'the sender’s name is split by invisible signs',
  'name:unrelated': 'the sender’s name has nothing to do with the address',
  'name:is-domain': 'the sender’s name fits the domain',
  'name:is-local': 'the sender’s name fits the address',
  'subject:emoji': 'the subject holds pictures',
  'subject:fancy': 'the subject is written in disguised letters',
  'subject:mixed-scripts': 'the subject mixes alphabets',
  'subject:split': 'the subject is split by invisible signs',
  'subject:capitals': 'the subject shouts',
  'subject:exclaims': 'the subject shouts',
  'subject:false-reply': 'it pretends to be a reply',
  'subject:false-forward': 'it pretends to be forwarded',
  'subject:reply': 'it is a reply that quotes what it answers',
  'subject:code-at-end': 'the subject ends in a random code',
  'text:quotes': 'it quotes earlier mail',
  'text:wrote': 'it quotes earlier mail',
  'text:patch': 'it holds source code under review',
  'text:big-money': 'it names a very large sum',
  'text:order-number': 'it names an order or customer number',
  'text:postal-address': 'it names a postal address',
  'text:legal': 'it has the legal notes of a firm',
  'text:mixed-scripts': 'words mix alphabets',
  'greeting:name': 'it greets by name',
  'greeting:generic': 'it greets nobody by name',
  'words:few-in-html': 'it has hardly any text',
  'html:image-only': 'it is a picture with a link and hardly any text',
  'html:hidden-text-much': 'it hides text from its reader',
  'html:hidden-text-some': 'it hides text from its reader',
  'html:split-words': 'words are split by invisible signs',
  'link:free-host': 'it links to a page that anybody gets for free',
  'link:shortener': 'it links to a shortened address',
  'link:content': 'it links to what a customer of a cloud has put up',
  'link:address': 'it links to a bare IP address',
  'link:cheap': 'it links to a name with an ending that costs nearly nothing',
  'links-own:nobody': 'none of its links leads to the sender',
  'links-own:all': 'all its links lead to the sender',
  'links-own:most': 'most of its links lead to the sender',
  'images-own:all': 'its pictures come from the sender',
  'url:random-host': 'a linked host is a random word',
  'url:site-insides': 'it links into the insides of somebody’s website',
  'bulk:unsubscribe-own': 'it can be unsubscribed from at its sender',
  'bulk:unsubscribe-elsewhere': 'it is unsubscribed from at a stranger',
  'brand:is-sender': 'it comes from the address of the company that it names',
  'brand:claimed-with-link': 'it borrows the name of a company and links elsewhere',
  'brand:claimed': 'it borrows the name of a company',
  'brand-sender:own-links': 'it leads to the company from whose address it comes',
  'brand-sender:foreign-links': 'it bears a company’s address and leads elsewhere',
  'brand-elsewhere:name': 'the sender’s name is that of a company',
  'attached-pdf:little-text': 'it is little more than an attached document',
};

/** The traits that a person takes as a good sign; the others, and all intents, are bad ones. */
const GOOD: ReadonlySet<string> = new Set([
  'name:is-domain',
  'name:is-local',
  'subject:reply',
  'text:quotes',
  'text:wrote',
  'text:patch',
  'text:order-number',
  'text:postal-address',
  'text:legal',
  'greeting:name',
  'links-own:all',
  'links-own:most',
  'images-own:all',
  'bulk:unsubscribe-own',
  'brand:is-sender',
  'brand-sender:own-links',
]);

/** Shorter words say nothing, nor do numbers, of which only the length is known. */
const LEAST_CHARS = 3;

/**
 * A feature in words; null where it says nothing to a person, or would sound wrong on its side: a model weighs small signs against each other, and one that seems to speak for a mail
 * is no reason against it. Features that quote the mail come as `“…”`.
 */
export function tellFeature(feature: string, side: 'against' | 'for'): string | null {
  const [kind, ...rest] = feature.split(' ');
  const name = rest.join(' ');
  const isWords = rest.every((word) => word.length >= LEAST_CHARS && !/^0+$/.test(word));
  if (kind === 't') return GOOD.has(name) === (side === 'for') ? (TRAITS[name] ?? null) : null;
  if (kind === 'i') return side === 'against' ? (INTENTS[rest[0] as Intent] ?? null) : null;
  if (!isWords) return null;
  if (kind === 's') return `the word “${name}” in the subject`;
  if (kind === 'n') return `“${name}” in the sender’s name`;
  if (kind === 'w') return `the word “${name}”`;
  return kind === 'b' ? `the words “${name}”` : null;
}
