import { randomUUID } from 'node:crypto';
import { loadScript, type Redis } from '../redis/index.ts';
import { EPOCH_FIELD, QUOTAS_KEY, RESTORING_FIELD, SWITCHES_KEY, TENANTS_KEY } from './keys.ts';

const LUA = new URL('./lua/', import.meta.url);
const replace = loadScript(LUA, 'replace', 1);
const complete = loadScript(LUA, 'complete', 1);

/** Fields that one call of the script replaces: it holds up the server no longer than a few ms. */
const FIELDS_AT_ONCE = 200;
const NO_FIELD = '';

interface Replacement {
  field: string;
  seen: string;
  wanted: string;
}

/** Whether all hashes hold all that was published; false where Redis has lost it, or nobody has published yet. */
export async function isPublished(redis: Redis): Promise<boolean> {
  const marks = await Promise.all(
    [TENANTS_KEY, QUOTAS_KEY, SWITCHES_KEY].map((hash) => redis.hexists(hash, EPOCH_FIELD)),
  );
  return marks.every((mark) => mark === 1);
}

/**
 * Makes a hash what the record says, and marks it as whole; says whether anything was changed. Any number of gateways may do so at once, and change single fields meanwhile.
 *
 * `readRecord` is asked after the hash was read: a change is written to the record first, so that a difference is either a loss or a change that is on its way,
 * which `replace.lua` does not touch once it has come. Where Redis loses everything in the middle, there is no marker, and the next call begins anew.
 */
export async function publishHash(
  redis: Redis,
  hash: string,
  readRecord: () => Promise<ReadonlyMap<string, string>>,
): Promise<boolean> {
  const token = randomUUID();
  const wasWhole = (await redis.hexists(hash, EPOCH_FIELD)) === 1;
  // Before the hash is read: what is lost after this takes the token with it.
  if (!wasWhole) await redis.hset(hash, RESTORING_FIELD, token);
  const held = await redis.hgetall(hash);
  const replacements = differences(held, await readRecord());
  for (let at = 0; at < replacements.length; at += FIELDS_AT_ONCE) {
    const some = replacements.slice(at, at + FIELDS_AT_ONCE);
    const args = some.flatMap(({ field, seen, wanted }) => [field, seen, wanted]);
    await replace(redis, [hash], args);
  }
  if (!wasWhole) await complete(redis, [hash], [RESTORING_FIELD, token, EPOCH_FIELD]);
  return !wasWhole || replacements.length > 0;
}

function differences(held: Readonly<Record<string, string>>, wanted: ReadonlyMap<string, string>): Replacement[] {
  const fields = new Set([...Object.keys(held), ...wanted.keys()]);
  fields.delete(EPOCH_FIELD);
  fields.delete(RESTORING_FIELD);
  return [...fields]
    .map((field) => ({ field, seen: held[field] ?? NO_FIELD, wanted: wanted.get(field) ?? NO_FIELD }))
    .filter(({ seen, wanted: text }) => seen !== text);
}
