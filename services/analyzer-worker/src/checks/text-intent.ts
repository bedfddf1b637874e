import type { Finding } from '@sluice/contracts';
import type { Intent, IntentHit } from '@sluice/judgement';
import { intentsOf } from '@sluice/judgement';
import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

type Lure = {
  id: string;
  category: NonNullable<Finding['category']>;
  weight: number;
  title: string;
  explanation: string;
  /** One of them with two phrases, or two of them. */
  intents: readonly Intent[];
};

/** Heaviest first; a mail has the first that fits. Words alone say little, so none of them moves the verdict alone. */
const LURES: readonly Lure[] = [
  {
    id: 'text.wants-secrets',
    category: 'phishing',
    weight: 20,
    title: 'The mail wants account data',
    explanation:
      'It speaks of an account, a wallet or a mailbox that needs to be confirmed, and that is how passwords are stolen.',
    intents: ['credentials', 'account-threat', 'mailbox', 'wallet', 'virus-alert'],
  },
  {
    id: 'text.wants-fee',
    category: 'phishing',
    weight: 15,
    title: 'The mail wants a small payment or a call',
    explanation:
      'A parcel, a renewal or a refund is said to need a payment, a card or a call. Invented ones are a common trick.',
    intents: ['parcel', 'refund', 'renewal', 'points', 'call'],
  },
  {
    id: 'text.promises-money',
    category: 'scam',
    weight: 20,
    title: 'The mail promises money',
    explanation:
      'Strangers who offer fortunes, loans, prizes or easy income by mail want a fee or personal data first.',
    intents: ['advance-fee', 'inheritance', 'loan', 'crypto-gain', 'prize', 'survey-reward', 'gift-card', 'job'],
  },
  {
    id: 'text.advertises',
    category: 'spam',
    weight: 10,
    title: 'The mail advertises what spam advertises',
    explanation: 'Gambling, remedies and acquaintances are advertised by mail that nobody has asked for.',
    intents: ['gambling', 'pills', 'romance'],
  },
];

/** What the submitted mail wants, in the words of eleven languages. Lists discuss such words, and are left out. */
export const textIntent: MailCheck = ({ mails }) => {
  const [outer] = mails;
  if (outer === undefined || outer.isList) return [];
  const hits = intentsOf(outer.words);
  const lure = LURES.find(({ intents }) => fits(hits.filter(({ intent }) => intents.includes(intent))));
  if (lure === undefined) return [];
  const { intents, ...said } = lure;
  const quotes = hits.filter(({ intent }) => intents.includes(intent)).flatMap((hit) => hit.quotes);
  return findingFrom({ ...said, severity: 'low', evidence: quotes.map((quote) => quoteOf('text', quote)) });
};

/** What kind of mail has the intent. */
export function harmOf(intent: string): Finding['category'] {
  if (intent === 'extortion') return 'extortion';
  return LURES.find(({ intents }) => intents.some((one) => one === intent))?.category;
}

function fits(hits: readonly IntentHit[]): boolean {
  return hits.length > 1 || hits.some(({ quotes }) => quotes.length > 1);
}
