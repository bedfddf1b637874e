import type { Redis } from '../../redis/index.ts';
import { lineStem } from './keys.ts';

const AT_ONCE = 100;

export interface DismissConfig {
  redis: Redis;
  quota: string;
  /** Hears the tokens of all who ask a question, and gives back those that it could not tell yet. */
  tell: (tokens: readonly string[]) => Promise<readonly string[]>;
  /** True where nobody asks the question any more. */
  leave: (quota: string, id: string, ...tokens: string[]) => Promise<boolean>;
}

/** Empties a line: see `Line.dismiss`. */
export async function dismissLine({ redis, quota, tell, leave }: DismissConfig): Promise<void> {
  const stem = lineStem(quota);
  for (let hasLeft = true; hasLeft; ) {
    hasLeft = false;
    for (const id of await redis.zrange(`${stem}:ages`, '0', String(AT_ONCE - 1))) {
      const fields = await redis.hkeys(`${stem}:q:${id}`);
      const tokens = fields.flatMap((field) => (field.startsWith('t:') ? [field.slice(2)] : []));
      // First told: should this process die in between, they are told again.
      const untold = new Set(await tell(tokens));
      const told = tokens.filter((token) => !untold.has(token));
      if (told.length > 0 && (await leave(quota, id, ...told))) hasLeft = true;
    }
  }
}
