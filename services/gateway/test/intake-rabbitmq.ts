import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { keysOf } from '@sluice/fleet/jobs';
import { createLogger } from '@sluice/fleet/service';
import { eventually } from '@sluice/testkit';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { startGateway, type TestGateway } from './gateways.ts';
import { type RabbitServer, startRabbit } from './intake-rabbit-server.ts';

// `npm run test:rabbitmq`: the consumer against a real RabbitMQ, which Debian's packages bring.

const QUEUE = 'email_processing';
const DEAD = `${QUEUE}.dead`;
const MAIL = 'From: a@example.org\r\nSubject: Hello\r\n\r\nText\r\n';

let rabbit: RabbitServer;
let url: string;
beforeAll(async () => {
  rabbit = await startRabbit();
  url = `amqp://guest:guest@127.0.0.1:${rabbit.port}`;
}, 300_000);
afterAll(() => rabbit?.stop());

async function withChannel<T>(work: (channel: ConfirmChannel, connection: ChannelModel) => Promise<T>): Promise<T> {
  const connection = await connect(url);
  connection.on('error', () => undefined);
  try {
    return await work(await connection.createConfirmChannel(), connection);
  } finally {
    await connection.close().catch(() => undefined);
  }
}

function publish(...contents: unknown[]): Promise<void> {
  return withChannel(async (channel) => {
    await channel.assertQueue(QUEUE, { durable: true });
    for (const content of contents) {
      channel.sendToQueue(QUEUE, Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)), {
        persistent: true,
      });
    }
    await channel.waitForConfirms();
  });
}

const message = (id: number) => ({ message_id: id, email_data: `${MAIL}${id}\r\n` });
const waiting = (queue: string) => withChannel(async (channel) => (await channel.checkQueue(queue)).messageCount);

async function isEmpty(): Promise<void> {
  expect(await waiting(QUEUE)).toBe(0);
}

/** A gateway that takes from the queue, and its log. */
async function start(change: Record<string, string> = {}): Promise<TestGateway & { said: string[] }> {
  const log = createLogger('gateway', 'test', 'debug');
  const said: string[] = [];
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    log[level] = ((...words: unknown[]) => {
      said.push(words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' '));
      return log;
    }) as never;
  }
  const gateway = await startGateway({}, { env: { RABBITMQ_URL: url, ...change }, log });
  return Object.assign(gateway, { said });
}

const jobOf = async (gateway: TestGateway, id: number) => (await gateway.records.messages.find(id))?.jobId;

describe('messages', () => {
  test('become jobs, each once, also when they come twice; the durable queue is made where there is none', async () => {
    const gateway = await start();
    try {
      await eventually(async () => expect(await waiting(DEAD)).toBe(0), 60_000);
      await publish(message(1), message(2), message(1));
      await eventually(async () => expect(await jobOf(gateway, 2)).toBeDefined());
      await eventually(isEmpty);
      const ids = await Promise.all([jobOf(gateway, 1), jobOf(gateway, 2)]);
      expect(new Set(ids).size).toBe(2);
      for (const id of ids) expect((await gateway.jobs.snapshot(id ?? ''))?.meta.pipeline).toBe('email-scan');
    } finally {
      await gateway.clear();
    }
  });

  test('that can never be taken in go to the dead letters with the reason, and their content', async () => {
    const gateway = await start();
    try {
      await publish('From: me', { message_id: '7', email_data: MAIL }, message(11));
      await eventually(async () => expect(await waiting(DEAD)).toBe(2));
      await eventually(async () => expect(await jobOf(gateway, 11)).toBeDefined());
      const letters = await withChannel(async (channel) => [await channel.get(DEAD), await channel.get(DEAD)]);
      expect(letters.map((letter) => letter && letter.properties.headers?.['x-sluice-code'])).toEqual([
        'not-json',
        'bad-message',
      ]);
      expect(letters[0] && letters[0].content.toString()).toBe('From: me');
      expect(letters[0] && letters[0].properties.deliveryMode).toBe(2);
    } finally {
      await gateway.clear();
    }
  });

  test('outlive the broker and the gateway: what was not taken in is taken in afterwards', async () => {
    const full = await start({ JOURNAL_HIGH_WATER: '1' });
    try {
      // One job is nearly enough to fill this journal: from then on the fleet takes nothing.
      await publish(message(21));
      await eventually(async () => expect(await jobOf(full, 21)).toBeDefined());
      await full.redis.xadd(keysOf((await jobOf(full, 21)) ?? '').journal, '*', 'job', 'x', 'seq', '1');
      const headers = { 'content-type': 'message/rfc822' };
      await eventually(async () =>
        expect((await full.job('', { method: 'POST', body: MAIL, headers })).status).toBe(503),
      );
      await publish(message(22), message(23));
      await eventually(() => expect(full.said.some((line) => line.includes('message not taken in'))).toBe(true));
    } finally {
      await full.clear();
    }
    expect(await waiting(QUEUE)).toBe(2);
    await rabbit.crash();
    await rabbit.restart();
    const gateway = await start();
    try {
      await eventually(async () => expect(await jobOf(gateway, 23)).toBeDefined(), 60_000);
      expect(await jobOf(gateway, 22)).toBeDefined();
      await eventually(isEmpty);
    } finally {
      await gateway.clear();
    }
  }, 240_000);
});

