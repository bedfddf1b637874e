import { Counter } from 'prom-client';

/** `new`, `repeated` (it was announced before), `failed` (it could not be announced). */
export const announced = new Counter({
  name: 'sluice_webhooks_announced_total',
  help: 'Messages to webhooks that were asked for.',
  labelNames: ['event', 'outcome'],
});
