import { type GoneWebhook, SluiceError } from '@sluice/contracts';
import type { GoneWebhooks } from '@sluice/fleet/notify';
import type { Logger } from '@sluice/fleet/service';
import type { Audit } from '../audit.ts';
import type { WebhookChanges } from './changes.ts';

/** Who did it, in the audit. */
const ACTOR = { keyId: 'gateway' };

interface GoneSweepConfig {
  gone: Pick<GoneWebhooks, 'list' | 'remove'>;
  changes: Pick<WebhookChanges, 'shut'>;
  audit: Pick<Audit, 'note'>;
  log: Logger;
  everyMs?: number;
}

/** Switches off the webhooks whose receivers have answered 410, as Standard Webhooks asks for. Any number of gateways may do it. */
export function createGoneSweep({ gone, changes, audit, log, everyMs = 5_000 }: GoneSweepConfig) {
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  let isStopped = false;
  let isFailing = false;

  async function shut(one: GoneWebhook): Promise<void> {
    const { tenant, webhook } = one;
    try {
      await changes.shut(tenant, webhook);
      log.info('webhook switched off', { tenant, webhook });
      await audit.note(ACTOR, null, { action: 'webhook.gone', target: webhook, tenant });
    } catch (error) {
      // Removed meanwhile.
      if (!(error instanceof SluiceError && error.httpStatus === 404)) throw error;
    }
    await gone.remove(one);
  }

  async function sweep(): Promise<void> {
    try {
      for (const one of await gone.list()) await shut(one);
      isFailing = false;
    } catch (error) {
      // Told of once; what is left is done later.
      if (!isFailing) log.warn('webhooks not switched off', { error });
      isFailing = true;
    }
  }

  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      sweeping = sweep().then(schedule);
    }, everyMs);
  }

  return {
    start: schedule,
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      await sweeping;
    },
  };
}
