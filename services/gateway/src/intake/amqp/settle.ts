import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError, type TenantId } from '@sluice/contracts';
import type { Logger } from '@sluice/fleet/service';
import type { MessagesTable } from '@sluice/records';
import { innerKey } from '../../idempotency.ts';
import { resultOf } from '../deliver.ts';
import { intakeMails } from '../metrics.ts';
import type { Submit } from '../port.ts';
import { parseMessage } from './message.ts';
import type { Broker, Delivery } from './port.ts';

/** A mail that fails for a reason inside is tried so often. */
const MOST_FAILURES = 5;

export interface SettleConfig {
  submit: Submit;
  messages: Pick<MessagesTable, 'find' | 'receive'>;
  tenant: TenantId;
  /** How long before a mail is tried again, by how often it was. */
  pauseMs: (attempt: number) => number;
  /** A mail that the fleet has no room for is kept so long, and then goes back into the queue. */
  holdMs: number;
  log: Logger;
  now: () => number;
}

/**
 * Settles one delivery: its mail is a job and it is acknowledged, or it is buried, or it goes back. Where the connection ends meanwhile (`over`) it is left
 * alone, and the broker gives it out again. Throws what the broker throws.
 */
export function createSettle(config: SettleConfig) {
  const { submit, messages, tenant, pauseMs, holdMs, log, now } = config;

  async function takeIn({ messageId, mail }: { messageId: number; mail: Buffer }): Promise<void> {
    if ((await messages.find(messageId)) !== null) return;
    const key = innerKey('amqp', String(messageId));
    const jobId = await submit({ pipeline: 'email-scan', priority: 'normal', mail }, tenant, key);
    await messages.receive({ messageId, tenant, jobId, receivedMs: now() });
    intakeMails.inc({ door: 'amqp', result: 'accepted' });
    log.info('message taken in', { messageId, jobId });
  }

  return async (broker: Broker, delivery: Delivery, over: AbortSignal): Promise<void> => {
    const parsed = parseMessage(delivery.content);
    if (parsed.kind === 'poison') {
      intakeMails.inc({ door: 'amqp', result: 'refused' });
      log.warn('message buried', { code: parsed.code });
      return broker.bury(delivery, parsed);
    }
    const untilMs = now() + holdMs;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await takeIn(parsed);
        break;
      } catch (error) {
        const result = resultOf(error);
        intakeMails.inc({ door: 'amqp', result });
        log.warn('message not taken in', { messageId: parsed.messageId, result, error });
        const isHopeless = result === 'refused' || (result === 'failed' && attempt + 1 >= MOST_FAILURES);
        if (isHopeless) return broker.bury(delivery, reasonOf(error));
        await sleep(pauseMs(attempt), undefined, { signal: over, ref: false }).catch(() => undefined);
        if (over.aborted) return;
        if (now() > untilMs) return broker.requeue(delivery);
      }
    }
    broker.ack(delivery);
  };
}

function reasonOf(error: unknown): { code: string; says: string } {
  if (error instanceof SluiceError) return { code: error.code, says: error.message };
  return { code: 'internal', says: 'Something inside failed, several times.' };
}
