import { isIP } from 'node:net';
import {
  type Simulator,
  type SimulatedReply,
  type SimulatorOptions,
  startSimulator,
  type Vendor,
} from './simulator.ts';
import { numberOf, type Standing, type Standings, standingOf } from './standing.ts';

/** AbuseIPDB's API v2, CHECK endpoint and error bodies: https://docs.abuseipdb.com. */

const SCORES: Readonly<Record<Standing, number>> = { unknown: 0, harmless: 0, suspicious: 41, malicious: 100 };

export interface AbuseIpDbOptions extends SimulatorOptions {
  /** By address. `harmless`: on the whitelist. */
  standings?: Standings;
}

export function startAbuseIpDb(options: AbuseIpDbOptions = {}): Promise<Simulator> {
  return startSimulator(vendorOf(options), options);
}

function vendorOf({ standings }: AbuseIpDbOptions): Vendor {
  return {
    basePath: '/api/v2',
    limits: [{ requests: 1_000, seconds: 86_400, kind: 'fixed' }],
    keyOf: ({ headers }) => headers.key?.toString(),
    valueOf: ({ url }) => (url.pathname === '/check' ? (url.searchParams.get('ipAddress') ?? '') : null),
    answer: (value) =>
      isIP(value) === 0
        ? fault(422, 'The ip address must be a valid IPv4 or IPv6 address (e.g. 8.8.8.8 or 2001:4860:4860::8888).')
        : { status: 200, body: { data: dataOf(value, standingOf(value, standings)) } },
    wrongKey: () => fault(401, 'Authentication failed. Your API key is either missing, incorrect, or revoked.'),
    notOffered: () => fault(404, 'The requested endpoint does not exist.'),
    refused: (retryAfterSeconds) => ({
      ...fault(
        429,
        'Daily rate limit of 1000 requests exceeded for this endpoint. See headers for additional details.',
      ),
      headers: {
        'retry-after': String(retryAfterSeconds),
        'x-ratelimit-reset': String(Math.ceil(Date.now() / 1_000) + retryAfterSeconds),
      },
    }),
    quotaHeaders: ({ requests }, remaining) => ({
      'x-ratelimit-limit': String(requests),
      'x-ratelimit-remaining': String(remaining),
    }),
  };
}

function dataOf(ipAddress: string, standing: Standing): Record<string, unknown> {
  const isReported = SCORES[standing] > 0;
  return {
    ipAddress,
    isPublic: true,
    ipVersion: isIP(ipAddress),
    isWhitelisted: standing === 'harmless' ? true : null,
    abuseConfidenceScore: SCORES[standing],
    countryCode: 'NL',
    usageType: 'Data Center/Web Hosting/Transit',
    isp: 'Example Hosting',
    domain: 'example.net',
    hostnames: [],
    isTor: false,
    totalReports: isReported ? 1 + numberOf(ipAddress, 'reports', 200) : 0,
    numDistinctUsers: isReported ? 1 + numberOf(ipAddress, 'users', 20) : 0,
    lastReportedAt: isReported ? '2026-11-01T12:00:00+00:00' : null,
  };
}

function fault(status: number, detail: string): SimulatedReply {
  return { status, body: { errors: [{ detail, status }] } };
}
