import type { FleetAlert, FleetView } from '@sluice/contracts';

/** Above these somebody should look; those of dead letters are the requirements'. */
const QUEUE_AGE_MS = 60_000;
const RECORD_AGE_MS = 60_000;
const DEAD_LETTERS = 50;
const RETRY_SUCCESS = 0.9;
const MEAN_RETRIES = 2;
const DEAD_LETTER_AGE_MS = 24 * 60 * 60 * 1_000;

interface Seen extends Omit<FleetView, 'alerts'> {
  /** Age of the oldest change that the record does not have; null without one. */
  recordBehindMs: number | null;
}

/** What somebody should look at, by an id that stays the same while it lasts. The texts hold no number that grows, so that they do too. */
export function alertsOf({ queues, pools, workers, quotas, deadLetters, recordBehindMs }: Seen): FleetView['alerts'] {
  const alerts: FleetView['alerts'] = {};
  const raise = (id: string, level: FleetAlert['level'], message: string) => {
    alerts[id] = { level, message };
  };
  for (const { worker, alive } of Object.values(workers)) {
    if (!alive) raise(`worker-silent.${worker}`, 'warning', `The worker ${worker} has said nothing for 10 s.`);
  }
  for (const [pool, { waiting, oldestWaitingMs }] of Object.entries(queues)) {
    const isManned = (pools[pool]?.alive ?? 0) > 0;
    if (waiting > 0 && !isManned)
      raise(`pool-empty.${pool}`, 'critical', `Work waits for the pool ${pool}, which has no worker.`);
    if (oldestWaitingMs > QUEUE_AGE_MS)
      raise(`queue-behind.${pool}`, 'warning', `Work waits in ${pool} for more than a minute.`);
  }
  for (const { action, name, breaker, closedUntil } of Object.values(quotas)) {
    if (breaker.state === 'open')
      raise(`breaker-open.${name}`, 'warning', `${action} fails too often and is left alone for a while.`);
    if (closedUntil !== null) raise(`provider-refuses.${name}`, 'warning', `${action} refuses until ${closedUntil}.`);
  }
  if (deadLetters === null) raise('record-away', 'critical', 'The database does not answer.');
  else raiseLetters(deadLetters, raise);
  if ((recordBehindMs ?? 0) > RECORD_AGE_MS)
    raise('record-behind', 'warning', 'The database is more than a minute behind.');
  return alerts;
}

function raiseLetters(
  { size, oldestMs, retrySuccess, meanRetries }: NonNullable<FleetView['deadLetters']>,
  raise: (id: string, level: FleetAlert['level'], message: string) => void,
): void {
  if (size > DEAD_LETTERS) raise('dead-letters-many', 'warning', `There are more than ${DEAD_LETTERS} dead letters.`);
  if ((oldestMs ?? 0) > DEAD_LETTER_AGE_MS) raise('dead-letters-old', 'warning', 'A dead letter is older than a day.');
  if ((retrySuccess ?? 1) < RETRY_SUCCESS)
    raise('retries-fail', 'warning', 'Fewer than 90 % of what is tried again succeeds.');
  if ((meanRetries ?? 0) > MEAN_RETRIES)
    raise('retries-many', 'warning', 'What is tried again takes more than two tries.');
}
