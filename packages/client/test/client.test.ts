import { afterEach, describe, expect, test } from '@jest/globals';
import { SluiceError, type SocketMessage } from '@sluice/contracts';
import { freePort } from '@sluice/testkit';
import { type Client, type ClientOptions, createClient } from '../src/index.ts';
import {
  type Answer,
  accepted,
  answerWith,
  ended,
  event,
  type FakeGateway,
  hangUp,
  JOB_ID,
  problem,
  refuseWith,
  type Stream,
  snapshot,
  startFakeGateway,
  statusWith,
} from './fake-gateway.ts';

let gateway: FakeGateway | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function connect(answers: Answer[], streams: Stream[] = [], options: Partial<ClientOptions> = {}) {
  gateway = await startFakeGateway(answers, streams);
  return { gateway, client: createClient({ url: gateway.url, apiKey: 'slu_key', ...options }) };
}

/** What a promise is rejected with. */
async function errorOf(promise: Promise<unknown>): Promise<SluiceError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof SluiceError) return error;
  throw new Error('no SluiceError was thrown', { cause: error });
}

const MAIL = Buffer.from('Subject: x\r\n\r\ny\r\n');

describe('a submission', () => {
  test('is repeated with the same key and content when the gateway is not there for a moment', async () => {
    const answers = [answerWith(503, 'away'), hangUp, answerWith(202, accepted)];
    const { client, gateway: fake } = await connect(answers);
    expect(await client.submitMail(MAIL, { priority: 'high' })).toEqual(accepted);
    expect(fake.asked).toHaveLength(3);
    const keys = fake.asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(keys).size).toBe(1);
    for (const { method, url, body, headers } of fake.asked) {
      expect({ method, url, body }).toEqual({
        method: 'POST',
        url: '/api/pipeline/jobs?priority=high',
        body: MAIL.toString(),
      });
      expect(headers).toMatchObject({ 'content-type': 'message/rfc822', authorization: 'Bearer slu_key' });
    }
  });

  test('goes with the key that was given, and two without one go with two', async () => {
    const { client, gateway: fake } = await connect([answerWith(202, accepted)]);
    await client.submitMail(MAIL, { idempotencyKey: 'mine' });
    await client.submitObservable({ type: 'ip', value: '192.0.2.1' }, { priority: 'low' });
    await client.submitMail(MAIL);
    const [given, first, second] = fake.asked.map(({ headers }) => headers['idempotency-key']);
    expect(given).toBe('mine');
    expect(first).not.toBe(second);
    expect(JSON.parse(fake.asked[1]?.body ?? '')).toEqual({ ip: '192.0.2.1', priority: 'low' });
  });

  test('that is refused is not repeated, and the error says what the problem says', async () => {
    const errors = [{ path: 'ip', message: 'is too long' }];
    const { client, gateway: fake } = await connect([answerWith(400, { ...problem(400, 'bad-request'), errors })]);
    const error = await errorOf(client.submitMail(MAIL));
    expect(error).toMatchObject({ code: 'bad-request', httpStatus: 400, disposition: 'give-up' });
    expect(error.message).toBe('Because of bad-request. (ip: is too long)');
    expect(fake.asked).toHaveLength(1);
  });

  test('that is called off rejects with the reason of its signal', async () => {
    const calling = new AbortController();
    const { client } = await connect([() => calling.abort(new Error('enough'))]);
    await expect(client.submitMail(MAIL, { signal: calling.signal })).rejects.toThrow('enough');
  });
});

describe('an answer', () => {
  test('that is no problem document still becomes an error with its status', async () => {
    const { client } = await connect([answerWith(500, '<h1>no</h1>')]);
    const error = await errorOf(client.quotas());
    expect(error).toMatchObject({ code: 'http-500', httpStatus: 500, message: 'The server answered 500.' });
  });

  test('that breaks the contract is a bad answer', async () => {
    const { client } = await connect([answerWith(200, { quotas: 1 })]);
    expect(await errorOf(client.quotas())).toMatchObject({ code: 'bad-answer' });
  });

  test('that does not come within the patience is unreachable, and the error names no secret', async () => {
    const url = `http://127.0.0.1:${await freePort()}/secret-path`;
    const error = await errorOf(createClient({ url, apiKey: 'slu_key', patienceMs: 300 }).quotas());
    expect(error).toMatchObject({ code: 'unreachable', disposition: 'retry' });
    expect(error.message).toMatch(/^http:\/\/127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\.$/);
  });

  test('is asked for below the path of the address, with nothing but an id in it', async () => {
    gateway = await startFakeGateway([answerWith(200, statusWith(1, 'queued'))]);
    const client = createClient({ url: `${gateway.url}/sluice?x#y`, apiKey: 'k' });
    await client.status(JOB_ID);
    expect(gateway.asked[0]?.url).toBe(`/sluice/api/pipeline/jobs/${JOB_ID}/status`);
    expect(await errorOf(client.status('../orchestrator'))).toMatchObject({ code: 'job-not-found' });
  });
});

