import type { MailAddress, ParsedMail } from '@sluice/contracts';
import { decodeWords } from 'postal-mime';
import { parseAddresses } from './addresses.ts';
import { parseMailDate } from './dates.ts';
import type { Notes } from './limits.ts';
import { noteDefect } from './limits.ts';
import { decodeSevenBit, sevenBitOf } from './seven-bit.ts';

export type RawHeader = { key: string; value: string };

type HeaderFields = Omit<ParsedMail, 'parent' | 'depth' | 'text' | 'html' | 'attachments'>;

const MAX_VALUE_CHARS = 16 * 1024;
const SINGULAR = ['from', 'sender', 'reply-to', 'to', 'cc', 'subject', 'date', 'message-id'];

/** What the headers say. Where a header that may stand only once stands twice, the first counts, except for From: all of them. */
export function readHeaderFields(headers: readonly RawHeader[], notes: Notes): HeaderFields {
  noteHeaderDefects(headers, notes);
  const first = (key: string): string | null => headers.find((header) => header.key === key)?.value ?? null;
  const addresses = (key: string): MailAddress[] =>
    headers.filter((header) => header.key === key).flatMap((header) => parseAddresses(header.value));
  const dateText = first('date');
  const date = dateText === null ? null : parseMailDate(dateText);
  if (dateText !== null && date === null) noteDefect(notes, 'The Date header does not hold a date.');
  return {
    headers: headers
      .filter((header) => header.key !== '')
      .map((header) => ({ name: header.key, value: decode(header.value) })),
    messageId: nonEmpty(first('message-id')),
    subject: first('subject') === null ? null : decode(first('subject') ?? ''),
    date,
    from: addresses('from'),
    sender: addresses('sender')[0] ?? null,
    replyTo: addresses('reply-to'),
    returnPath: returnPathOf(first('return-path')),
    to: addresses('to'),
    cc: addresses('cc'),
  };
}

function noteHeaderDefects(headers: readonly RawHeader[], notes: Notes): void {
  for (const key of SINGULAR) {
    const count = headers.filter((header) => header.key === key).length;
    if (count > 1) noteDefect(notes, `The header ${key} stands ${count} times.`);
  }
  if (headers.some((header) => !/^[!-9;-~]+$/.test(header.key))) {
    noteDefect(notes, 'Some header lines have no valid name.');
  }
}

function decode(value: string): string {
  const head = value.slice(0, MAX_VALUE_CHARS);
  const text = head.includes('=?') ? decodeSevenBit(decodeWords(head), sevenBitOf(head)) : head;
  return text.replaceAll('\u0000', '\ufffd');
}

/** Null where the header is missing; the null sender `<>` of a bounce is the empty string. */
function returnPathOf(value: string | null): string | null {
  if (value === null) return null;
  return parseAddresses(value)[0]?.address ?? '';
}

function nonEmpty(value: string | null): string | null {
  const trimmed = value?.trim().slice(0, 998) ?? '';
  return trimmed === '' ? null : trimmed;
}
