import type { Finding, Indicators, LimitHit, MailDocument } from '@sluice/contracts';
import { bareDocument } from './parse.ts';
import type { CheckInput, ExtractInput, OutlineInput, ParseInput } from './reader-tasks.ts';
import { createProcessPool } from './process-pool.ts';

export type MailReaderConfig = {
  /** Readers side by side; each is a process of its own. */
  processes: number;
  /** For each call, from the moment that a reader takes it. */
  timeLimitMs: number;
  /** Of each reader's JavaScript heap. */
  memoryMb: number;
  /** The module that the readers run; another one in tests only. */
  taskFile?: URL;
};

/**
 * Reads hostile mail off the event loop. A call that breaks the bound on time or memory still resolves, with what could be
 * said and a `parse-time` or `parse-memory` limit; the process and the other calls go on. An abort rejects with the signal's reason.
 */
export type MailReader = {
  parse: (bytes: Uint8Array, signal: AbortSignal) => Promise<MailDocument>;
  extract: (document: MailDocument, signal: AbortSignal) => Promise<Indicators>;
  check: (document: MailDocument, indicators: Indicators, signal: AbortSignal) => Promise<Finding[]>;
  /** Ends the readers; calls under way reject. Resolves when they are gone; may be called again. */
  stop: () => Promise<void>;
};

type Broken = 'out-of-time' | 'out-of-memory';

export function createMailReader(config: MailReaderConfig): MailReader {
  const file = config.taskFile ?? new URL('./reader-tasks.ts', import.meta.url);
  const pool = createProcessPool({ ...config, file });
  const limitOf = (status: Broken): LimitHit => describeLimit(status, config);

  return {
    parse: async (bytes, signal) => {
      const input: ParseInput = { bytes };
      const result = await pool.run<MailDocument>('parse', input, signal);
      if (result.status === 'done') return result.value;
      const reason = limitOf(result.status);
      const outlineInput: OutlineInput = { bytes, reason };
      const outline = await pool.run<MailDocument>('outline', outlineInput, signal);
      return outline.status === 'done' ? outline.value : bareDocument(bytes, reason);
    },
    extract: async (document, signal) => {
      const input: ExtractInput = { document };
      const result = await pool.run<Indicators>('extract', input, signal);
      return result.status === 'done' ? result.value : emptyIndicators(limitOf(result.status));
    },
    check: async (document, indicators, signal) => {
      const input: CheckInput = { document, indicators };
      const result = await pool.run<Finding[]>('check', input, signal);
      return result.status === 'done' ? result.value : [unfinishedChecks(limitOf(result.status))];
    },
    stop: () => pool.stop(),
  };
}

function describeLimit(status: Broken, { timeLimitMs, memoryMb }: MailReaderConfig): LimitHit {
  return status === 'out-of-time'
    ? {
        limit: 'parse-time',
        allowed: timeLimitMs,
        message: 'Reading the mail took longer than allowed and was stopped.',
      }
    : {
        limit: 'parse-memory',
        allowed: memoryMb,
        message: 'Reading the mail took more memory than allowed and was stopped.',
      };
}

function emptyIndicators(hit: LimitHit): Indicators {
  return { v: 1, urls: [], domains: [], ips: [], addresses: [], hashes: [], received: [], limits: [hit] };
}

function unfinishedChecks(hit: LimitHit): Finding {
  return {
    id: 'checks.unfinished',
    severity: 'low',
    weight: 10,
    title: 'The mail could not be checked to the end',
    explanation: 'The mail is built in a way that makes reading it very expensive. Ordinary mail is not.',
    evidence: [{ where: 'mail', quote: hit.message }],
  };
}
