import type { AnswerSource } from '@sluice/contracts';

export interface Answer<T> {
  /** Null: the provider does not know the resource. */
  value: T | null;
  source: AnswerSource;
}

/**
 * Asks the provider. Null where it does not know the resource; what it throws is not cached. The signal fires when the namespace's `hardMs` is
 * over and nobody waits any more.
 */
export type Ask<T> = (signal: AbortSignal) => Promise<T | null>;

export interface Scope {
  /** Whose private data it is; left out where the answer is the same for everyone. */
  tenant?: string;
}
