import { randomBytes } from 'node:crypto';
import type { Redis } from '@sluice/fleet/redis';
import { z } from 'zod';
import { hashOf } from './key.ts';

const SESSION_COOKIE = 'sluice_session';
const SESSION_LIFE_SECONDS = 12 * 60 * 60;
const TOKEN = /^[\w-]{43}$/;

const Session = z.object({ v: z.literal(1), keyId: z.string(), keyHash: z.string(), endsMs: z.number() });
type Session = z.infer<typeof Session>;

export type Sessions = ReturnType<typeof createSessions>;

/**
 * Sessions of browsers: a random token for a key. Keys `session:<SHA-256 of the token>`, for 12 h or as long as the key lives. A session opens
 * nothing that its key does not open at that moment.
 */
export function createSessions(redis: Redis, now: () => number = Date.now) {
  const nameOf = (token: string) => `session:${hashOf(token)}`;
  return {
    async create(key: {
      id: string;
      hash: string;
      expiresMs: number | null;
    }): Promise<{ token: string; endsMs: number }> {
      const token = randomBytes(32).toString('base64url');
      const longestMs = now() + SESSION_LIFE_SECONDS * 1_000;
      const endsMs = Math.min(longestMs, key.expiresMs ?? longestMs);
      const session: Session = { v: 1, keyId: key.id, keyHash: key.hash, endsMs };
      await redis.set(nameOf(token), JSON.stringify(session), 'PX', Math.max(1, endsMs - now()));
      return { token, endsMs };
    },
    async find(token: string): Promise<Session | null> {
      const text = TOKEN.test(token) ? await redis.get(nameOf(token)) : null;
      return text === null ? null : Session.parse(JSON.parse(text));
    },
    async end(token: string): Promise<void> {
      if (TOKEN.test(token)) await redis.del(nameOf(token));
    },
  };
}

/** The token in a `Cookie` header. */
export function tokenIn(cookies: string | undefined): string | undefined {
  for (const part of (cookies ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === SESSION_COOKIE) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** `Set-Cookie` of a session; without a token it takes the cookie away. No script reads it, no other site sends it. */
export function cookieOf(
  token: string | null,
  { isSecure, lifeSeconds = 0 }: { isSecure: boolean; lifeSeconds?: number },
): string {
  const parts = [
    `${SESSION_COOKIE}=${token ?? ''}`,
    'Path=/',
    `Max-Age=${token === null ? 0 : Math.floor(lifeSeconds)}`,
  ];
  return [...parts, 'HttpOnly', 'SameSite=Strict', ...(isSecure ? ['Secure'] : [])].join('; ');
}
