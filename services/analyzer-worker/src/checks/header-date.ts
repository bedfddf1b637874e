import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

const HOUR_SECONDS = 3600;
/** Mail waits in queues, so it may be late by days before that says anything; it is never early but for a wrong clock. */
const MAX_LATE_HOURS = 7 * 24;
const MAX_EARLY_HOURS = 24;

/** Compares the Date header with the first relay's clock; mails that lists hold back for a moderator are left out. */
export const headerDate: MailCheck = ({ mails, indicators }) => {
  const [outer] = mails;
  const date = outer?.mail.date ?? null;
  const received = indicators.received.find((hop) => hop.at !== null)?.at ?? null;
  if (outer === undefined || outer.isBulk || date === null || received === null) return [];
  const lateHours = (Date.parse(received) - Date.parse(date)) / 1000 / HOUR_SECONDS;
  const isOff = lateHours > MAX_LATE_HOURS || lateHours < -MAX_EARLY_HOURS;
  return findingFrom({
    id: 'header.date-off',
    severity: 'low',
    weight: 10,
    title: 'The date of the mail is wrong',
    explanation: 'The mail claims to be much older or newer than the time when the first server took it.',
    evidence: isOff ? [quoteOf('date', `${date}, taken by the first server ${received}`)] : [],
  });
};
