import type { Provider } from '@sluice/contracts';
import type { QuotaInput, QuotaTerms } from '@sluice/fleet/rate-limit';
import { geminiFailure } from './gemini.ts';
import type { HttpConfig } from './http.ts';
import { nextUtcMidnight } from './limits.ts';
import type { ProviderSettings } from './settings.ts';
import { virusTotalFailure } from './virustotal.ts';

/** What a provider's key is used for; each has a quota of its own. */
export const ACTIONS = [
  'virustotal',
  'abuseipdb',
  'urlscan-search',
  'urlscan-result',
  'urlscan-submit',
  'shodan',
  'gemini',
] as const;
export type Action = (typeof ACTIONS)[number];

export const PROVIDER_OF: Readonly<Record<Action, Provider>> = {
  virustotal: 'virustotal',
  abuseipdb: 'abuseipdb',
  'urlscan-search': 'urlscan',
  'urlscan-result': 'urlscan',
  'urlscan-submit': 'urlscan',
  shodan: 'shodan',
  gemini: 'gemini',
};

/** How its name begins in settings. */
export const SETTING_OF = {
  virustotal: 'VIRUSTOTAL',
  abuseipdb: 'ABUSEIPDB',
  urlscan: 'URLSCAN',
  shodan: 'SHODAN',
  gemini: 'GEMINI',
} as const satisfies Record<Provider, string>;

/** How long after its time limit a call that was cut may still arrive. */
const MARGIN_MS = 2_000;

/** What the environment says of the action's quota. */
export function termsOf(settings: ProviderSettings, action: Action): QuotaTerms {
  if (action === 'urlscan-submit') return settings.URLSCAN_SUBMIT_QUOTA;
  if (action === 'urlscan-result') return settings.URLSCAN_RESULT_QUOTA;
  return settings[`${SETTING_OF[PROVIDER_OF[action]]}_QUOTA`];
}

export function timeoutMsOf(settings: ProviderSettings, action: Action): number {
  return 1_000 * settings[`${SETTING_OF[PROVIDER_OF[action]]}_TIMEOUT_SECONDS`];
}

export function quotaOf(settings: ProviderSettings, name: string, terms: QuotaTerms): QuotaInput {
  const breaker = {
    failures: settings.PROVIDER_BREAKER_FAILURES,
    withinSeconds: settings.PROVIDER_BREAKER_WITHIN_SECONDS,
    pauseSeconds: settings.PROVIDER_BREAKER_PAUSE_SECONDS,
  };
  return { name, marginMs: MARGIN_MS, breaker, ...terms };
}

export const VENDORS: Readonly<Record<Provider, Pick<HttpConfig, 'failureOf' | 'resetOf' | 'quotaSeconds'>>> = {
  virustotal: { failureOf: virusTotalFailure },
  /** Its limits are of UTC days, and only a refusal says when they begin anew. */
  abuseipdb: { resetOf: nextUtcMidnight, quotaSeconds: 86_400 },
  urlscan: {},
  shodan: {},
  gemini: { failureOf: geminiFailure },
};
