import { monitorEventLoopDelay } from 'node:perf_hooks';
import { hostname } from 'node:os';
import { WorkerReport } from '@sluice/contracts';
import type { PoolStatus } from '../queue/pool.ts';
import type { Redis } from '../redis/index.ts';

const EVERY_MS = 3_000;
/** Silent for longer than this is shown dead. */
const SILENCE_MS = 10_000;
const FORGET_SECONDS = 60 * 60;
/** Hash `workers`: worker id → report (JSON); an entry leaves when its worker stops, or an hour after its last word. */
const KEY = 'workers';

export interface SelfReportConfig {
  redis: Redis;
  service: string;
  pool: string | null;
  worker: string;
  version: string;
  status: () => PoolStatus;
}

/** Writes this process' state every 3 s: CPU, memory, event-loop lag, tasks done and failed, what it is doing. */
export function createSelfReport(config: SelfReportConfig) {
  const startedMs = Date.now();
  const lag = monitorEventLoopDelay({ resolution: 20 });
  let cpu = process.cpuUsage();
  let cpuSinceMs = performance.now();
  let timer: NodeJS.Timeout | undefined;

  async function report(): Promise<void> {
    const nowMs = performance.now();
    const used = process.cpuUsage(cpu);
    const cpuPercent = (used.user + used.system) / 10 / Math.max(1, nowMs - cpuSinceMs);
    cpu = process.cpuUsage();
    cpuSinceMs = nowMs;
    const { done, failed, concurrency, doing } = config.status();
    const entry: WorkerReport = {
      v: 1,
      worker: config.worker,
      service: config.service,
      pool: config.pool,
      version: config.version,
      pid: process.pid,
      host: hostname(),
      startedMs,
      seenMs: Date.now(),
      cpuPercent: Math.round(cpuPercent * 10) / 10,
      rssBytes: process.memoryUsage.rss(),
      eventLoopLagMs: Math.round(lag.percentile(99) / 1e5) / 10,
      tasksDone: done,
      tasksFailed: failed,
      concurrency,
      doing,
    };
    lag.reset();
    await config.redis.hset(KEY, config.worker, JSON.stringify(entry));
  }

  return {
    start() {
      lag.enable();
      const tick = () => void report().catch(() => undefined);
      tick();
      timer = setInterval(tick, EVERY_MS);
    },
    async stop() {
      clearInterval(timer);
      lag.disable();
      await config.redis.hdel(KEY, config.worker).catch(() => undefined);
    },
  };
}

/** Every worker that reported within the hour; older entries are dropped on the way. */
export async function readWorkers(redis: Redis, nowMs: number): Promise<(WorkerReport & { alive: boolean })[]> {
  const entries = Object.entries(await redis.hgetall(KEY));
  const reports = entries.map(([, text]) => WorkerReport.parse(JSON.parse(text)));
  const forgotten = reports.filter(({ seenMs }) => nowMs - seenMs > FORGET_SECONDS * 1_000);
  if (forgotten.length > 0) await redis.hdel(KEY, ...forgotten.map(({ worker }) => worker));
  return reports
    .filter((report) => !forgotten.includes(report))
    .map((report) => ({ ...report, alive: nowMs - report.seenMs <= SILENCE_MS }))
    .toSorted((a, b) => a.service.localeCompare(b.service) || a.startedMs - b.startedMs);
}
