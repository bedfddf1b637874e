import type { Provider } from '@sluice/contracts';
import { createAbuseIpDb } from './abuseipdb.ts';
import type { Action, createAsks } from './asks.ts';
import type { Client } from './client.ts';
import { createGemini, type GeminiClient } from './gemini.ts';
import type { Permissions } from './permissions.ts';
import type { ProviderSettings } from './settings.ts';
import { createShodan } from './shodan.ts';
import { createUrlscan, type UrlscanClient, type UrlscanConfig } from './urlscan.ts';
import { createVirusTotal } from './virustotal.ts';

type Asks = ReturnType<typeof createAsks>['asks'];

/** Those that the permissions leave. `pause`: how a scan is waited for; real time where nothing is said. */
export function createClients(
  { settings, now, pause }: Pick<UrlscanConfig, 'now' | 'pause'> & { settings: ProviderSettings },
  { enabled, submits }: Permissions,
  asks: Asks,
  stopping: AbortSignal,
): { lookups: Partial<Record<Provider, Client>>; urlscan: UrlscanClient | undefined } {
  const simple = (action: Action, apiKey: string | undefined, baseUrl: string) => {
    const ask = asks[action];
    return ask === undefined || apiKey === undefined ? undefined : { baseUrl, apiKey, ask };
  };
  const { VIRUSTOTAL_API_KEY, ABUSEIPDB_API_KEY, SHODAN_API_KEY, URLSCAN_API_KEY } = settings;
  const virustotal = simple('virustotal', VIRUSTOTAL_API_KEY, settings.VIRUSTOTAL_BASE_URL);
  const abuseipdb = simple('abuseipdb', ABUSEIPDB_API_KEY, settings.ABUSEIPDB_BASE_URL);
  const shodan = simple('shodan', SHODAN_API_KEY, settings.SHODAN_BASE_URL);
  const { 'urlscan-search': search, 'urlscan-result': result, 'urlscan-submit': submit } = asks;
  const isUrlscanUsed = enabled.includes('urlscan') || submits.includes('urlscan');
  const urlscan =
    !isUrlscanUsed || URLSCAN_API_KEY === undefined || !search || !result || !submit
      ? undefined
      : createUrlscan({
          baseUrl: settings.URLSCAN_BASE_URL,
          apiKey: URLSCAN_API_KEY,
          search,
          result,
          submit,
          now,
          stopping,
          ...(pause === undefined ? {} : { pause }),
        });
  const lookups: Partial<Record<Provider, Client>> = {
    ...(virustotal === undefined ? {} : { virustotal: createVirusTotal(virustotal) }),
    ...(abuseipdb === undefined ? {} : { abuseipdb: createAbuseIpDb(abuseipdb) }),
    ...(shodan === undefined ? {} : { shodan: createShodan(shodan) }),
    ...(urlscan === undefined ? {} : { urlscan }),
  };
  return { lookups, urlscan };
}

export function createOpinions(
  settings: ProviderSettings,
  { enabled }: Permissions,
  { gemini: ask }: Asks,
): GeminiClient | undefined {
  const { GEMINI_API_KEY: apiKey, GEMINI_BASE_URL: baseUrl, GEMINI_MODEL: model } = settings;
  if (!enabled.includes('gemini') || apiKey === undefined || ask === undefined) return undefined;
  return createGemini({ baseUrl, apiKey, ask, model });
}
