import { DEAD_LETTER_STATES, type DeadLetterStats } from '@sluice/contracts';
import { Counter, Gauge } from 'prom-client';

export const redrives = new Counter({
  name: 'sluice_redrives_total',
  help: 'Failed tasks that were queued again, by task and the code of the failure.',
  labelNames: ['task', 'code'],
});

export const redrivesHeld = new Counter({
  name: 'sluice_redrives_held_total',
  help: 'Redrives that were due and put off, by what held them: budget or breaker.',
  labelNames: ['why'],
});

export const ordersDone = new Counter({
  name: 'sluice_desk_orders_total',
  help: 'Orders of people that the failure desk has carried out, by action and what came of it.',
  labelNames: ['action', 'outcome'],
});

export const unsaved = new Counter({
  name: 'sluice_dead_letters_unsaved_total',
  help: 'Tries to save a dead letter that found the record away; it is saved later.',
});

const letters = new Gauge({
  name: 'sluice_dead_letters',
  help: 'Dead letters in the record, by state.',
  labelNames: ['state'],
});
const oldestSeconds = new Gauge({
  name: 'sluice_dead_letters_oldest_seconds',
  help: 'Age of the oldest dead letter that is scheduled or parked; 0 without one.',
});
const successRatio = new Gauge({
  name: 'sluice_retry_success_ratio',
  help: 'Part of the redriven dead letters that healed, of those that are not tried again by themselves; not a number without one.',
});
const meanRetries = new Gauge({
  name: 'sluice_retries_mean',
  help: 'Mean redrives of the redriven dead letters that are not tried again by themselves; not a number without one.',
});

export function showStats(stats: DeadLetterStats): void {
  for (const state of DEAD_LETTER_STATES) letters.set({ state }, stats.byState[state] ?? 0);
  oldestSeconds.set((stats.oldestMs ?? 0) / 1_000);
  successRatio.set(stats.retrySuccess ?? Number.NaN);
  meanRetries.set(stats.meanRetries ?? Number.NaN);
}
