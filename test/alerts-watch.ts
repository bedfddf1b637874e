import { eventually } from '@sluice/testkit';
import type { WatchedFleet } from './alerts-fleet.ts';
import { alertRules } from './alerts-rules.ts';
import type { Prometheus } from './prometheus.ts';

/** What brings a fleet into the condition of some alerts, and out of what it did to it. */
export interface Provocation {
  what: string;
  /** Alerts whose condition does not hold before, and holds at some moment from its beginning on. */
  crosses: readonly string[];
  begin?(house: WatchedFleet): Promise<unknown>;
  /** Done over and over until all have been seen. */
  again?(house: WatchedFleet): Promise<unknown>;
  /** Also where not all were seen. */
  end?(house: WatchedFleet): Promise<unknown>;
}

/** How long is waited for conditions; what takes longest is a job whose time runs out. */
const PATIENCE_MS = 200_000;
/** How long a condition of before may take to pass. */
const CALM_PATIENCE_MS = 45_000;

const expressions = new Map(alertRules.map(({ alert, expr }) => [alert, expr] as const));

/** Those of these alerts whose condition holds now; for how long it must hold is promtool's to try. */
async function holding(prometheus: Prometheus, alerts: Iterable<string> = expressions.keys()): Promise<string[]> {
  const held: string[] = [];
  for (const alert of alerts) {
    const series = await prometheus.query(expressions.get(alert) ?? '');
    if (series.length > 0) held.push(alert);
  }
  return held;
}

/** Which conditions have been seen, by the Prometheus of a fleet. */
export function createWatch() {
  const seen = new Set<string>();

  function see(alert: string): void {
    seen.add(alert);
    // It takes minutes: whoever waits, or ends it, sees how far it came.
    process.stderr.write(`${seen.size} of ${expressions.size}: ${alert}\n`);
  }

  return {
    unseen: () => [...expressions.keys()].filter((alert) => !seen.has(alert)),

    /** Waits until these conditions hold and no other. Rejects where they do not come to that. */
    async only(prometheus: Prometheus, alerts: readonly string[]): Promise<void> {
      await eventually(async () => {
        const held = await holding(prometheus);
        if (held.join() !== alerts.join()) throw new Error(`of all conditions there hold: ${held.join(', ')}`);
      }, CALM_PATIENCE_MS);
      for (const alert of alerts) see(alert);
    },

    /** Rejects, with their names, where conditions held already, or were not seen. */
    async provoke(house: WatchedFleet, { crosses, begin, again, end }: Provocation): Promise<void> {
      const { prometheus } = house;
      await eventually(async () => {
        const held = await holding(prometheus, crosses);
        if (held.length > 0) throw new Error(`held before it was provoked: ${held.join(', ')}`);
      }, CALM_PATIENCE_MS);
      const missing = new Set(crosses);
      const look = async () => {
        for (const alert of await holding(prometheus, missing)) {
          missing.delete(alert);
          see(alert);
        }
        if (missing.size > 0) throw new Error(`not seen: ${[...missing].join(', ')}`);
      };
      try {
        await begin?.(house);
        const looking = eventually(look, PATIENCE_MS);
        await (again === undefined ? looking : meanwhile(() => again(house), looking));
      } finally {
        await end?.(house);
      }
    },
  };
}

/** Does it over and over while something else is waited for; rejects with the first error of either when both are done. */
async function meanwhile(again: () => Promise<unknown>, work: Promise<void>): Promise<void> {
  const over = new AbortController();
  const repeating = (async () => {
    while (!over.signal.aborted) await again();
  })();
  const both = [work.finally(() => over.abort()), repeating];
  await Promise.allSettled(both);
  await Promise.all(both);
}
