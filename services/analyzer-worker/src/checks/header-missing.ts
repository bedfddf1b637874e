import type { ParsedMail } from '@sluice/contracts';
import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

/** Looks at the submitted mail only: a mail inside another one may have lost headers on its way. */
export const headerMissing: MailCheck = ({ document }) => {
  const missing = document.mails.slice(0, 1).flatMap(missingOf);
  const isAnonymous = missing.includes('From');
  return findingFrom({
    id: 'header.missing',
    severity: isAnonymous ? 'low' : 'info',
    weight: isAnonymous ? 15 : 5,
    title: 'Headers are missing that every mail has',
    explanation: 'Mail programs always write these lines. Programs for mass mailing sometimes forget them.',
    evidence: missing.map((name) => quoteOf(name.toLowerCase(), `${name} is missing`)),
  });
};

function missingOf(mail: ParsedMail): string[] {
  const missing: string[] = [];
  if (!mail.from.some((from) => from.address !== '')) missing.push('From');
  if (mail.date === null) missing.push('Date');
  if (mail.messageId === null) missing.push('Message-ID');
  return missing;
}
