import { expect, test } from '@jest/globals';
import { createInbox } from './inbox.ts';
import type { Objects } from './port.ts';

const JOB = '018f0000-0000-7000-8000-00000000000';
const metaOf = (jobId: string) => {
  const common = { v: 1, tenant: 'acme', pipeline: 'email-scan', priority: 'normal', timeoutMs: 300_000 } as const;
  return { ...common, jobId, input: {} };
};

test('a manifest that cannot be read just now is reported, stays, and does not stop a sweep', async () => {
  const ids = [1, 2, 3].map((digit) => `${JOB}${digit}`);
  const changed: string[] = [];
  const objects: Objects = {
    async get(key) {
      if (key.startsWith(ids[1] ?? '')) throw new Error('a bad sector');
      return new TextEncoder().encode(JSON.stringify(metaOf(key.replace('.json', ''))));
    },
    put: async (key) => void changed.push(key),
    create: async (key) => changed.push(key) > 0,
    putMs: () => Promise.resolve(0),
    remove: async (key) => void changed.push(key),
    async *list() {
      for (const id of ids) yield { key: `${id}.json`, bytes: 1, modifiedMs: 0 };
    },
  };
  const troubles: unknown[] = [];
  const inbox = createInbox({ objects, onTrouble: ({ code }, jobId) => troubles.push({ code, jobId }) });
  expect(await inbox.list({ olderThanMs: 0, limit: 2 })).toEqual([metaOf(`${JOB}1`), metaOf(`${JOB}3`)]);
  expect(troubles).toEqual([{ code: 'blob-unreadable', jobId: `${JOB}2` }]);
  expect(changed).toEqual([]);
});
