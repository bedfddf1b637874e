import { type ObservableKind, PRIORITIES, type Priority, TLPS, type Tlp } from '@sluice/contracts';
import type { Observable } from '../submit.ts';
import { type OptionTable, readNumber, readOneOf, UsageError, type Values } from './options.ts';

const OBSERVABLE_KINDS: readonly ObservableKind[] = ['url', 'domain', 'ip', 'hash'];
const DEFAULT_PARALLEL = 16;
const MOST_PARALLEL = 256;
const MOST_WAIT_SECONDS = 86_400;

export const SCAN_OPTIONS = {
  priority: { type: 'string', value: 'P', says: 'urgent, high, normal (the default) or low' },
  tlp: { type: 'string', value: 'TLP', says: 'how far the mail may travel: clear, green, amber, amber+strict or red' },
  parallel: { type: 'string', value: 'N', says: 'mails with the fleet at once: 16' },
  'wait-amendments': {
    type: 'string',
    value: 'SECONDS',
    says: 'where something was not examined: wait so long for late answers, and print the amended report',
  },
  url: {
    type: 'string',
    multiple: true,
    value: 'URL',
    says: 'scan this instead of a mail; so the fleet is --fleet here',
  },
  domain: { type: 'string', multiple: true, value: 'NAME', says: 'the same' },
  ip: { type: 'string', multiple: true, value: 'ADDRESS', says: 'the same' },
  hash: { type: 'string', multiple: true, value: 'HASH', says: 'the same' },
} as const satisfies OptionTable;

export interface ScanRequest {
  paths: readonly string[];
  observables: Observable[];
  priority: Priority;
  tlp: Tlp | undefined;
  /** How many mails are with the fleet at once. */
  parallel: number;
  /** How long a report with gaps waits for late answers; 0: not at all. */
  waitAmendmentsMs: number;
}

/** What the words of a scan ask for. Throws `UsageError`. */
export function readScan(paths: readonly string[], values: Values<typeof SCAN_OPTIONS>): ScanRequest {
  const observables = OBSERVABLE_KINDS.flatMap((type) => (values[type] ?? []).map((value) => ({ type, value })));
  if (paths.length + observables.length === 0) throw new UsageError('Nothing to scan: name a file, a folder or --url.');
  if (paths.includes('')) throw new UsageError('A file has an empty name.');
  const priority = readOneOf('priority', values.priority, PRIORITIES) ?? 'normal';
  const tlp = readOneOf('tlp', values.tlp, TLPS);
  const parallel = readNumber('parallel', values.parallel ?? String(DEFAULT_PARALLEL), 1, MOST_PARALLEL);
  const waitSeconds = readNumber('wait-amendments', values['wait-amendments'] ?? '0', 0, MOST_WAIT_SECONDS);
  return { paths, observables, priority, tlp, parallel, waitAmendmentsMs: waitSeconds * 1_000 };
}
