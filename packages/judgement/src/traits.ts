import type { MailFacts } from './facts.ts';
import type { Traits } from './trait-shapes.ts';
import { attachmentTraits, htmlTraits, textTraits } from './traits-body.ts';
import { senderTraits, subjectTraits } from './traits-head.ts';
import { brandTraits, linkTraits } from './traits-links.ts';
import { plainLetters } from './words.ts';

/** What a mail is like, apart from its words and intents; each as a short name, `group:value`. */
export function traitsOf(facts: MailFacts): Traits {
  const traits: Traits = new Set();
  const text = plainLetters(facts.text.slice(0, 20_000));
  senderTraits(facts, traits);
  subjectTraits(facts, traits);
  textTraits(facts, text, traits);
  linkTraits(facts, text, traits);
  htmlTraits(facts, text, traits);
  brandTraits(facts, traits);
  attachmentTraits(facts, text, traits);
  return traits;
}
