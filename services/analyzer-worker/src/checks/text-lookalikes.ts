import { findingFrom, quoteOf } from './finding.ts';
import type { MailCheck } from './look.ts';
import { mixedWords } from './lookalikes.ts';

export const textLookalikes: MailCheck = ({ mails }) =>
  findingFrom({
    id: 'text.lookalike-letters',
    severity: 'high',
    weight: 45,
    category: 'phishing',
    title: 'Words are written with lookalike letters',
    explanation:
      'Some letters come from another alphabet and only look right. Nobody types like this; it is done to deceive filters.',
    evidence: mails.flatMap(({ mail }) => [
      ...mixedWords((mail.from[0]?.name ?? '').slice(0, 500)).map((word) => quoteOf('from', word)),
      ...mixedWords((mail.subject ?? '').slice(0, 1000)).map((word) => quoteOf('subject', word)),
    ]),
  });
