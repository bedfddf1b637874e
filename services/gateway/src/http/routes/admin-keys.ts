import {
  ApiKeyPage,
  ApiKeyView,
  CreatedApiKey,
  KeyId,
  NewApiKey,
  PageQuery,
  RotateApiKey,
  SluiceError,
  TenantId,
} from '@sluice/contracts';
import type { ApiKey, Records } from '@sluice/records';
import { z } from 'zod';
import type { Audit } from '../../audit.ts';
import { type Caller, FILE_KEY_ID, isOperator, tenantOf, tenantsOf } from '../../keys/caller.ts';
import type { KeyDirectory } from '../../keys/directory.ts';
import { makeKey } from '../../keys/key.ts';
import { answer, type Route, route } from '../route.ts';
import { requireTenant } from './known-tenant.ts';

export interface KeyRoutesConfig {
  records: Pick<Records, 'keys' | 'tenants'>;
  directory: Pick<KeyDirectory, 'forget'>;
  audit: Audit;
  now?: () => number;
}

const ofKey = {
  chapter: 'Administration: keys',
  access: 'admin',
  params: z.object({ id: KeyId }),
  absent: noKey,
} as const;
const KeysQuery = z.strictObject({ ...PageQuery.shape, tenant: TenantId.optional() });
const created = { name: 'CreatedApiKey', schema: CreatedApiKey };

/** `/api/admin/keys`: an admin has those of the own tenant, an operator those of all. */
export function keyRoutes(config: KeyRoutesConfig): Route[] {
  return [listRoute(config), createRoute(config), rotateRoute(config), revokeRoute(config)];
}

function listRoute({ records }: KeyRoutesConfig): Route {
  return route({
    ...ofKey,
    method: 'get',
    path: '/api/admin/keys',
    name: 'admin-keys',
    summary: 'API keys, newest first. No secret is shown.',
    params: z.object({}),
    query: KeysQuery,
    answers: { 200: { says: 'A page of keys.', name: 'ApiKeyPage', schema: ApiKeyPage } },
    problems: ['foreign-tenant', 'bad-cursor'],
    async handle({ caller, query }) {
      const { keys, next } = await records.keys.list(tenantsOf(caller, query.tenant), query);
      return answer({ v: 1, items: keys.map(viewOf), next });
    },
  });
}

function createRoute({ records, audit, now = Date.now }: KeyRoutesConfig): Route {
  return route({
    ...ofKey,
    method: 'post',
    path: '/api/admin/keys',
    name: 'admin-key-create',
    summary: 'Makes a key. The answer is the only one that shows it.',
    params: z.object({}),
    body: { name: 'NewApiKey', schema: NewApiKey },
    answers: { 201: { says: 'The key.', ...created } },
    problems: ['foreign-tenant', 'tenant-not-found'],
    async handle({ caller, body, requestId }) {
      const tenant = tenantOf(caller, body.tenant);
      await requireTenant(records, tenant);
      const { id, key, hash, prefix } = makeKey();
      const { name, role, lifeSeconds } = body;
      const createdMs = now();
      const expiresMs = lifeSeconds === undefined ? null : createdMs + lifeSeconds * 1_000;
      const times = { createdMs, expiresMs, lastUsedMs: null, revokedMs: null, rotatedFrom: null };
      const stored: ApiKey = { id, tenant, role, name, hash, prefix, ...times };
      await records.keys.create(stored);
      await audit.note(caller, requestId, {
        action: 'key.create',
        target: id,
        tenant,
        detail: { role, name, expiresMs },
      });
      return answer({ v: 1, key, view: viewOf(stored) }, 201);
    },
  });
}

function rotateRoute({ records, directory, audit, now = Date.now }: KeyRoutesConfig): Route {
  return route({
    ...ofKey,
    method: 'post',
    path: '/api/admin/keys/{id}/rotate',
    name: 'admin-key-rotate',
    summary: 'Makes a key that takes the place of this one, which stays valid for a while.',
    body: { name: 'RotateApiKey', schema: RotateApiKey },
    answers: { 201: { says: 'The new key.', ...created } },
    problems: ['key-not-found', 'key-is-a-file', 'key-revoked', 'cache-unreachable'],
    async handle({ caller, params, body, requestId }) {
      const old = await findKey(records, caller, params.id);
      const createdMs = now();
      if (old.revokedMs !== null || (old.expiresMs !== null && old.expiresMs <= createdMs)) throw over();
      const { id, key, hash, prefix } = makeKey();
      const { tenant, role, name, expiresMs } = old;
      const times = { createdMs, expiresMs, lastUsedMs: null, revokedMs: null, rotatedFrom: old.id };
      const stored: ApiKey = { id, tenant, role, name, hash, prefix, ...times };
      const graceEndsMs = createdMs + body.graceSeconds * 1_000;
      const oldExpiresMs = Math.min(graceEndsMs, expiresMs ?? graceEndsMs);
      await records.keys.rotate(old.id, stored, oldExpiresMs).catch(explainGone);
      await audit.note(caller, requestId, {
        action: 'key.rotate',
        target: old.id,
        tenant,
        detail: { by: id, oldExpiresMs },
      });
      await directory.forget(old.id);
      return answer({ v: 1, key, view: viewOf(stored) }, 201);
    },
  });
}

function revokeRoute({ records, directory, audit, now = Date.now }: KeyRoutesConfig): Route {
  return route({
    ...ofKey,
    method: 'delete',
    path: '/api/admin/keys/{id}',
    name: 'admin-key-revoke',
    summary: 'Revokes a key: within a second it opens nothing. Repeated it says the same.',
    answers: { 204: { says: 'It is revoked.' } },
    problems: ['key-not-found', 'key-is-a-file', 'cache-unreachable'],
    async handle({ caller, params, requestId }) {
      const { id, tenant } = await findKey(records, caller, params.id);
      await records.keys.revoke(id, now());
      await audit.note(caller, requestId, { action: 'key.revoke', target: id, tenant });
      // Also where it was revoked before: this may be the repetition after the cache was away.
      await directory.forget(id);
      return { status: 204 };
    },
  });
}

/** A key that the caller may change. Throws `key-not-found` (404), `key-is-a-file` (409). */
async function findKey({ keys }: Pick<Records, 'keys'>, caller: Caller, id: string): Promise<ApiKey> {
  const key = await keys.find(id);
  if (key === null || (key.tenant !== caller.tenant && !isOperator(caller))) throw noKey();
  if (id !== FILE_KEY_ID) return key;
  const message =
    'This key is the one in the file admin.key: remove the file and start the gateway again for a new one.';
  throw new SluiceError('key-is-a-file', message, { httpStatus: 409 });
}

/** Without the hash. */
function viewOf(key: ApiKey): ApiKeyView {
  return ApiKeyView.parse(key);
}

function explainGone(error: unknown): never {
  throw error instanceof SluiceError && error.code === 'key-gone' ? over() : error;
}

function over(): SluiceError {
  return new SluiceError('key-revoked', 'This key is revoked or expired already.', { httpStatus: 409 });
}

function noKey(): SluiceError {
  return new SluiceError('key-not-found', 'There is no such key.', { httpStatus: 404 });
}
