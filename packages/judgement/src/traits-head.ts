import type { MailFacts } from './facts.ts';
import { EMOJI, isMixed, looksRandom, MONEY, type Traits } from './trait-shapes.ts';
import { invisibleBreaks, plainLetters } from './words.ts';

/** Local parts that speak for a role, not for a person. */
const ROLE =
  /^(?:no-?reply|do-?not-?reply|info|support|service|admin|contact|news|newsletters?|notifications?|hello|team|sales|alerts?|updates?|accounts?|security|mail|marketing|office|billing|orders?|customer|care|help|shop|kontakt|contato|atendimento)/i;
const COMPROMISED = /(?:^|\.)(?:edu|gov|gob|gouv|gub|mil|ac|sch|k12|go|jus)(?:\.[a-z]{2})?$|\.(?:edu|gov|mil|int)$/;
const FANCY =
  /[\u{1d400}-\u{1d7ff}\u{1f100}-\u{1f1ff}\u{24b6}-\u{24e9}\uff21-\uff3a\uff41-\uff5a\u1d00-\u1d7f\u02b0-\u02ff]/u;
const QUOTES =
  /^\s*>|wrote:\s*$|schrieb|a écrit|escribió|escreveu|ha scritto|^-{3,} ?original|^_{10,}|^(?:from|von|de): /im;

/** Latin letters that are not taken apart into a plain one and its mark. */
const UNMARKED: Readonly<Record<string, string>> = { ß: 'ss', ı: 'i', ł: 'l', ø: 'o', đ: 'd', æ: 'ae' };

export function senderTraits(
  { fromName, fromAddress, fromHost, fromDomain, fromOwner, replyTo, brands }: MailFacts,
  traits: Traits,
) {
  // What stands behind a plus is for machines.
  const [local = ''] = fromAddress.toLowerCase().split(/[+@]/);
  traits.add(`from:${fromOwner}`).add(`reply-to:${replyTo}`);
  if (COMPROMISED.test(fromHost)) traits.add('from:public-body');
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
  const words = plainName(fromName)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 2);
  const [label = ''] = fromDomain.split('.');
  const plainLocal = local.replace(/[^a-z]/g, '');
  const compact = plainName(fromName).replace(/[^\p{L}\p{N}]/gu, '');
  if (fromName !== '') {
    const host = fromHost.replace(/[^a-z0-9]/g, '');
    // A company's name fits its own domain, and no other, however much that is like it.
    const named = brands.filter(({ where }) => where === 'name');
    const fits =
      words.some((word) => host.includes(word)) ||
      (compact.length > 2 && host.includes(compact)) ||
      (label.length > 3 && compact.includes(label.replace(/[^a-z0-9]/g, '')));
    const isNamed = named.length > 0 ? named.some(({ isSender }) => isSender) : fits;
    const isPerson = words.some((word) => plainLocal.includes(word));
    if (isNamed && fromOwner !== 'free-mail') traits.add('name:is-domain');
    else if (isPerson) traits.add('name:is-local');
    // What is written in another script is never found in an address, which says nothing; nor is a customer's name in a platform's.
    else if (fromOwner !== 'platform' && !/[^\P{L}\p{Script=Latin}]/u.test(fromName)) traits.add('name:unrelated');
    if (isPerson && fromOwner === 'free-mail') traits.add('name:person-at-free-mail');
    if (!isPerson && fromOwner === 'free-mail') traits.add('name:other-at-free-mail');
  }
}

export function subjectTraits({ subject, plain, text }: MailFacts, traits: Traits) {
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
  const quotes = (isReply || isForward) && QUOTES.test(`${plain}\n${text}`);
  if (isReply) traits.add(quotes ? 'subject:reply' : 'subject:false-reply');
  if (isForward) traits.add(quotes ? 'subject:forward' : 'subject:false-forward');
}

function isTitleCase(subject: string): boolean {
  const words = subject.split(/\s+/).filter((word) => /^\p{L}{2}/u.test(word));
  return words.length > 3 && words.every((word) => /^\p{Lu}/u.test(word));
}

function plainName(name: string): string {
  return plainLetters(name)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßıłøđæ]/g, (letter) => UNMARKED[letter] ?? letter);
}
