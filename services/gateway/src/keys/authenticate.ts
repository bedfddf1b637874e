import type { IncomingMessage } from 'node:http';
import { type Role, SluiceError, type TenantId } from '@sluice/contracts';
import type { Settings } from '@sluice/fleet/settings';
import { type Caller, FILE_KEY_ID, HOME_TENANT } from './caller.ts';
import type { KeyDirectory } from './directory.ts';
import type { Guesses } from './guesses.ts';
import { hashOf, idOf, isSameHash, SHORTEST_KEY_CHARS } from './key.ts';
import type { LastUse } from './last-use.ts';
import { type Sessions, tokenIn } from './sessions.ts';

type Asked = Pick<IncomingMessage, 'headers' | 'socket' | 'method'>;

/** Browsers send a session's cookie by themselves, but this header only for our own pages. */
const CSRF_HEADER = 'x-sluice-csrf';
/** A key that was right so lately is no guess. */
const PROVEN_MS = 60_000;
const MOST_PROVEN = 10_000;

interface AuthenticateConfig {
  /** What `admin.key` holds. */
  fileKey: string;
  directory: KeyDirectory;
  sessions: Sessions;
  guesses: Guesses;
  settings: Pick<Settings, 'tenant'>;
  lastUse: Pick<LastUse, 'note'>;
  addressOf: (request: Asked) => string;
  now?: () => number;
}

/** A key that opens the door, with the hash that it is stored by. */
export interface KnownKey {
  id: string;
  name: string;
  hash: string;
  tenant: TenantId;
  role: Role;
  expiresMs: number | null;
}

export type Authenticator = ReturnType<typeof createAuthenticator>;

/** Tells who asks. While PostgreSQL is away the key of `admin.key` and those that the cache holds still open the door. */
export function createAuthenticator(config: AuthenticateConfig) {
  const { directory, sessions, guesses, settings, lastUse, addressOf, now = Date.now } = config;
  const fileHash = hashOf(config.fileKey);
  const fileKey: KnownKey = {
    id: FILE_KEY_ID,
    name: 'admin.key',
    hash: fileHash,
    tenant: HOME_TENANT,
    role: 'admin',
    expiresMs: null,
  };
  const proven = new Map<string, number>();

  function prove(hash: string): void {
    if (proven.size >= MOST_PROVEN) proven.clear();
    proven.set(hash, now() + PROVEN_MS);
  }

  /** Null where there is no such key, or not any more. */
  async function keyOf(id: string | null, hash: string): Promise<KnownKey | null> {
    if (isSameHash(hash, fileHash)) return fileKey;
    const key = id === null || id === FILE_KEY_ID ? null : await directory.find(id);
    if (key === null || !isSameHash(hash, key.hash)) return null;
    return key.revokedMs !== null || (key.expiresMs !== null && key.expiresMs <= now()) ? null : key;
  }

  async function admit(key: KnownKey, by: Caller['by']): Promise<Caller> {
    // The file's key is the way back in, whatever was set.
    if (key !== fileKey && (await settings.tenant(key.tenant)).isBlocked) {
      throw new SluiceError('tenant-blocked', 'This tenant is blocked.', { httpStatus: 403 });
    }
    lastUse.note(key.id, now());
    return { keyId: key.id, name: key.name, tenant: key.tenant, role: key.role, by, expiresMs: key.expiresMs };
  }

  /** Slows down where it may be a guess. */
  async function guarded(request: Asked, hash: string, look: () => Promise<KnownKey | null>): Promise<KnownKey | null> {
    const address = addressOf(request);
    if ((proven.get(hash) ?? 0) <= now()) await guesses.check(address);
    const key = await look();
    if (key === null) await guesses.failed(address);
    else prove(hash);
    return key;
  }

  async function byKey(request: Asked, text: string): Promise<KnownKey | null> {
    if (text.length < SHORTEST_KEY_CHARS) return null;
    const hash = hashOf(text);
    return guarded(request, hash, () => keyOf(idOf(text), hash));
  }

  async function bySession(request: Asked, token: string): Promise<{ key: KnownKey; endsMs: number } | null> {
    let endsMs = 0;
    const key = await guarded(request, hashOf(token), async () => {
      const session = await sessions.find(token);
      endsMs = session?.endsMs ?? 0;
      return session === null ? null : keyOf(session.keyId, session.keyHash);
    });
    return key === null ? null : { key, endsMs };
  }

  return {
    /** The key behind a text. Throws `unauthorized` (401), `too-many-guesses` (429). */
    async open(request: Asked, text: string): Promise<KnownKey> {
      const key = await byKey(request, text);
      if (key === null) throw unauthorized('The API key is not known, or not valid any more.');
      return key;
    },

    /** Whom a key makes of its bearer. Throws `tenant-blocked` (403). */
    admit,

    /**
     * Who asks, by `Authorization: Bearer`, `X-API-Key` or a session's cookie. Throws `unauthorized` (401), `tenant-blocked` and `cross-site` (403),
     * `too-many-guesses` (429), `record-away` (503).
     */
    async authenticate(request: Asked): Promise<Caller> {
      const text = keyIn(request);
      if (text !== undefined) return admit(await this.open(request, text), 'key');
      const token = tokenIn(request.headers.cookie);
      if (token === undefined) {
        throw unauthorized('An API key is needed: Authorization: Bearer KEY, or X-API-Key.');
      }
      requireOwnPage(request);
      const found = await bySession(request, token);
      if (found === null) throw unauthorized('The session has ended. Give the key again.');
      return { ...(await admit(found.key, 'session')), expiresMs: found.endsMs };
    },
  };
}

function keyIn({ headers }: Asked): string | undefined {
  const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const header = headers['x-api-key'];
  return bearer ?? (typeof header === 'string' ? header : undefined);
}

function requireOwnPage({ method = 'GET', headers }: Asked): void {
  const isRead = method === 'GET' || method === 'HEAD';
  const isSocket = isRead && headers.upgrade !== undefined;
  const isOurs = isSocket ? isSameOrigin(headers) : isRead || headers[CSRF_HEADER] !== undefined;
  if (isOurs) return;
  const message = isSocket
    ? 'A socket with a session is opened by our own page only.'
    : 'With a session, what changes something needs the header X-Sluice-CSRF.';
  throw new SluiceError('cross-site', message, { httpStatus: 403 });
}

/** Sockets know no such header, but browsers say where they come from. */
function isSameOrigin({ origin, host }: Asked['headers']): boolean {
  return origin === undefined || URL.parse(origin)?.host === host;
}

function unauthorized(message: string): SluiceError {
  return new SluiceError('unauthorized', message, { httpStatus: 401 });
}