test.each(['ftp://x.test', 'nothing', 'http://user:secret@x.test'])('%j is no address of a fleet', (url) => {
  expect(() => createClient({ url, apiKey: 'k' })).toThrow(/not an http or https URL/);
});

test('a key that no header could carry is refused at once', () => {
  expect(() => createClient({ url: 'http://x.test', apiKey: 'a\nb' })).toThrow(SluiceError);
});

/** A stream that says these messages, and then loses its connection. */
const say = (...messages: string[]): Stream => {
  return (socket) => {
    for (const message of messages) socket.send(message);
    socket.close(1011);
  };
};

async function numbersOf(client: Client, after?: number): Promise<string[]> {
  const seen: SocketMessage[] = [];
  for await (const message of client.events(JOB_ID, { after })) seen.push(message);
  return seen.map(({ type, seq }) => `${seq} ${type}`);
}

describe('the events of a job', () => {
  test('come once each and in order across lost connections, repeated ones and gaps', async () => {
    const streams = [
      say(snapshot(3), event(4), event(5)),
      refuseWith(503, 'away'),
      say(event(5), event(6), event(8)),
      say(event(7), event(8), ended(9), event(10)),
    ];
    const { client, gateway: fake } = await connect([], streams);
    const states = [4, 5, 6, 7, 8].map((seq) => `${seq} job.state`);
    expect(await numbersOf(client)).toEqual(['3 snapshot', ...states, '9 job.ended']);
    const path = `/api/pipeline/ws/job/${JOB_ID}`;
    expect(fake.opened).toEqual([path, `${path}?after=5`, `${path}?after=5`, `${path}?after=6`]);
  });

  test('end at once where the job has ended', async () => {
    const { client } = await connect([], [say(snapshot(9, 'completed'))]);
    expect(await numbersOf(client)).toEqual(['9 snapshot']);
  });

  test('after a number end with the last one of an ended job, without waiting for more', async () => {
    const { client, gateway: fake } = await connect([answerWith(200, statusWith(9, 'completed'))], [say(ended(9))]);
    expect(await numbersOf(client, 9)).toEqual([]);
    expect(fake.opened).toEqual([]);
    expect(await numbersOf(client, 8)).toEqual(['9 job.ended']);
  });

  test('that are followed go on after a completed job, and end with one that nothing can amend', async () => {
    const amended = event(5, { type: 'report.amended', revision: 2, result: {} });
    const failed = event(6, { type: 'job.ended', state: 'failed' });
    const { client } = await connect([], [say(snapshot(3), ended(4)), say(amended, failed, event(7))]);
    const seen: number[] = [];
    for await (const { seq } of client.events(JOB_ID, { follow: true })) seen.push(seq);
    expect(seen).toEqual([3, 4, 5, 6]);
  });

  test('begin again with a snapshot where the fleet forgot the last ones', async () => {
    const streams = [say(snapshot(3), event(4)), refuseWith(400, 'bad-sequence'), say(snapshot(3), ended(4))];
    const { client } = await connect([answerWith(200, statusWith(3, 'parsing'))], streams);
    expect(await numbersOf(client)).toEqual(['3 snapshot', '4 job.state', '3 snapshot', '4 job.ended']);
  });

  test('are refused as the gateway refuses them', async () => {
    const { client } = await connect(
      [answerWith(401, problem(401, 'unauthorized'))],
      [refuseWith(401, 'unauthorized')],
    );
    const error = await errorOf(numbersOf(client));
    expect(error).toMatchObject({ code: 'unauthorized', httpStatus: 401, message: 'Because of unauthorized.' });
  });

  test('are unreachable when every connection is lost at once for longer than the patience', async () => {
    const { client } = await connect([], [say()], { patienceMs: 400 });
    expect(await errorOf(numbersOf(client))).toMatchObject({ code: 'unreachable' });
  });

  test('of a contract that is not ours are a bad answer', async () => {
    const { client } = await connect([], [say('{"type":"surprise"}')]);
    expect(await errorOf(numbersOf(client))).toMatchObject({ code: 'bad-answer' });
  });

  test('stop with the reason of the signal, also while the connection is silent', async () => {
    const leaving = new AbortController();
    const silent: Stream = (socket) => {
      socket.send(snapshot(3));
      // Its answer shows that the snapshot was read, and that the reader waits.
      socket.on('pong', () => leaving.abort(new Error('enough')));
      socket.ping();
    };
    const { client } = await connect([], [silent]);
    const events = client.events(JOB_ID, { signal: leaving.signal });
    await events.next();
    await expect(events.next()).rejects.toThrow('enough');
  });
});

test('waiting tells every message and resolves with the status at the end', async () => {
  const { client } = await connect([answerWith(200, statusWith(4, 'failed'))], [say(snapshot(3), ended(4))]);
  const seen: string[] = [];
  const status = await client.wait(JOB_ID, { onEvent: ({ type }) => seen.push(type) });
  expect(seen).toEqual(['snapshot', 'job.ended']);
  expect(status.state).toBe('failed');
});
