import { FLEET_LISTS, type FleetView } from '@sluice/contracts';

export interface FleetChanges {
  set: Partial<FleetView>;
  gone: Partial<Record<(typeof FLEET_LISTS)[number], string[]>>;
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What is other than before; null where nothing is. Of a list only the entries that changed. */
export function changesOf(before: FleetView, now: FleetView): FleetChanges | null {
  const changes: FleetChanges = { set: {}, gone: {} };
  if (!isSame(before.jobs, now.jobs)) changes.set.jobs = now.jobs;
  if (!isSame(before.deadLetters, now.deadLetters)) changes.set.deadLetters = now.deadLetters;
  for (const list of FLEET_LISTS) {
    const had: Record<string, unknown> = before[list];
    const fresh = Object.entries(now[list]).filter(([name, value]) => !isSame(had[name], value));
    const gone = Object.keys(had).filter((name) => !Object.hasOwn(now[list], name));
    if (fresh.length > 0) Object.assign(changes.set, { [list]: Object.fromEntries(fresh) });
    if (gone.length > 0) changes.gone[list] = gone;
  }
  return Object.keys(changes.set).length + Object.keys(changes.gone).length === 0 ? null : changes;
}
