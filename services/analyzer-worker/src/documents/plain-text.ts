import { decodeText } from './decode-text.ts';
import type { Opener } from './reading.ts';
import { emptyReading } from './reading.ts';

/** Of a program or shortcut: the words in it. */
const WORDS = /[\x20-\x7e]{6,2000}/g;
const MAX_WORDS = 500;
const MAX_SEARCHED_BYTES = 512 * 1024;

export const openText: Opener = ({ bytes }, { budget }) =>
  emptyReading({ text: decodeText(bytes.subarray(0, budget.limits.maxTextChars * 4)) });

/** Shortcuts and their like name what they start in words between other bytes. */
export const openWords: Opener = ({ bytes }) => emptyReading({ text: wordsIn(bytes) });

/** The printable words of a binary file, one a line. */
export function wordsIn(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, MAX_SEARCHED_BYTES));
  const wide = [head, head.subarray(1)].flatMap((half) => half.toString('utf16le').match(WORDS) ?? []);
  const narrow = head.toString('latin1').match(WORDS) ?? [];
  return [...wide.slice(0, MAX_WORDS), ...narrow.slice(0, MAX_WORDS)].join('\n');
}
