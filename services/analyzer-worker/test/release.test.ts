import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JudgementSay, TenantPolicy, tasks, type Tlp } from '@sluice/contracts';
import { type BlobStore, createFolderBlobStore } from '@sluice/fleet/blobs';
import type { TaskContext } from '@sluice/fleet/queue';
import { keysOf } from '../src/providers/keys.ts';
import type { Providers } from '../src/providers/index.ts';
import { permissionsOf } from '../src/providers/permissions.ts';
import { providerSettings } from '../src/providers/settings.ts';
import { createHandlers } from '../src/tasks.ts';
import { parseConfig } from '@sluice/fleet/service';

let folder: string;
let blobs: BlobStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-release-'));
  blobs = createFolderBlobStore(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const policy = TenantPolicy.parse({ v: 1, tenant: 'acme', name: 'Acme' });
const settings = parseConfig(providerSettings, {
  VIRUSTOTAL_API_KEY: 'a',
  GEMINI_API_KEY: 'b',
  URLSCAN_API_KEY: 'c',
  URLSCAN_SUBMIT: 'unlisted',
});
const keys = keysOf(settings, policy, undefined);

async function targetsOf(tlp: Tlp | undefined, mostVisits = 5) {
  const never = () => Promise.reject(new Error('not for this test'));
  const providers: Providers = {
    fleet: permissionsOf(settings, keys),
    permissions: async (_tenant, said) => permissionsOf(settings, keys, { policy, tlp: said, switchedOff: new Map() }),
    lookup: never,
    submit: never,
    opinion: never,
    start: never,
    stop: never,
  };
  const reader = {} as Parameters<typeof createHandlers>[0]['reader'];
  const rules = { tenant: async () => policy };
  const says = { of: async () => JudgementSay.parse({}) };
  const handlers = createHandlers({ blobs, reader, providers, rules, says, ruleFiles: [], mostVisits });
  const context = { tenant: 'acme', ...(tlp === undefined ? {} : { tlp }) } as TaskContext;
  const found = await handlers['observable.extract']({ type: 'url', value: 'https://lure.example/login' }, context);
  return tasks['observable.extract'].result.parse(found).targets;
}

test('what may not leave is no target, and the report is told why', async () => {
  const amber = await targetsOf(undefined);
  expect(amber?.visits).toHaveLength(1);
  expect(amber?.providers).toEqual(['virustotal', 'urlscan']);
  expect(amber?.withheld).toEqual([{ what: 'submit', why: 'the mail is TLP:AMBER: its links may not be handed over' }]);
  const strict = await targetsOf('amber+strict');
  expect([strict?.visits.length, strict?.providers]).toEqual([1, []]);
  const red = await targetsOf('red');
  expect([red?.visits, red?.providers, red?.submits]).toEqual([[], [], []]);
  expect(red?.withheld).toEqual([
    { what: 'visit', count: 1, why: 'the mail is TLP:RED: nothing may leave' },
    { what: 'submit', why: 'the mail is TLP:RED: nothing may leave' },
  ]);
  expect(red?.notAsked).toContainEqual({ provider: 'virustotal', why: 'the mail is TLP:RED: nothing may leave' });
});

test('a link that the fleet leaves closed is told of, and is no target', async () => {
  const closed = await targetsOf('clear', 0);
  expect(closed?.visits).toEqual([]);
  expect(closed?.withheld).toContainEqual({ what: 'visit', count: 1, why: 'this fleet opens no links' });
});
