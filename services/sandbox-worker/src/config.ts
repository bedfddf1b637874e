import { blobSettings } from '@sluice/fleet/blobs';
import { cacheSettings } from '@sluice/fleet/cache';
import { allowListSetting } from '@sluice/fleet/guard';
import { baseSettings, parseConfig, wholeNumber } from '@sluice/fleet/service';
import { z } from 'zod';

/** What the sandbox worker takes; the task's own limit of 60 s holds waiting, visiting, and looking at the page. */
const settings = {
  ...baseSettings,
  ...blobSettings,
  CACHE_ENABLED: cacheSettings.CACHE_ENABLED,
  CACHE_MEMORY_MB: cacheSettings.CACHE_MEMORY_MB,
  CACHE_DEFAULT_TTL: cacheSettings.CACHE_DEFAULT_TTL,
  JOB_CONCURRENCY: wholeNumber(1, 1_000).default(5),
  SANDBOX_ALLOW_PRIVATE: allowListSetting,
  SANDBOX_BROWSER: z.string().optional(),
  SANDBOX_PAGES: wholeNumber(1, 50).default(3),
  SANDBOX_CACHE_SECONDS: wholeNumber(1, 86_400).default(3_600),
  SANDBOX_VISIT_SECONDS: wholeNumber(5, 45).default(20),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
};

export const parseSandboxConfig = (env: Record<string, string | undefined>) => parseConfig(settings, env);
export type SandboxConfig = ReturnType<typeof parseSandboxConfig>;
