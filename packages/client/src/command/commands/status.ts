import type { FleetStats, SessionView } from '@sluice/contracts';
import { SluiceError } from '@sluice/contracts';
import { readOperands } from '../options.ts';
import { command } from '../spec.ts';
import { bytes, type Cell, duration } from '../table.ts';

export const status = command({
  name: 'status',
  summary: 'the fleet at a glance: jobs, queues, workers, quotas, cache, dead letters; and whose key this is',
  more: 'Statistics want the role analyst; without it only the key is shown. --json: {"session", "stats"}.',
  async run({ operands, out, connect, signal }) {
    readOperands(operands);
    const client = await connect();
    const session = await client.session(signal);
    const stats = await client.stats(signal).catch(nullWhereForbidden);
    if (out.isJson) return out.json({ session, stats });
    await out.table(null, [...sessionFields(session), ...(stats === null ? [] : statsFields(stats))]);
    if (stats === null) return undefined;
    await out.lines('');
    await out.table(['POOL', 'WAITING', 'ACTIVE', 'DELAYED', 'OLDEST', 'WORKERS', 'DOING'], poolRows(stats));
    const silent = stats.workers.filter(({ alive }) => !alive);
    if (silent.length > 0) await out.lines('', `Silent: ${silent.map(({ worker }) => worker).join(', ')}`);
    return undefined;
  },
});

function nullWhereForbidden(error: unknown): null {
  if (error instanceof SluiceError && error.code === 'forbidden') return null;
  throw error;
}

function sessionFields({ tenant, role, name, keyId, isOperator }: SessionView): Cell[][] {
  return [['Key', `${name} (${keyId}): ${isOperator ? 'operator' : role} of ${tenant}`]];
}

function statsFields({ jobs, averageDurationMs, quotas, cache, deadLetters }: FleetStats): Cell[][] {
  const ended = Object.entries(jobs.ended).map(([state, count]) => `${count} ${state}`);
  const means = Object.entries(averageDurationMs).map(([pipeline, ms]) => `${pipeline} ${duration(ms)}`);
  const away = '(nobody answers)';
  return [
    ['Jobs', [`${jobs.open} open`, `${jobs.accepted} accepted`, ...ended, `${jobs.amended} amended`].join(', ')],
    ['Mean duration', means.join(', ') || null],
    [
      'Quotas',
      quotas === null
        ? away
        : `${quotas.total}, ${quotas.closed} closed, ${quotas.breakersOpen} breakers open, ${quotas.waiting} wait`,
    ],
    ['Cache', cache === null ? away : cacheWords(cache)],
    ['Dead letters', deadLetters === null ? away : `${deadLetters.scheduled} scheduled, ${deadLetters.parked} parked`],
  ];
}

function cacheWords({ isEnabled, isUp, usedBytes, maxBytes }: NonNullable<FleetStats['cache']>): string {
  if (!isEnabled) return 'off';
  return isUp ? `${bytes(usedBytes)} of ${bytes(maxBytes)}` : 'its server does not answer';
}

function poolRows({ queues, pools }: FleetStats): Cell[][] {
  const names = new Set([...Object.keys(queues), ...Object.keys(pools)]);
  return [...names].toSorted().map((pool) => {
    const { waiting = 0, active = 0, delayed = 0, oldestWaitingMs = 0 } = queues[pool] ?? {};
    const { workers = 0, doing = 0, concurrency = 0 } = pools[pool] ?? {};
    const oldest = waiting === 0 ? null : duration(oldestWaitingMs);
    return [pool, waiting, active, delayed, oldest, workers, `${doing} of ${concurrency}`];
  });
}
