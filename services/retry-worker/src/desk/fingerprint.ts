import { createHash } from 'node:crypto';
import type { DeadLetter } from '@sluice/contracts';

/** What differs from one occurrence of a fault to the next. */
const QUOTED = /"[^"]*"|'[^']*'|`[^`]*`|“[^”]*”|«[^»]*»/g;
const ADDRESSES = /\b[a-z][a-z0-9+.-]*:\/\/\S+|[^\s@]+@[^\s@]+/gi;
const IDS = /\b(?=[0-9a-f-]*\d)[0-9a-f]{6,}(-[0-9a-f]+)*\b/gi;
const NUMBERS = /\d+([.,]\d+)*/g;

/** A message without quoted parts, addresses, ids and numbers. */
function normalise(message: string): string {
  const plain = message.replace(QUOTED, '…').replace(ADDRESSES, '…').replace(IDS, '…').replace(NUMBERS, '…');
  return plain.replace(/\s+/g, ' ').trim().toLowerCase();
}

/** The first frame of our own code, without the place in its line, so that an edit elsewhere in the file changes nothing. */
function topFrame(stack: string): string {
  const frames = stack.split('\n').filter((line) => line.trim() !== '');
  const own = frames.find((line) => !line.includes('node_modules') && !line.includes('node:')) ?? '';
  return own.replace(/(:\d+)+/g, '').trim();
}

/** The same for every occurrence of one fault: 16 hexadecimal digits of the SHA-256 of task, code, message and place. */
export function fingerprintOf({ name, error, attempts }: Pick<DeadLetter, 'name' | 'error' | 'attempts'>): string {
  const stack = attempts.findLast(({ code }) => code === error.code)?.stack ?? '';
  const parts = [name, error.code, normalise(error.message), topFrame(stack)];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}
