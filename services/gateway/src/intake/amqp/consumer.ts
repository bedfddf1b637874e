import { setTimeout as sleep } from 'node:timers/promises';
import { intakeConnections } from '../metrics.ts';
import type { Broker } from './port.ts';
import { createSettle, type SettleConfig } from './settle.ts';

interface AmqpTimes {
  /** The first pause, before a new connection or before a mail is tried again; it doubles up to the longest. */
  firstPauseMs: number;
  longestPauseMs: number;
  /** Below the broker's own limit, 30 minutes. */
  holdMs: number;
  /** At the stop, so long a mail may take to become a job. */
  drainMs: number;
}

const TIMES: AmqpTimes = { firstPauseMs: 1_000, longestPauseMs: 30_000, holdMs: 300_000, drainMs: 10_000 };

interface AmqpIntakeConfig extends Omit<SettleConfig, 'pauseMs' | 'holdMs' | 'now'> {
  open: () => Promise<Broker>;
  prefetch: number;
  times?: AmqpTimes;
  now?: () => number;
  random?: () => number;
}

export type AmqpIntake = ReturnType<typeof createAmqpIntake>;

/**
 * Takes mails in from a queue. A message is acknowledged when mail and job are durable and its number is recorded, so that one that comes twice, or whose
 * acknowledgement was lost, is one job. What can never be taken in goes to the dead letters. While the fleet takes nothing, nothing is taken from the queue.
 */
export function createAmqpIntake(config: AmqpIntakeConfig) {
  const { open, prefetch, log, times = TIMES, now = Date.now, random = Math.random } = config;
  const settle = createSettle({ ...config, pauseMs, holdMs: times.holdMs, now });
  const stopping = new AbortController();
  const connected = intakeConnections.labels('amqp');
  let running: Promise<void> = Promise.resolve();

  /** Between half of it and the whole, so that gateways do not come all at once. */
  function pauseMs(attempt: number): number {
    const wholeMs = Math.min(times.longestPauseMs, times.firstPauseMs * 2 ** Math.min(attempt, 30));
    return wholeMs * (0.5 + random() / 2);
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures += 1) {
      try {
        const broker = await open();
        failures = 0;
        log.info('rabbitmq connected');
        connected.set(1);
        await serve(broker);
      } catch (error) {
        log.warn('rabbitmq trouble', { error });
      }
      connected.set(0);
      await sleep(pauseMs(failures), undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  /** Resolves when the connection has ended, or after the stop. */
  async function serve(broker: Broker): Promise<void> {
    const over = new AbortController();
    const underWay = new Set<Promise<void>>();
    try {
      await broker.consume(prefetch, (delivery) => {
        const work = settle(broker, delivery, over.signal).catch((error: unknown) => {
          // The connection went away meanwhile: the message comes again.
          log.warn('message not settled', { error });
        });
        underWay.add(work);
        void work.finally(() => underWay.delete(work));
      });
      await Promise.race([broker.closed, aborted(stopping.signal)]);
      if (stopping.signal.aborted) await drain(broker, underWay, over);
    } finally {
      over.abort();
      await broker.close().catch(() => undefined);
    }
  }

  async function drain(broker: Broker, underWay: ReadonlySet<Promise<void>>, over: AbortController): Promise<void> {
    await broker.cancel();
    // Who only waits for room goes back into the queue with the connection.
    over.abort();
    await Promise.race([Promise.all(underWay), sleep(times.drainMs, undefined, { ref: false })]);
  }

  return {
    /** Resolves at once; it connects, and connects again, by itself. */
    start(): void {
      running = run();
    },
    /** Takes no new message, and resolves when those under way are settled or given back. */
    async stop(): Promise<void> {
      stopping.abort();
      await running;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
