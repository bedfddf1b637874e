import type { Recall } from './counters.ts';
import { LONG_MS, type Rule } from './plan.ts';

/** By rule, of windows that are long; those that the record does not know are left out. */
export async function recallAll(name: string, rules: Rule[], recall: Recall | undefined): Promise<Map<string, number>> {
  const recalled = new Map<string, number>();
  if (recall === undefined) return recalled;
  for (const { id, ms, window, paces } of rules) {
    if (ms < LONG_MS || paces) continue;
    const units = await recall(name, window);
    if (units !== null) recalled.set(id, Math.ceil(units));
  }
  return recalled;
}
