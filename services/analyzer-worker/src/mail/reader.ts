import { getServers } from 'node:dns';
import type { Finding, Indicators, LimitHit, MailDocument, SayRule } from '@sluice/contracts';
import type { MailAuthentication } from '../checks/auth-mail.ts';
import { isSigned, NOT_AUTHENTICATED } from '../checks/auth-mail.ts';
import type { ScanInput } from '../rules/scan.ts';
import { bareDocument } from './parse.ts';
import type {
  AuthenticateInput,
  CheckInput,
  ExtractInput,
  OutlineInput,
  ParseInput,
  TryRulesInput,
} from './reader-tasks.ts';
import { createProcessPool } from './process-pool.ts';

export type AuthenticationSettings = {
  /** Servers whose Authentication-Results, ARC and Received headers are believed; none where the fleet sees mail that has not passed them. */
  trustedAuthservIds: string[];
  /** The system's servers, none, or these (`ip` or `ip:port`). */
  dns: 'system' | 'off' | string[];
  /** Of all questions about one mail together. Below `timeLimitMs` of the reader. */
  timeLimitMs: number;
};

export type MailReaderConfig = {
  /** Readers side by side; each is a process of its own. */
  processes: number;
  /** For each call, from the moment that a reader takes it. */
  timeLimitMs: number;
  /** Of each reader's JavaScript heap. */
  memoryMb: number;
  authentication: AuthenticationSettings;
  /** `shipped` where nothing is said, `off`, or the path of a model's file. */
  model?: string;
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
  /** What YARA rules (their files) find in the mail's attachments; where a bound is broken, nothing. */
  scanFiles: (bytes: Uint8Array, document: MailDocument, files: string[], signal: AbortSignal) => Promise<Finding[]>;
  /** What the rules of the tenant's operator find. One that breaks a bound leaves the checks as they are. */
  tryRules: (mail: RuledMail, rules: readonly SayRule[], signal: AbortSignal) => Promise<Finding[]>;
  /** True where the mail carries something that `authenticate` can judge. At once, in this process: a few bounded headers are read. */
  isSigned: (document: MailDocument, moreTrustedIds?: readonly string[]) => boolean;
  /** Who sent the submitted mail, by trusted servers, else by DNS. Where nobody can tell, all is `unknown` and there is no finding. */
  authenticate: (
    bytes: Uint8Array,
    document: MailDocument,
    signal: AbortSignal,
    moreTrustedIds?: readonly string[],
  ) => Promise<MailAuthentication>;
  /** Ends the readers; calls under way reject. Resolves when they are gone; may be called again. */
  stop: () => Promise<void>;
};

type RuledMail = { document: MailDocument; indicators: Indicators };
type Broken = 'out-of-time' | 'out-of-memory';

export function createMailReader(config: MailReaderConfig): MailReader {
  const file = config.taskFile ?? new URL('./reader-tasks.ts', import.meta.url);
  const pool = createProcessPool({ ...config, file });
  const limitOf = (status: Broken): LimitHit => describeLimit(status, config);

  return {
    parse: async (bytes, signal) => {
      const input: ParseInput = { bytes };
      const opened = await pool.run<MailDocument>('parse', input, signal);
      if (opened.status === 'done') return opened.value;
      // What lies in its attachments broke the bound, or the mail itself did: without them there is still most of the evidence.
      const closed = await pool.run<MailDocument>('parseClosed', input, signal);
      if (closed.status === 'done') return leftClosed(closed.value, opened.status, config);
      const reason = limitOf(closed.status);
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
      const input: CheckInput = { document, indicators, model: config.model ?? 'shipped' };
      const result = await pool.run<Finding[]>('check', input, signal);
      return result.status === 'done' ? result.value : [unfinishedChecks(limitOf(result.status))];
    },
    scanFiles: async (bytes, document, files, signal) => {
      const hasFiles = document.mails.some(({ attachments }) => attachments.length > 0);
      if (!hasFiles || files.length === 0) return [];
      const input: ScanInput = { bytes, document, files };
      const result = await pool.run<Finding[]>('scanFiles', input, signal);
      return result.status === 'done' ? result.value : [];
    },
    tryRules: async (mail, rules, signal) => {
      if (rules.length === 0) return [];
      const input: TryRulesInput = { ...mail, rules };
      const result = await pool.run<Finding[]>('tryRules', input, signal);
      return result.status === 'done' ? result.value : [untriedRules(limitOf(result.status))];
    },
    isSigned: (document, more = []) => isSigned(document, [...config.authentication.trustedAuthservIds, ...more]),
    authenticate: async (bytes, document, signal, more = []) => {
      const trustedAuthservIds = [...config.authentication.trustedAuthservIds, ...more];
      const input = authenticateInput(bytes, document, { ...config.authentication, trustedAuthservIds });
      const result = await pool.run<MailAuthentication>('authenticate', input, signal);
      return result.status === 'done' ? result.value : NOT_AUTHENTICATED;
    },
    stop: () => pool.stop(),
  };
}

/** The document goes over without its bodies: only headers are read, and the bytes hold the rest. */
function authenticateInput(
  bytes: Uint8Array,
  document: MailDocument,
  { dns, timeLimitMs, trustedAuthservIds }: AuthenticationSettings,
): AuthenticateInput {
  const mails = document.mails.slice(0, 1).map((mail) => ({ ...mail, text: null, html: null, attachments: [] }));
  const dnsServers = dns === 'off' ? [] : dns === 'system' ? getServers() : dns;
  return { bytes, document: { ...document, mails }, trustedAuthservIds, dnsServers, timeLimitMs };
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

function leftClosed(document: MailDocument, status: Broken, { timeLimitMs, memoryMb }: MailReaderConfig): MailDocument {
  const hit: LimitHit =
    status === 'out-of-time'
      ? {
          limit: 'attachment-time',
          allowed: timeLimitMs,
          message: 'Opening the attachments took longer than allowed and was stopped; they were left closed.',
        }
      : {
          limit: 'attachment-memory',
          allowed: memoryMb,
          message: 'Opening the attachments took more memory than allowed and was stopped; they were left closed.',
        };
  return { ...document, limits: [...document.limits, hit] };
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

function untriedRules(hit: LimitHit): Finding {
  return {
    id: 'operator.rules-unfinished',
    severity: 'info',
    weight: 0,
    title: 'The rules of the operator were not tried',
    explanation: 'The mail is so large that trying the rules on it would take too long.',
    evidence: [{ where: 'mail', quote: hit.message }],
  };
}
