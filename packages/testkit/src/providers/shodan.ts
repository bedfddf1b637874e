import { isIP } from 'node:net';
import { type Simulator, type SimulatorOptions, startSimulator, type Vendor } from './simulator.ts';
import { numberOf, type Standing, type Standings, standingOf } from './standing.ts';

/** Shodan's REST API, /shodan/host/{ip}: https://developer.shodan.io/api. The key is a query parameter; a wrong one is answered with a web page. */

export interface ShodanOptions extends SimulatorOptions {
  /** By address. `suspicious` and `malicious`: its tags say so. */
  standings?: Standings;
}

export function startShodan(options: ShodanOptions = {}): Promise<Simulator> {
  return startSimulator(vendorOf(options), options);
}

function vendorOf({ standings }: ShodanOptions): Vendor {
  return {
    basePath: '',
    limits: [{ requests: 1, seconds: 1, kind: 'sliding' }],
    keyOf: ({ url }) => url.searchParams.get('key') ?? undefined,
    valueOf: ({ url }) => {
      const [, value] = /^\/shodan\/host\/([^/]+)$/.exec(url.pathname) ?? [];
      return value === undefined ? null : decodeURIComponent(value);
    },
    answer(value) {
      if (isIP(value) === 0) return { status: 400, body: { error: 'Invalid IP' } };
      const standing = standingOf(value, standings);
      if (standing === 'unknown') return { status: 404, body: { error: 'No information available for that IP.' } };
      return { status: 200, body: hostOf(value, standing) };
    },
    wrongKey: () => ({
      status: 401,
      body: '<html><head><title>401 Unauthorized</title></head><body></body></html>',
      headers: { 'content-type': 'text/html' },
    }),
    notOffered: () => ({ status: 404, body: { error: 'Not found' } }),
    refused: (retryAfterSeconds) => ({
      status: 429,
      body: { error: 'Request rate limit reached (1/ second). Please wait a second before trying again.' },
      headers: { 'retry-after': String(retryAfterSeconds) },
    }),
  };
}

function hostOf(ip: string, standing: Standing): Record<string, unknown> {
  const tags: Record<Standing, string[]> = {
    unknown: [],
    harmless: ['cloud'],
    suspicious: ['compromised'],
    malicious: ['malware', 'c2'],
  };
  return {
    ip_str: ip,
    ip: 0,
    org: 'Example Hosting B.V.',
    isp: 'Example Hosting',
    asn: 'AS64500',
    os: null,
    country_code: 'NL',
    country_name: 'Netherlands',
    city: 'Amsterdam',
    ports: [443, 80, 1_024 + numberOf(ip, 'port', 60_000)],
    hostnames: [`host-${numberOf(ip, 'host', 1_000)}.example.net`],
    domains: ['example.net'],
    tags: tags[standing],
    ...(standing === 'harmless' ? {} : { vulns: ['CVE-2021-40438', 'CVE-2023-44487'] }),
    last_update: '2026-11-10T08:15:30.000000',
  };
}
