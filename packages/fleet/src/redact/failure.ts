import { SluiceError } from '@sluice/contracts';
import { framesOf } from './frames.ts';
import { isErrorCode, isTerm, redact } from './redact.ts';

export interface FailureDescription {
  /** What it says, and what its causes say; redacted. At most 2,000 characters. */
  internal: string;
  /** Frames of the innermost cause, a line each, without paths of this machine. At most 4,000 characters. */
  stack: string;
}

const INTERNAL_CHARS = 2_000;
const MOST_CAUSES = 4;
const MOST_SIBLINGS = 3;

/** What a log and a dead letter may hold of a thrown value, whatever it is. The message of a {@link SluiceError} is public, and kept. */
export function describeFailure(error: unknown): FailureDescription {
  try {
    const chain = chainOf(error);
    const internal = chain.map(sayOne).join('; caused by ').slice(0, INTERNAL_CHARS);
    return { internal, stack: framesOf(chain.findLast((link) => link instanceof Error)) };
  } catch {
    return { internal: 'An error that cannot be read.', stack: '' };
  }
}

/** The error, and its causes. */
function chainOf(error: unknown): unknown[] {
  const chain = [error];
  for (let last = error; last instanceof Error && chain.length < MOST_CAUSES; last = last.cause) {
    if (last.cause === undefined || last.cause === null) break;
    chain.push(last.cause);
  }
  return chain;
}

function sayOne(error: unknown): string {
  if (!(error instanceof Error)) return redact(typeof error === 'string' ? error : typeof error);
  if (error instanceof SluiceError) return `${error.code}: ${error.message}`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const head = `${nameOf(error)}${isErrorCode(code) || /^[0-9A-Z]{5}$/.test(code) ? ` ${code}` : ''}`;
  const message = redact(error.message);
  const inner = error instanceof AggregateError ? error.errors.slice(0, MOST_SIBLINGS).map(sayOne) : [];
  return [message === '' ? head : `${head}: ${message}`, ...inner].join('; ');
}

/** A class is named by programmers; the property may hold anything. */
function nameOf({ name }: Error): string {
  if (isErrorCode(name)) return name;
  const words = name.match(/[A-Z][a-z]+/g) ?? [];
  return words.join('') === name && words.every(isTerm) ? name : 'Error';
}
