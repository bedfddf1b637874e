import { createInterface } from 'node:readline';
import { type LeanSocket, openLean } from './lean-socket.ts';

/** All readers, in one process of their own. One order a line on the standard input; the answer to `tell` is a line on the standard output. */
export type Order =
  | { do: 'jobs'; url: string; key: string; count: number }
  | { do: 'job'; url: string; key: string; jobId: string; count: number }
  /** The readers of the job that was opened first go. */
  | { do: 'leave' }
  | { do: 'tell' };

/** What the readers saw since the last time. */
export interface Told {
  /** From Redis time of an event to its reader, ms. */
  jobMs: number[];
  /** The same of the newest event in a change of a tenant's stream. */
  tenantMs: number[];
  open: { job: number; jobs: number };
  refused: number;
  /** Closed by the gateway. */
  closed: Record<string, number>;
  /** Numbers that were left out or came twice. */
  gaps: number;
  /** Jobs that each reader of a tenant saw end, the fewest and the most. */
  ended: [fewest: number, most: number];
}

const AT_MS = /"atMs":(\d+)/g;
const ENDED = /"jobId":"([0-9a-f-]{36})","pipeline":"[^"]*","state":"(?:completed|failed|expired|cancelled)"/g;

let told = fresh();

interface Reader {
  socket: LeanSocket;
  lastSeq: number | null;
  /** Jobs that it saw end. */
  ended: Set<string>;
  isLeaving: boolean;
}

const ofJobs: Reader[][] = [];
const ofTenants: Reader[] = [];

function fresh(): Told {
  return { jobMs: [], tenantMs: [], open: { job: 0, jobs: 0 }, refused: 0, closed: {}, gaps: 0, ended: [0, 0] };
}

type Hear = (reader: Reader, text: string) => void;

function open(url: string, key: string, hear: Hear): Reader {
  let wasOpen = false;
  const reader: Reader = {
    lastSeq: null,
    ended: new Set(),
    isLeaving: false,
    socket: openLean({
      url,
      key,
      onText(text) {
        wasOpen = true;
        hear(reader, text);
      },
      onClose(code) {
        if (reader.isLeaving) return;
        if (wasOpen) told.closed[code] = (told.closed[code] ?? 0) + 1;
        else told.refused += 1;
      },
    }),
  };
  return reader;
}

function number(reader: Reader, seq: number): void {
  if (reader.lastSeq !== null && seq !== reader.lastSeq + 1) told.gaps += 1;
  reader.lastSeq = seq;
}

function hearJob(reader: Reader, text: string): void {
  number(reader, Number(/"seq":(\d+)/.exec(text)?.[1]));
  const atMs = /^\{"jobId":"[^"]+","seq":\d+,"atMs":(\d+)/.exec(text)?.[1];
  if (atMs !== undefined) told.jobMs.push(Date.now() - Number(atMs));
}

function hearTenant(reader: Reader, text: string): void {
  for (const [, jobId] of text.matchAll(ENDED)) reader.ended.add(jobId ?? '');
  if (!text.startsWith('{"type":"deltas"')) {
    reader.lastSeq = Number(/"seq":(\d+)/.exec(text)?.[1]);
    return;
  }
  for (const [, seq] of text.matchAll(/\{"seq":(\d+)/g)) number(reader, Number(seq));
  const nowMs = Date.now();
  for (const [, atMs] of text.matchAll(AT_MS)) told.tenantMs.push(nowMs - Number(atMs));
}

const times = (count: number, make: () => Reader) => Array.from({ length: count }, make);

function obey(order: Order): void {
  switch (order.do) {
    case 'jobs':
      ofTenants.push(...times(order.count, () => open(order.url, order.key, hearTenant)));
      break;
    case 'job':
      ofJobs.push(times(order.count, () => open(order.url, order.key, hearJob)));
      break;
    case 'leave':
      for (const reader of ofJobs.shift() ?? []) {
        reader.isLeaving = true;
        reader.socket.close();
      }
      break;
    case 'tell':
      tell();
  }
}

function tell(): void {
  const isOpen = ({ socket }: Reader) => socket.isOpen();
  const counts = ofTenants.map(({ ended }) => ended.size);
  told.open = { job: ofJobs.flat().filter(isOpen).length, jobs: ofTenants.filter(isOpen).length };
  told.ended = [Math.min(...counts), Math.max(...counts)];
  process.stdout.write(`${JSON.stringify(told)}\n`);
  told = fresh();
}

createInterface({ input: process.stdin }).on('line', (line) => obey(JSON.parse(line) as Order));
