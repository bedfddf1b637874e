import { afterEach, describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import type { IntakeMessage } from '@sluice/records';
import { eventually } from '@sluice/testkit';
import { type AmqpIntake, createAmqpIntake } from '../src/intake/amqp/consumer.ts';
import type { Broker, Delivery } from '../src/intake/amqp/port.ts';
import { createProcessed } from '../src/intake/amqp/processed.ts';
import { silentLog } from './gateways.ts';

let intake: AmqpIntake | undefined;
afterEach(async () => {
  await intake?.stop();
  intake = undefined;
});

/** A queue in memory that behaves as a broker's: what is not settled when a connection ends is given out again. */
class Queue {
  readonly waiting: Buffer[] = [];
  readonly dead: { content: string; code: string }[] = [];
  readonly acked: string[] = [];
  connections = 0;
  refusals = 0;
  requeued = 0;
  cancelled = 0;
  #current: { end(): void; offer(): void } | undefined;

  send(value: unknown): void {
    this.waiting.push(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
    this.#current?.offer();
  }

  /** The connection breaks. */
  cut(): void {
    this.#current?.end();
  }

  open = (): Promise<Broker> => {
    if (this.refusals > 0) {
      this.refusals -= 1;
      return Promise.reject(new Error('connect ECONNREFUSED amqp://user:hush@rabbit'));
    }
    this.connections += 1;
    const closed = Promise.withResolvers<void>();
    const unsettled = new Set<Delivery>();
    let isOpen = true;
    let onDelivery: ((delivery: Delivery) => void) | undefined;
    let places = 0;
    const offer = () => {
      for (;;) {
        if (!isOpen || onDelivery === undefined || unsettled.size >= places) return;
        const content = this.waiting.shift();
        if (content === undefined) return;
        const delivery = { content, tag: content };
        unsettled.add(delivery);
        onDelivery(delivery);
      }
    };
    const settle = (delivery: Delivery) => {
      if (!isOpen) throw new Error('Channel closed');
      unsettled.delete(delivery);
      queueMicrotask(offer);
    };
    const end = () => {
      if (!isOpen) return;
      isOpen = false;
      this.waiting.unshift(...[...unsettled].map(({ content }) => content));
      closed.resolve();
    };
    this.#current = { end, offer };
    return Promise.resolve({
      closed: closed.promise,
      consume: (prefetch, listener) => {
        places = prefetch;
        onDelivery = listener;
        offer();
        return Promise.resolve();
      },
      cancel: () => {
        this.cancelled += 1;
        onDelivery = undefined;
        return Promise.resolve();
      },
      ack: (delivery) => {
        settle(delivery);
        this.acked.push(delivery.content.toString());
      },
      requeue: (delivery) => {
        settle(delivery);
        this.requeued += 1;
        this.waiting.push(delivery.content);
      },
      bury: (delivery, { code }) => {
        settle(delivery);
        this.dead.push({ content: delivery.content.toString(), code });
        return Promise.resolve();
      },
      close: () => {
        end();
        return Promise.resolve();
      },
    });
  };
}

interface House {
  queue: Queue;
  submitted: { mail: string; key: string }[];
  rows: Map<number, IntakeMessage>;
  /** What the next submissions throw, one each. */
  errors: unknown[];
  logged: unknown[];
}

function start(change: { prefetch?: number; holdMs?: number; onSubmit?: () => Promise<void> } = {}): House {
  const house: House = {
    queue: new Queue(),
    submitted: [],
    rows: new Map(),
    errors: [],
    logged: [],
  };
  const jobs = new Map<string, string>();
  const log = silentLog();
  log.warn = ((...words: unknown[]) => house.logged.push(words)) as never;
  intake = createAmqpIntake({
    open: house.queue.open,
    async submit({ mail }, _tenant, key) {
      await change.onSubmit?.();
      const error = house.errors.shift();
      if (error !== undefined) throw error;
      house.submitted.push({ mail: Buffer.from(mail).toString(), key });
      const jobId = jobs.get(key) ?? `00000000-0000-7000-8000-00000000000${jobs.size}`;
      jobs.set(key, jobId);
      return jobId;
    },
    messages: {
      find: (messageId) => Promise.resolve(house.rows.get(messageId) ?? null),
      receive(message) {
        const row = house.rows.get(message.messageId) ?? { ...message, isProcessed: false, processedMs: null };
        house.rows.set(message.messageId, row);
        return Promise.resolve(row);
      },
    },
    tenant: 'one',
    prefetch: change.prefetch ?? 1,
    log,
    times: { firstPauseMs: 1, longestPauseMs: 5, holdMs: change.holdMs ?? 60_000, drainMs: 5_000 },
  });
  intake.start();
  return house;
}

const message = (id: number, mail = `mail ${id}`) => ({ message_id: id, email_data: mail });
const busy = () => new SluiceError('queue-behind', 'Later.', { httpStatus: 503 });

describe('a message', () => {
  test('is a job, is recorded, and is acknowledged after that', async () => {
    const seen: boolean[] = [];
    const { queue, submitted, rows } = start({
      onSubmit: () => {
        seen.push(queue.acked.length === 0);
        return Promise.resolve();
      },
    });
    queue.send(message(7));
    await eventually(() => expect(queue.acked).toHaveLength(1));
    expect(seen).toEqual([true]);
    expect(submitted).toEqual([{ mail: 'mail 7', key: '\u0000amqp\u00007' }]);
    expect(rows.get(7)).toMatchObject({ tenant: 'one', isProcessed: false, jobId: expect.any(String) });
  });

  test('that comes twice is one job', async () => {
    const { queue, submitted } = start({ prefetch: 2 });
    queue.send(message(7));
    queue.send(message(7));
    await eventually(() => expect(queue.acked).toHaveLength(2));
    queue.send(message(7));
    await eventually(() => expect(queue.acked).toHaveLength(3));
    expect(new Set(submitted.map(({ key }) => key))).toEqual(new Set(['\u0000amqp\u00007']));
  });

  test('whose acknowledgement was lost with the connection is settled the next time, as the same job', async () => {
    const house = start({
      onSubmit: () => {
        if (house.submitted.length === 0) house.queue.cut();
        return Promise.resolve();
      },
    });
    house.queue.send(message(7));
    await eventually(() => expect(house.queue.acked).toHaveLength(1));
    expect(house.queue.connections).toBe(2);
    expect(house.rows.size).toBe(1);
  });

  test('waits, and holds the others back, while the fleet takes nothing', async () => {
    const house = start();
    house.errors.push(busy(), new Error('Connection is closed.'), busy());
    house.queue.send(message(1));
    house.queue.send(message(2));
    await eventually(() => expect(house.queue.acked).toHaveLength(2));
    expect(house.submitted.map(({ mail }) => mail)).toEqual(['mail 1', 'mail 2']);
    expect(house.queue.dead).toEqual([]);
  });

  test('goes back into the queue when it has waited too long', async () => {
    const house = start({ holdMs: 20 });
    house.errors.push(...Array.from({ length: 500 }, busy));
    house.queue.send(message(1));
    await eventually(() => expect(house.queue.requeued).toBeGreaterThan(0));
    house.errors.length = 0;
    await eventually(() => expect(house.queue.acked).toHaveLength(1));
  });

  test.each([
    ['not JSON', 'From: me', 'not-json'],
    ['without a number', { email_data: 'x' }, 'bad-message'],
    ['without a mail', { message_id: 1 }, 'bad-message'],
  ])('that is %s is buried, and the next one is taken in', async (_what, content, code) => {
    const { queue } = start();
    queue.send(content);
    queue.send(message(2));
    await eventually(() => expect(queue.acked).toHaveLength(1));
    expect(queue.dead).toEqual([{ content: expect.any(String), code }]);
  });

  test('whose number came with another mail, or that fails again and again, is buried', async () => {
    const house = start();
    house.errors.push(new SluiceError('idempotency-key-reused', 'Other content.', { httpStatus: 422 }));
    house.queue.send(message(1));
    await eventually(() => expect(house.queue.dead).toHaveLength(1));
    house.errors.push(...Array.from({ length: 5 }, () => new TypeError('no')));
    house.queue.send(message(2));
    await eventually(() => expect(house.queue.dead).toHaveLength(2));
    expect(house.queue.dead.map(({ code }) => code)).toEqual(['idempotency-key-reused', 'internal']);
  });
});

describe('the connection', () => {
  test('is made again however often it breaks, and nothing is lost', async () => {
    const house = start({ prefetch: 3 });
    house.queue.refusals = 3;
    for (let id = 0; id < 9; id += 1) {
      house.queue.send(message(id));
      house.queue.cut();
    }
    await eventually(() => expect(house.rows.size).toBe(9));
    await eventually(() => expect(house.queue.waiting).toEqual([]));
    expect(house.queue.connections).toBeGreaterThan(1);
  });

  test('at the stop what is under way is settled, what waits is given back, and nothing new is taken', async () => {
    const gate = Promise.withResolvers<void>();
    const house = start({ onSubmit: () => gate.promise });
    house.queue.send(message(1));
    house.queue.send(message(2));
    await eventually(() => expect(house.queue.waiting).toHaveLength(1));
    const stopped = intake?.stop();
    await eventually(() => expect(house.queue.cancelled).toBe(1));
    gate.resolve();
    await stopped;
    expect(house.queue.acked).toEqual([JSON.stringify(message(1))]);
    expect(house.queue.waiting).toHaveLength(1);
  });

  test('a stop does not wait for the fleet to have room again', async () => {
    const house = start();
    house.errors.push(...Array.from({ length: 100_000 }, busy));
    house.queue.send(message(1));
    await eventually(() => expect(house.logged.length).toBeGreaterThan(0));
    await intake?.stop();
    expect(house.queue.waiting).toHaveLength(1);
  });
});

describe('messages are recorded as processed', () => {
  test('in one go, however many there are, again and again, also where the record was away', async () => {
    const left = [500, 500, 20, new SluiceError('record-away', 'Away.', { httpStatus: 503 }), 3, 0];
    const asked: number[] = [];
    const processed = createProcessed({
      messages: {
        markProcessed({ limit }) {
          asked.push(limit);
          const next = left.shift() ?? 0;
          return typeof next === 'number' ? Promise.resolve(next) : Promise.reject(next);
        },
      },
      log: silentLog(),
      everyMs: 1,
    });
    processed.start();
    await eventually(() => expect(left).toEqual([]));
    await processed.stop();
    const askedBefore = asked.length;
    expect(new Set(asked)).toEqual(new Set([500]));
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toHaveLength(askedBefore);
  });
});
