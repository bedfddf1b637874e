import { TenantPolicy } from '@sluice/contracts';
import type { Records } from '@sluice/records';
import { type BenchmarkResult, type Measures, median, quantile, round } from '../measure.ts';
import { type Asker, openHttpAsker, openPolicyAsker, pace, type Pace } from './askers.ts';
import { layGround, type LoneGateway, startGateway } from '../lone-gateway.ts';

/** These fit into the memory of a gateway. */
const FEW = 1_000;
/** These do not fit into one megabyte: each is read from the cache's server when its turn comes again. */
const MANY = 8_000;
const ROUNDS = 3;
const RUN_MS = 750;
const AT_ONCE = 8;
const TENANT = 'bench';
/** The requirements: policy checks are about so many times faster with a cache. */
const WANTED_FACTOR = 100;
const WANTED = /action=DUNNO\n|"verdict":"accept"/;

/** Where the answers are from. `record`: without a cache. `first`: with one, that has never heard of the address. */
const TIERS = ['record', 'first', 'redis', 'memory'] as const;
type Tier = (typeof TIERS)[number];
type Door = 'tcp' | 'http';
/** What the gateway itself says of where it knew the address from; at least such a share of a tier's checks is to be so. */
const SOURCES: Record<Tier, string> = { record: 'record', first: 'record', redis: 'cache', memory: 'memory' };
const SURE_SHARE = 0.95;

interface Run {
  tier: Tier;
  door: Door;
  /** One asker alone, and several. */
  alone: Pace;
  together: Pace;
  /** Mean time of a decision inside the gateway, in ms. */
  insideMs: number;
}

/** Policy checks by where the answer is from: cached in memory, in Redis, asked of PostgreSQL; over TCP and over HTTP, in turns. */
export async function runPolicyBench(_words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const ground = await layGround();
  const gateways: LoneGateway[] = [];
  const start = async (settings: Record<string, string>) => {
    const gateway = await startGateway(ground, settings);
    gateways.push(gateway);
    return gateway;
  };
  try {
    await ground.records.migrate();
    await fill(ground.records);
    const roomy = await start({ CACHE_MEMORY_MB: '32', REDIS_CACHE_TTL: '3600' });
    const byTier: Record<Tier, LoneGateway> = {
      record: await start({ CACHE_ENABLED: 'false' }),
      first: roomy,
      redis: await start({ CACHE_MEMORY_MB: '1', REDIS_CACHE_TTL: '3600' }),
      memory: roomy,
    };
    const recipients = recipientsOf();
    const runs: Run[] = [];
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      for (const door of ['tcp', 'http'] as const) {
        for (const tier of TIERS)
          runs.push(await measure({ tier, door, gateway: byTier[tier], next: recipients[tier], isFirst: turn === 0 }));
      }
      say(`round ${turn + 1} of ${ROUNDS} is done`);
    }
    for (const line of tableOf(runs)) say(line);
    const measures = measuresOf(runs);
    say(
      `  the requirements: cached about ${WANTED_FACTOR} times as fast; here the decision alone ${measures.tcp_memory_over_record_inside} times, ` +
        `an answer over TCP ${measures.tcp_memory_over_record_p50} times, over HTTP ${measures.http_memory_over_record_p50} times`,
    );
    return {
      method:
        `one gateway process a tier, real Redis and PostgreSQL on loopback, ${ROUNDS} rounds of ${RUN_MS / 1_000} s in turns, medians; ` +
        `p50 and p99 of one asker, checks/s of ${AT_ONCE}; inside: mean time of the decision alone, as the gateway measures it; ` +
        'record: no cache; first: an address never asked for, found by its domain (two queries, and it is stored); the requirements expect a cache to be about 100 times as fast as its database; throws where an answer is not the right one, or not from there',
      measures: { ...measures, wanted_factor: WANTED_FACTOR },
    };
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await ground.stop();
  }
}

const addressOf = (n: number) => `user${n}@bench.example`;

async function fill(records: Records): Promise<void> {
  const nowMs = Date.now();
  await records.tenants.put(TenantPolicy.parse({ v: 1, tenant: TENANT, name: TENANT }), nowMs);
  const entry = { tenant: TENANT, isActive: true, note: null, createdMs: nowMs, updatedMs: nowMs };
  await records.addresses.put({ ...entry, address: '@first.example' });
  for (let from = 0; from < MANY; from += 500) {
    const some = Array.from({ length: 500 }, (_, n) => addressOf(from + n));
    await Promise.all(some.map((address) => records.addresses.put({ ...entry, address })));
  }
}

/** Each tier's addresses, in turns. Those of `first` belong to their domain, so that each can be a new one. */
function recipientsOf(): Record<Tier, () => string> {
  const turns = (count: number) => {
    let at = -1;
    return () => addressOf((at = (at + 1) % count));
  };
  let fresh = 0;
  return {
    record: turns(MANY),
    first: () => `user${(fresh += 1)}@first.example`,
    redis: turns(MANY),
    memory: turns(FEW),
  };
}

