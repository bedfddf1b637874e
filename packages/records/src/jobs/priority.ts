import { PRIORITIES, type Priority } from '@sluice/contracts';

/** The larger, the more urgent; 0 is low. */
export function priorityNumber(priority: Priority): number {
  return PRIORITIES.length - 1 - PRIORITIES.indexOf(priority);
}

export function priorityOf(number: number): Priority {
  return PRIORITIES[PRIORITIES.length - 1 - number] ?? 'normal';
}