describe('the connection', () => {
  test('is made again when the broker dies and comes back', async () => {
    const gateway = await start({ RABBITMQ_PREFETCH: '5' });
    try {
      await publish(message(31));
      await eventually(async () => expect(await jobOf(gateway, 31)).toBeDefined());
      await rabbit.crash();
      await rabbit.restart();
      await publish(...Array.from({ length: 20 }, (_, at) => message(40 + at)));
      for (let id = 40; id < 60; id += 1)
        await eventually(async () => expect(await jobOf(gateway, id)).toBeDefined(), 90_000);
      await eventually(isEmpty);
    } finally {
      await gateway.clear();
    }
  }, 240_000);

  test('is made again when the queue is removed under it', async () => {
    const gateway = await start();
    try {
      await publish(message(61));
      await eventually(async () => expect(await jobOf(gateway, 61)).toBeDefined());
      await withChannel(async (channel) => void (await channel.deleteQueue(QUEUE)));
      await publish(message(62));
      await eventually(async () => expect(await jobOf(gateway, 62)).toBeDefined(), 60_000);
    } finally {
      await gateway.clear();
    }
  });

  test('takes a queue as its producer has made it', async () => {
    const queue = 'made-by-others';
    await withChannel((channel) => channel.assertQueue(queue, { durable: true, arguments: { 'x-max-priority': 5 } }));
    const gateway = await start({ RABBITMQ_QUEUE: queue });
    try {
      await withChannel(async (channel) => {
        channel.sendToQueue(queue, Buffer.from(JSON.stringify(message(71))), { persistent: true });
        await channel.waitForConfirms();
      });
      await eventually(async () => expect(await jobOf(gateway, 71)).toBeDefined());
    } finally {
      await gateway.clear();
    }
  });

  test('with a wrong password is tried again, and the password is nowhere in the log', async () => {
    const gateway = await start({ RABBITMQ_URL: `amqp://guest:hush-hush@127.0.0.1:${rabbit.port}` });
    try {
      await eventually(() =>
        expect(gateway.said.filter((line) => line.includes('rabbitmq trouble')).length).toBeGreaterThan(1),
      );
      expect(gateway.said.join('\n')).not.toContain('hush');
    } finally {
      await gateway.clear();
    }
  });

  test('over TLS checks the certificate', async () => {
    const code = `
      import { openBroker } from ${JSON.stringify(new URL('../src/intake/amqp/broker.ts', import.meta.url).href)};
      const broker = await openBroker({ url: process.env.URL, queue: 'tls' });
      await broker.close();
      console.log('connected');`;
    const run = async (env: Record<string, string>): Promise<string> => {
      const words = ['--input-type=module', '--eval', code];
      const address = `amqps://guest:guest@localhost:${rabbit.tlsPort}`;
      const child = spawn(process.execPath, words, {
        env: { URL: address, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      await once(child, 'close');
      return text;
    };
    expect(await run({ NODE_EXTRA_CA_CERTS: rabbit.certFile })).toBe('connected\n');
    expect(await run({})).toMatch(/self-signed certificate/);
  });
});
