import type { Severity } from '@sluice/contracts';

/** What a weight that an operator has given is called. */
export function severityOf(weight: number): Severity {
  if (weight >= 80) return 'critical';
  if (weight >= 55) return 'high';
  if (weight >= 25) return 'medium';
  return weight > 0 ? 'low' : 'info';
}
