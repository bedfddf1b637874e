import { afterEach, describe, expect, test } from '@jest/globals';
import { createClient, type Submission } from '../src/index.ts';
import {
  type Answer,
  accepted,
  answerWith,
  type FakeGateway,
  hangUp,
  JOB_ID,
  problem,
  refuseWith,
  type Stream,
  startFakeGateway,
  statusWith,
} from './fake-gateway.ts';

let gateway: FakeGateway | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function connect(
  answers: Answer[],
  streams: Stream[] = [],
  options: { apiKey?: string; tenant?: string } = { apiKey: 'k' },
) {
  gateway = await startFakeGateway(answers, streams);
  return { gateway, client: createClient({ url: gateway.url, ...options }) };
}

const NEW_KEY = { name: 'x', role: 'admin' } as const;

describe('what would be done twice', () => {
  test('is not repeated after an answer that was lost', async () => {
    const { client, gateway: fake } = await connect([hangUp]);
    await expect(client.admin.keys.create(NEW_KEY)).rejects.toMatchObject({ code: 'unreachable' });
    expect(fake.asked).toHaveLength(1);
  });

  test('is repeated where the gateway refused it for its rate', async () => {
    const view = {
      id: 'admin',
      tenant: 'default',
      name: 'x',
      role: 'admin',
      prefix: 'slu',
      createdMs: 1,
      expiresMs: null,
      lastUsedMs: null,
      revokedMs: null,
      rotatedFrom: null,
    };
    const busy = answerWith(429, problem(429, 'too-many-requests'), { 'retry-after': '0' });
    const { client, gateway: fake } = await connect([busy, answerWith(201, { v: 1, key: 'slu_x', view })]);
    expect(await client.admin.keys.create(NEW_KEY)).toMatchObject({ key: 'slu_x' });
    expect(fake.asked).toHaveLength(2);
  });
});

test('a pause that is longer than the patience is not waited for, and the error names its end', async () => {
  const { client, gateway: fake } = await connect([
    answerWith(503, problem(503, 'queue-behind'), { 'retry-after': '900' }),
  ]);
  const beforeMs = Date.now();
  const error = (await client.submitObservable({ type: 'ip', value: '192.0.2.1' }).catch((e: unknown) => e)) as {
    retryAtMs: number;
  };
  expect(error).toMatchObject({ code: 'queue-behind', disposition: 'retry-at', httpStatus: 503 });
  expect(error.retryAtMs).toBeGreaterThanOrEqual(beforeMs + 900_000);
  expect(fake.asked).toHaveLength(1);
});

test('ids are one segment of the path, whatever they hold', async () => {
  const { client, gateway: fake } = await connect([answerWith(204, '')]);
  await client.admin.cache.forget('visits', 'https://a.example/../x?y#z%2e', { tenant: 'acme' });
  expect(fake.asked[0]?.url).toBe('/api/admin/cache/visits/https%3A%2F%2Fa.example%2F..%2Fx%3Fy%23z%252e?tenant=acme');
  for (const id of ['', '.', '..', '\ud800']) {
    await expect(client.admin.keys.revoke(id)).rejects.toMatchObject({ code: 'bad-id' });
  }
  expect(fake.asked).toHaveLength(1);
});

test('a client for a tenant names it wherever jobs are meant', async () => {
  const { client, gateway: fake } = await connect([answerWith(200, statusWith(1, 'queued'))], [], {
    apiKey: 'k',
    tenant: 'acme',
  });
  await client.status(JOB_ID);
  await client.submitMail(new Uint8Array([1])).catch(() => undefined);
  await client.jobs.page({ limit: 2 }).catch(() => undefined);
  expect(fake.asked.map(({ url }) => url.split('?')[1])).toEqual(['tenant=acme', 'tenant=acme', 'tenant=acme&limit=2']);
});

test('without a key it is the session that asks, and shows that it is our own page', async () => {
  const { client, gateway: fake } = await connect([answerWith(204, '')], [], {});
  await client.closeSession();
  expect(fake.asked[0]).toMatchObject({ method: 'DELETE', url: '/api/session' });
  expect(fake.asked[0]?.headers).toMatchObject({ 'x-sluice-csrf': '1' });
  expect(fake.asked[0]?.headers).not.toHaveProperty('authorization');
});

