import type { MailFacts } from './facts.ts';
import { intentsOf } from './intents.ts';
import { traitsOf } from './traits.ts';
import { plainLetters, wordsOf } from './words.ts';

/** The features of a mail as readable names; the first letter says the kind: `w` word, `b` pair of words, `s` subject, `n` sender's name, `i` intent, `t` trait. */
export function featuresOf(facts: MailFacts): string[] {
  const features = new Set<string>();
  const own = facts.text
    .split('\n')
    .filter((line) => !/^\s*>/.test(line))
    .join('\n');
  const body = wordsOf(own);
  const subject = wordsOf(facts.subject, 30);
  const name = wordsOf(facts.fromName, 10);
  for (const word of body) features.add(`w ${word}`);
  for (const pair of pairsOf(body)) features.add(`b ${pair}`);
  for (const word of subject) features.add(`s ${word}`).add(`w ${word}`);
  for (const pair of pairsOf(subject)) features.add(`b ${pair}`);
  for (const word of name) features.add(`n ${word}`);
  const traits = traitsOf(facts);
  for (const trait of traits) features.add(`t ${trait}`);
  const hits = intentsOf(plainLetters(`${facts.subject}\n${own}`).replace(/\s+/g, ' '));
  for (const { intent, quotes } of hits) {
    features.add(`i ${intent}`);
    if (quotes.length > 1) features.add(`i ${intent} twice`);
    features.add(`i ${intent} from ${facts.fromOwner}`);
    for (const share of [
      'links-own:nobody',
      'links-own:all',
      'links-own:mailer',
      'html:image-only',
      'form:plain',
      'bulk:unsubscribe',
      'name:is-domain',
      'brand:is-sender',
      'brand:claimed-with-link',
    ]) {
      if (traits.has(share)) features.add(`i ${intent} with ${share}`);
    }
  }
  return [...features];
}

function pairsOf(words: readonly string[]): string[] {
  return words.slice(1).map((word, index) => `${words[index]} ${word}`);
}
