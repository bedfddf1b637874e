import type { Provider } from '@sluice/contracts';
import { createAbuseIpDb } from './abuseipdb.ts';
import type { Action } from './actions.ts';
import type { Ask, Client } from './client.ts';
import { createGemini, type GeminiClient } from './gemini.ts';
import type { ProviderSettings } from './settings.ts';
import { createShodan } from './shodan.ts';
import { createUrlscan, type UrlscanClient, type UrlscanConfig } from './urlscan.ts';
import { createVirusTotal } from './virustotal.ts';

/** What a client asks with. */
export interface Access {
  settings: ProviderSettings;
  apiKey: string;
  ask: (action: Action) => Ask;
  keepFound: UrlscanConfig['keepFound'];
  now: () => number;
  stopping: AbortSignal;
  /** How a scan is waited for; real time where nothing is said. */
  pause?: UrlscanConfig['pause'];
}

/** Nothing for a provider that is not asked about resources. */
export function clientOf(provider: Provider, access: Access): Client | undefined {
  const { settings, apiKey, ask } = access;
  switch (provider) {
    case 'virustotal':
      return createVirusTotal({ baseUrl: settings.VIRUSTOTAL_BASE_URL, apiKey, ask: ask('virustotal') });
    case 'abuseipdb':
      return createAbuseIpDb({ baseUrl: settings.ABUSEIPDB_BASE_URL, apiKey, ask: ask('abuseipdb') });
    case 'shodan':
      return createShodan({ baseUrl: settings.SHODAN_BASE_URL, apiKey, ask: ask('shodan') });
    case 'urlscan':
      return urlscanOf(access);
    case 'gemini':
      return undefined;
  }
}

export function urlscanOf({ settings, apiKey, ask, keepFound, now, stopping, pause }: Access): UrlscanClient {
  return createUrlscan({
    baseUrl: settings.URLSCAN_BASE_URL,
    apiKey,
    search: ask('urlscan-search'),
    result: ask('urlscan-result'),
    submit: ask('urlscan-submit'),
    keepFound,
    now,
    stopping,
    ...(pause === undefined ? {} : { pause }),
  });
}

export function geminiOf({ settings, apiKey, ask }: Access): GeminiClient {
  return createGemini({
    baseUrl: settings.GEMINI_BASE_URL,
    apiKey,
    ask: ask('gemini'),
    model: settings.GEMINI_MODEL,
  });
}
