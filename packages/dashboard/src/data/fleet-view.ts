import { FLEET_LISTS, type FleetMessage, type FleetView } from '@sluice/contracts';

/** Takes a message of the fleet's stream in. Pure. */
export function applyFleet(view: FleetView | null, message: FleetMessage): FleetView | null {
  if (message.type === 'snapshot') return message.fleet;
  if (message.type === 'stale' || view === null) return view;
  const next: FleetView = { ...view, ...message.set };
  for (const list of FLEET_LISTS) {
    const merged: Record<string, unknown> = { ...view[list], ...message.set[list] };
    for (const name of message.gone[list] ?? []) delete merged[name];
    Object.assign(next, { [list]: merged });
  }
  return next;
}
