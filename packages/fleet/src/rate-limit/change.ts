import type { CountersConfig } from './counters.ts';
import type { Heads } from './heads.ts';
import { type Debt, debtsOf, sourcesOf } from './plan.ts';
import { recallAll } from './recall-all.ts';
import { type Reply, STALE, UNBORN } from './reply.ts';
import type { Shape } from './shape.ts';

/** More rounds than that mean that others change it as well, all the time. */
const ROUNDS = 8;

interface ChangeTools extends Pick<CountersConfig, 'redis' | 'recall' | 'watch'> {
  monotonic: () => number;
  /** What this process takes for the plan in force. */
  shape: () => Shape;
  adopt: (fresh: Shape) => void;
  adoptStored: (text: string | undefined) => void;
  beginAgain: () => Promise<void>;
  heads: Heads;
}

/** See `configure` of the counters. */
export async function change(next: Shape, tools: ChangeTools): Promise<void> {
  const { redis, recall, watch, monotonic, shape, adopt, adoptStored, beginAgain, heads } = tools;
  const { name } = next.quota;
  for (let round = 0; round < ROUNDS; round++) {
    const sources = sourcesOf(shape().rules, next.rules);
    const mayOwe = next.rules.some(
      ({ id, kind }) => sources[id] === undefined || (kind === 'calendar' && sources[id] !== 'keep'),
    );
    const recalled = mayOwe ? await recallAll(name, next.rules, recall) : new Map<string, number>();
    const sentMs = monotonic();
    const more = changeArgs(shape(), next, sources, debtsOf(next.rules, recalled, heads.holdMs()));
    const reply = (await next.scripts.configure(redis, next.keys, [...heads.fresh(next), ...more])) as Reply;
    if (reply[0] === 0) {
      // another plan is in force than this process knows
      adoptStored(reply[5]);
    } else if (reply[0] === STALE) {
      watch.observe(reply[3], sentMs, monotonic());
    } else {
      adopt(next);
      if (reply[0] !== UNBORN) return;
      // Another process may begin them with the plan that it knows: then the next round changes that.
      await beginAgain();
    }
  }
  throw new Error(`the quota ${name} cannot be changed: others change it as well`);
}

/** What lua/configure.lua gets of the plan before and of the next one. */
function changeArgs(old: Shape, next: Shape, sources: object, debts: Debt[]): string[] {
  const before = old.rules.map(({ id, kind, ms, width }) => ({ id, kind, ms, width }));
  return [old.identity, ...[before, sources, debts, next.quota].map((each) => JSON.stringify(each))];
}
