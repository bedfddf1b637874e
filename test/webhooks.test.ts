import { createHmac } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet } from '@sluice/supervisor';
import { eventually } from '@sluice/testkit';
import { makeFolder, removeFolder, startHouse } from './fleets.ts';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

let dataDir: string;
let house: Awaited<ReturnType<typeof startFleet>>;
let key: string;
const received: Received[] = [];
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    // The first try of all is in vain.
    response.writeHead(received.length === 1 ? 500 : 204).end();
  });
});

beforeAll(async () => {
  dataDir = await makeFolder();
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  house = await startHouse(dataDir, { WEBHOOK_ALLOW: `127.0.0.1:${port()}` });
  key = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
}, 120_000);
afterAll(async () => {
  await house.stop();
  receiver.close();
  await removeFolder(dataDir);
});

function port(): number {
  const address = receiver.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return address.port;
}

async function call(path: string, body?: unknown): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${house.url}${path}`, init);
  expect(response.ok).toBe(true);
  return (await response.json()) as Record<string, unknown>;
}

test('a scan in a whole fleet ends in signed messages that the log of deliveries shows, and no log holds URL or secret', async () => {
  const hook = {
    url: `http://127.0.0.1:${port()}/token-4711`,
    events: ['job.completed', 'verdict'],
    minVerdict: 'clean',
  };
  const { secret, view } = (await call('/api/webhooks', hook)) as { secret: string; view: { id: string } };
  const { jobId } = (await call('/api/pipeline/jobs', { ip: '192.0.2.1' })) as { jobId: string };
  await eventually(() => expect(received).toHaveLength(3), 60_000);
  const types = new Set(
    received.map(({ headers, body }) => {
      const id = headers['webhook-id'];
      const moment = headers['webhook-timestamp'];
      const mac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'));
      const signature = mac.update(`${String(id)}.${String(moment)}.${body}`).digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${signature}`);
      const message = JSON.parse(body) as { type: string; data: object };
      expect(message.data).toMatchObject({ jobId, state: 'completed', revision: 1 });
      return message.type;
    }),
  );
  expect([...types].toSorted()).toEqual(['job.completed', 'verdict']);
  await eventually(async () => {
    const { items } = await call(`/api/webhooks/${view.id}/deliveries`);
    const states = (items as { state: string; attempts: number }[]).map(
      ({ state, attempts }) => `${state} ${attempts}`,
    );
    expect(states.toSorted()).toEqual(['delivered 1', 'delivered 2']);
  }, 60_000);
  const { items } = await call('/api/pipeline/jobs');
  expect((items as { jobId: string }[]).map((job) => job.jobId)).toEqual([jobId]);
  const logs = join(dataDir, 'logs');
  for (const file of await readdir(logs)) {
    const text = await readFile(join(logs, file), 'utf8');
    for (const hidden of ['token-4711', secret.slice('whsec_'.length)]) expect(text).not.toContain(hidden);
  }
}, 180_000);