describe('many submissions', () => {
  const ip = (value: string): Submission => ({ observable: { type: 'ip', value } });

  test('are told of one by one, refused ones too, and never more at once than was said', async () => {
    let [open, most] = [0, 0];
    const answer: Answer = (response, { body }) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        if (body.includes('bad')) answerWith(422, problem(422, 'bad-observable'))(response, {} as never);
        else answerWith(202, accepted)(response, {} as never);
      });
    };
    const { client } = await connect([answer]);
    const told = new Map<number, string>();
    const all = [ip('1'), ip('bad'), ip('3'), ip('4'), ip('5')];
    for await (const { index, accepted: taken, error } of client.submitMany(all, { parallel: 2 })) {
      told.set(index, taken === null ? (error?.code ?? '') : 'accepted');
    }
    expect([...told].toSorted(([a], [b]) => a - b).map(([, what]) => what)).toEqual([
      'accepted',
      'bad-observable',
      'accepted',
      'accepted',
      'accepted',
    ]);
    expect(most).toBeLessThanOrEqual(2);
  });

  test('read no more of their input than they submit', async () => {
    let read = 0;
    function* input(): Generator<Submission> {
      for (;;) {
        read += 1;
        yield ip('192.0.2.1');
      }
    }
    const { client } = await connect([answerWith(202, accepted)]);
    const submitted = client.submitMany(input(), { parallel: 3 });
    await submitted.next();
    await submitted.return();
    expect(read).toBe(3);
  });

  test('that are under way are called off when the loop is left', async () => {
    const hungUp = Promise.withResolvers<void>();
    const answer: Answer = (response, { body }) => {
      if (body.includes('first')) answerWith(202, accepted)(response, {} as never);
      else response.once('close', hungUp.resolve);
    };
    const { client } = await connect([answer]);
    for await (const { index } of client.submitMany([ip('never answered'), ip('first')], { parallel: 2 })) {
      expect(index).toBe(1);
      break;
    }
    await hungUp.promise;
  });

  test('end with the reason of the signal', async () => {
    const leaving = new AbortController();
    const { client } = await connect([() => leaving.abort(new Error('enough'))]);
    const submitted = client.submitMany([ip('1'), ip('2')], { parallel: 2, signal: leaving.signal });
    await expect(submitted.next()).rejects.toThrow('enough');
  });
});

describe('the jobs of a tenant', () => {
  const snapshot = { type: 'snapshot', epoch: 'e', seq: 4, resumed: false, jobs: [], isCut: false, isPartial: false };
  const summary = {
    jobId: JOB_ID,
    pipeline: 'email-scan',
    state: 'parsing',
    priority: 'normal',
    percent: 5,
    verdict: null,
    category: null,
    score: null,
    revision: 0,
    createdMs: 1,
    endedMs: null,
  };
  const deltas = (...seqs: number[]) => ({
    type: 'deltas',
    epoch: 'e',
    deltas: seqs.map((seq) => ({ seq, type: 'job', atMs: 1, job: summary })),
  });
  const say = (...messages: object[]): Stream => {
    return (socket) => {
      for (const message of messages) socket.send(JSON.stringify(message));
      socket.close(1011);
    };
  };

  test('are followed across lost connections from where they were', async () => {
    const streams = [
      say(snapshot, deltas(5, 6)),
      say({ type: 'resumed', epoch: 'e', seq: 6, resumed: true }, deltas(7)),
    ];
    const { client, gateway: fake } = await connect([], streams, { apiKey: 'k', tenant: 'acme' });
    const types: string[] = [];
    for await (const { type } of client.watchJobs()) if (types.push(type) === 4) break;
    expect(types).toEqual(['snapshot', 'deltas', 'resumed', 'deltas']);
    const path = '/api/pipeline/ws/jobs?tenant=acme';
    expect(fake.opened.slice(0, 2)).toEqual([path, `${path}&after=e.6`]);
  });

  test('are refused as the gateway refuses the path', async () => {
    const { client } = await connect([answerWith(403, problem(403, 'forbidden'))], [refuseWith(403, 'forbidden')]);
    await expect(client.watchJobs().next()).rejects.toMatchObject({ code: 'forbidden', httpStatus: 403 });
  });

  test('are given up with the reason of the signal', async () => {
    const leaving = new AbortController();
    const { client } = await connect([], [(socket) => socket.send(JSON.stringify(snapshot))]);
    const stream = client.watchJobs(leaving.signal);
    await stream.next();
    const next = stream.next();
    leaving.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });
});
