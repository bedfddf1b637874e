import type { Redis } from '../../redis/index.ts';
import { lineStem } from './keys.ts';

/** Whether a token stands in a line, or is to be told of a grant: as long as it does, whoever parked it will hear of it. */
export async function standsInLine(
  redis: Redis,
  { quota, question }: { quota: string; question: string },
  token: string,
): Promise<boolean> {
  const stem = lineStem(quota);
  const [waits, isToBeTold] = await Promise.all([
    redis.hexists(`${stem}:q:${question}`, `t:${token}`),
    redis.sismember(`${stem}:t:${question}`, token),
  ]);
  return waits + isToBeTold > 0;
}
