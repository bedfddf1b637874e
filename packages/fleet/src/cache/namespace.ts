import { SluiceError } from '@sluice/contracts';
import { z } from 'zod';

const seconds = z.number().positive('is not above 0');

const Lifetimes = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is not a namespace name (a-z, 0-9, dash)'),
  version: z.int('is not a whole number').min(1, 'is below 1'),
  hitSeconds: seconds,
  notFoundSeconds: seconds,
  staleSeconds: z.number().min(0, 'is below 0'),
});

export interface NamespaceConfig<T> {
  /** A label of metrics too: from the code, never from input. */
  name: string;
  /** Of the schema: entries of another version are not seen. */
  version: number;
  hitSeconds: number;
  /** For an answer of null: the provider does not know the resource. */
  notFoundSeconds: number;
  /** How long after its lifetime a hit may still stand in when asking fails. */
  staleSeconds: number;
  /** Of the value as it is stored: JSON, and what the schema yields must satisfy it again. */
  schema: z.ZodType<T>;
}

/** Throws `bad-namespace` naming every fault at once. */
export function requireNamespace(config: NamespaceConfig<unknown>): void {
  const parsed = Lifetimes.safeParse(config);
  if (parsed.success) return;
  const faults = parsed.error.issues.map((issue) => `  ${[...issue.path, issue.message].join(' ')}`);
  throw new SluiceError('bad-namespace', `This cache namespace is wrong:\n${faults.join('\n')}`);
}
