import { isIP } from 'node:net';
import { blobSettings } from '@sluice/fleet/blobs';
import { cacheSettings } from '@sluice/fleet/cache';
import { parseConfig, wholeNumber, workerSettings } from '@sluice/fleet/service';
import { z } from 'zod';
import { providerSettings } from './providers/index.ts';

const list = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim()))
  .pipe(z.array(z.string().min(1, 'has an empty entry')));

const SERVER = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<v4>[0-9.]+))(?::\d{1,5})?$/i;

/** `system`, `off`, or servers as `dns.setServers` takes them. */
const dnsServers = z.union([
  z.literal(['system', 'off']),
  list.refine(
    (servers) => servers.every(isServer),
    'is neither system nor off nor a list of addresses like 192.0.2.1:53',
  ),
]);

function isServer(text: string): boolean {
  const { v4, v6 } = SERVER.exec(text)?.groups ?? {};
  return isIP(v4 ?? v6 ?? text) !== 0;
}

const settings = {
  ...workerSettings,
  ...blobSettings,
  CACHE_ENABLED: cacheSettings.CACHE_ENABLED,
  CACHE_MEMORY_MB: cacheSettings.CACHE_MEMORY_MB,
  CACHE_DEFAULT_TTL: cacheSettings.CACHE_DEFAULT_TTL,
  ...providerSettings,
  /** Most of the tasks wait for a provider; reading mail is bounded by processes, one a core. */
  JOB_CONCURRENCY: workerSettings.JOB_CONCURRENCY.unwrap().default(16),
  /** Links of one mail that are visited; 0 visits none. */
  SANDBOX_MAX_VISITS: wholeNumber(0, 20).default(5),
  /** Servers whose Authentication-Results and ARC headers are believed, as they write their names. */
  TRUSTED_AUTHSERV_IDS: list.default([]),
  MAIL_AUTH_DNS: dnsServers.default('system'),
  /** A folder of the operator's own YARA rules (`*.yar`, `*.yara`), besides ours. */
  YARA_RULES_DIR: z.string().min(1).optional(),
  /** The model among the checks: `shipped`, `off`, or the path of a file that `npm run bench -- judgement train` has written. */
  JUDGEMENT_MODEL: z.string().min(1).default('shipped'),
};

export const parseAnalyzerConfig = (env: Record<string, string | undefined>) => parseConfig(settings, env);
export type AnalyzerConfig = ReturnType<typeof parseAnalyzerConfig>;
