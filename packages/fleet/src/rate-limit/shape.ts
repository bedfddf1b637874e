import { keysOf } from './keys.ts';
import { planSource, type Rule, rulesOf } from './plan.ts';
import type { Quota } from './quota.ts';
import { type QuotaScripts, scriptsOf } from './scripts.ts';

/** A quota as the scripts know it. */
export interface Shape {
  quota: Quota;
  rules: Rule[];
  /** Two quotas of one identity are the same to the scripts. */
  identity: string;
  scripts: QuotaScripts;
  keys: string[];
}

export function shapeOf(quota: Quota): Shape {
  const rules = rulesOf(quota);
  const plan = planSource(quota, rules);
  return { quota, rules, identity: plan.identity, scripts: scriptsOf(plan), keys: keysOf(quota.name) };
}
