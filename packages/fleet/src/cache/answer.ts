/** `joined`: another caller's question, which was in flight. `stale`: asking failed, and this is the last known hit. */
export type AnswerSource = 'memory' | 'redis' | 'fresh' | 'joined' | 'stale';

export interface Answer<T> {
  /** Null: the provider does not know the resource. */
  value: T | null;
  source: AnswerSource;
}

/** Asks the provider. Null where it does not know the resource; what it throws is not cached. */
export type Ask<T> = () => Promise<T | null>;

export interface Scope {
  /** Whose private data it is; left out where the answer is the same for everyone. */
  tenant?: string;
}
