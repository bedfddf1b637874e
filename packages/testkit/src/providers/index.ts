import { type AbuseIpDbOptions, startAbuseIpDb } from './abuseipdb.ts';
import { type GeminiOptions, type GeminiSimulator, startGemini } from './gemini.ts';
import { type ShodanOptions, startShodan } from './shodan.ts';
import type { Simulator } from './simulator.ts';
import type { Standings } from './standing.ts';
import { startUrlscan, type UrlscanOptions, type UrlscanSimulator } from './urlscan.ts';
import { startVirusTotal, type VirusTotalOptions } from './virustotal.ts';

export { startAbuseIpDb } from './abuseipdb.ts';
export { type GeminiJudgement, type GeminiSimulator, startGemini } from './gemini.ts';
export type { SimulatedLimit } from './limiter.ts';
export { startShodan } from './shodan.ts';
export type { Simulator, SimulatorCall, SimulatorMode } from './simulator.ts';
export type { Standing, Standings } from './standing.ts';
export { startUrlscan, type UrlscanSimulator } from './urlscan.ts';
export { startVirusTotal } from './virustotal.ts';

export interface SimulatedProviders {
  virustotal: Simulator;
  abuseipdb: Simulator;
  urlscan: UrlscanSimulator;
  shodan: Simulator;
  gemini: GeminiSimulator;
  /** Settings of a service that is to ask these: base URLs and keys. */
  env: Record<string, string>;
  /** Of all together. */
  breaches(): number;
  stop(): Promise<void>;
}

export interface SimulatedProvidersOptions {
  /** For all of them, by URL, domain, address or hash. */
  standings?: Standings;
  virustotal?: VirusTotalOptions;
  abuseipdb?: AbuseIpDbOptions;
  urlscan?: UrlscanOptions;
  shodan?: ShodanOptions;
  gemini?: GeminiOptions;
}

/** All five, each on a port of its own. */
export async function startProviders(options: SimulatedProvidersOptions = {}): Promise<SimulatedProviders> {
  const { standings = {} } = options;
  const [virustotal, abuseipdb, urlscan, shodan, gemini] = await Promise.all([
    startVirusTotal({ standings, ...options.virustotal }),
    startAbuseIpDb({ standings, ...options.abuseipdb }),
    startUrlscan({ standings, ...options.urlscan }),
    startShodan({ standings, ...options.shodan }),
    startGemini(options.gemini),
  ]);
  const all = { virustotal, abuseipdb, urlscan, shodan, gemini };
  return {
    ...all,
    env: Object.fromEntries(
      Object.entries(all).flatMap(([name, { url, apiKey }]) => [
        [`${name.toUpperCase()}_BASE_URL`, url],
        [`${name.toUpperCase()}_API_KEY`, apiKey],
      ]),
    ),
    breaches: () => Object.values(all).reduce((sum, simulator) => sum + simulator.breaches(), 0),
    stop: async () => {
      await Promise.all(Object.values(all).map((simulator) => simulator.stop()));
    },
  };
}
