import { isIPv6 } from 'node:net';
import { SluiceError } from '@sluice/contracts';
import { loadScript, type Redis } from '@sluice/fleet/redis';
import { isOutage } from '../http/outage.ts';

const guess = loadScript(new URL('./lua/', import.meta.url), 'guess', 1);
const FREE = 10;
const LONGEST_WAIT_MS = 5 * 60_000;
/** An address that has not guessed for so long starts anew. */
const LIFE_MS = 15 * 60_000;

export interface Guesses {
  /** Throws `too-many-guesses` (429) while the address has to wait. */
  check(address: string): Promise<void>;
  /** A wrong key came from the address. */
  failed(address: string): Promise<void>;
}

/**
 * Slows down who guesses keys: after ten wrong ones within 15 min an address waits 1, 2, 4 s and so on up to 5 min before it may try another one.
 * Keys `guesses:<address>`, for 15 min after the last wrong key. While Redis is away nothing is slowed: nothing is answered either.
 */
export function createGuesses(redis: Redis, now: () => number = Date.now): Guesses {
  const tell = async (address: string, isWrong: boolean): Promise<number> => {
    const args = [isWrong ? '1' : '0', FREE, LONGEST_WAIT_MS, LIFE_MS];
    try {
      return Number(await guess(redis, [`guesses:${placeOf(address)}`], args));
    } catch (error) {
      if (isOutage(error)) return 0;
      throw error;
    }
  };
  return {
    async check(address) {
      const waitMs = await tell(address, false);
      if (waitMs === 0) return;
      throw new SluiceError('too-many-guesses', 'Too many wrong keys came from this address. Wait a little.', {
        httpStatus: 429,
        disposition: 'retry-at',
        retryAtMs: now() + waitMs,
      });
    },
    async failed(address) {
      await tell(address, true);
    },
  };
}

/** Whoever has one IPv6 address has all of its /64. */
function placeOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => '0');
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::`;
}