interface Measured {
  tier: Tier;
  door: Door;
  gateway: LoneGateway;
  next: () => string;
  /** Of this tier and door. */
  isFirst: boolean;
}

async function measure({ tier, door, gateway, next, isFirst }: Measured): Promise<Run> {
  const openAsker = () =>
    door === 'tcp' ? openPolicyAsker(gateway.policyPort) : openHttpAsker(gateway.url, gateway.apiKey);
  const askers: Asker[] = await Promise.all(Array.from({ length: AT_ONCE }, openAsker));
  try {
    if (isFirst) await warm(askers, tier, next);
    const source = SOURCES[tier];
    const before = await insideOf(gateway, source);
    const alone = await pace(askers.slice(0, 1), next, WANTED, RUN_MS);
    const after = await insideOf(gateway, source);
    const together = await pace(askers, next, WANTED, RUN_MS);
    const insideMs = (1_000 * (after.seconds - before.seconds)) / (after.count - before.count);
    const share = (after.fromSource - before.fromSource) / (after.count - before.count);
    if (!(share >= SURE_SHARE)) throw new Error(`${door} ${tier}: only ${round(100 * share)} % were from ${source}`);
    return { tier, door, alone, together, insideMs };
  } finally {
    for (const asker of askers) asker.close();
  }
}

/** What is to be cached has been asked for once. */
async function warm(askers: Asker[], tier: Tier, next: () => string): Promise<void> {
  const counts: Record<Tier, number> = { record: 500, first: 500, redis: MANY, memory: FEW };
  const count = Math.ceil(counts[tier] / askers.length);
  await Promise.all(
    askers.map(async (asker) => {
      for (let n = 0; n < count; n += 1) await asker.ask(next());
    }),
  );
}

/** All checks so far, their time, and how many of them knew the address from the source. */
async function insideOf(gateway: LoneGateway, source: string) {
  const text = await gateway.metrics();
  const sum = (line: RegExp) => Array.from(text.matchAll(line)).reduce((total, [, value]) => total + Number(value), 0);
  return {
    count: sum(/^sluice_policy_check_duration_seconds_count(?:\{.*\})? (\S+)$/gm),
    seconds: sum(/^sluice_policy_check_duration_seconds_sum(?:\{.*\})? (\S+)$/gm),
    fromSource: sum(new RegExp(`^sluice_policy_checks_total\\{.*source="${source}".*\\} (\\S+)$`, 'gm')),
  };
}

interface Figures {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  insideMs: number;
}

function figuresOf(runs: Run[], tier: Tier, door: Door): Figures {
  const mine = runs.filter((run) => run.tier === tier && run.door === door);
  const middle = (figure: (run: Run) => number) => median(mine.map(figure));
  return {
    perSecond: middle(({ together }) => together.perSecond),
    p50Ms: middle(({ alone }) => quantile(alone.latenciesMs, 0.5)),
    p99Ms: middle(({ alone }) => quantile(alone.latenciesMs, 0.99)),
    insideMs: middle(({ insideMs }) => insideMs),
  };
}

function measuresOf(runs: Run[]): Measures {
  const measures: Measures = {};
  for (const door of ['tcp', 'http'] as const) {
    for (const tier of TIERS) {
      const { perSecond, p50Ms, p99Ms, insideMs } = figuresOf(runs, tier, door);
      const name = `${door}_${tier}`;
      measures[`${name}_per_second`] = Math.round(perSecond);
      measures[`${name}_p50_ms`] = round(p50Ms, 3);
      measures[`${name}_p99_ms`] = round(p99Ms, 3);
      measures[`${name}_inside_ms`] = round(insideMs, 4);
    }
    const [record, memory, redis] = (['record', 'memory', 'redis'] as const).map((tier) => figuresOf(runs, tier, door));
    if (record === undefined || memory === undefined || redis === undefined) continue;
    measures[`${door}_memory_over_record_per_second`] = round(memory.perSecond / record.perSecond);
    measures[`${door}_memory_over_record_p50`] = round(record.p50Ms / memory.p50Ms);
    measures[`${door}_memory_over_record_inside`] = round(record.insideMs / memory.insideMs);
    measures[`${door}_redis_over_record_inside`] = round(record.insideMs / redis.insideMs);
    measures[`${door}_memory_over_redis_inside`] = round(redis.insideMs / memory.insideMs);
  }
  return measures;
}

function tableOf(runs: Run[]): string[] {
  const rows = (['tcp', 'http'] as const).flatMap((door) =>
    TIERS.map((tier) => {
      const { perSecond, p50Ms, p99Ms, insideMs } = figuresOf(runs, tier, door);
      const columns = [Math.round(perSecond), round(p50Ms, 3), round(p99Ms, 3), round(insideMs, 4)];
      return `  ${`${door} ${tier}`.padEnd(14)}${columns.map((value) => String(value).padStart(12)).join('')}`;
    }),
  );
  const heads = ['checks/s', 'p50 ms', 'p99 ms', 'inside ms'].map((head) => head.padStart(12)).join('');
  return [`  ${''.padEnd(14)}${heads}`, ...rows];
}
