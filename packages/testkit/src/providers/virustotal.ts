import {
  type Simulator,
  type SimulatedReply,
  type SimulatorOptions,
  startSimulator,
  type Vendor,
} from './simulator.ts';
import { numberOf, type Standing, type Standings, standingOf } from './standing.ts';

/** VirusTotal's API v3: https://docs.virustotal.com/reference/overview, errors: https://docs.virustotal.com/reference/errors. */

const COLLECTIONS: Readonly<Record<string, string>> = {
  urls: 'url',
  domains: 'domain',
  ip_addresses: 'ip_address',
  files: 'file',
};
const STATS: Readonly<Record<Standing, [malicious: number, suspicious: number, harmless: number]>> = {
  unknown: [0, 0, 0],
  harmless: [0, 0, 62],
  suspicious: [1, 1, 55],
  malicious: [12, 2, 40],
};
const ENGINES = [
  'Kaspersky',
  'BitDefender',
  'Sophos',
  'ESET',
  'Fortinet',
  'Webroot',
  'CRDF',
  'G-Data',
  'Avira',
  'Lionic',
];

export interface VirusTotalOptions extends SimulatorOptions {
  /** By URL, domain, address or hash. */
  standings?: Standings;
}

export function startVirusTotal(options: VirusTotalOptions = {}): Promise<Simulator> {
  return startSimulator(vendorOf(options), options);
}

function vendorOf({ standings }: VirusTotalOptions): Vendor {
  return {
    basePath: '/api/v3',
    limits: [
      { requests: 4, seconds: 60, kind: 'sliding' },
      { requests: 500, seconds: 86_400, kind: 'fixed' },
    ],
    keyOf: ({ headers }) => headers['x-apikey']?.toString(),
    valueOf({ url }) {
      const [, collection = '', id = '', ...rest] = url.pathname.split('/');
      if (COLLECTIONS[collection] === undefined || id === '' || rest.length > 0) return null;
      return collection === 'urls' ? Buffer.from(id, 'base64url').toString() : decodeURIComponent(id);
    },
    answer(value, { url }) {
      const [, collection = '', id = ''] = url.pathname.split('/');
      const standing = standingOf(value, standings);
      const type = COLLECTIONS[collection] ?? '';
      if (standing === 'unknown') return fault(404, 'NotFoundError', `${type} "${id}" not found`);
      return { status: 200, body: { data: { id, type, attributes: attributesOf(type, value, standing) } } };
    },
    wrongKey: () => fault(401, 'WrongCredentialsError', 'Wrong API key'),
    notOffered: () => fault(404, 'NotFoundError', 'Resource not found.'),
    refused: (retryAfterSeconds, limit) => ({
      ...fault(
        429,
        limit !== null && limit.seconds < 3_600 ? 'TooManyRequestsError' : 'QuotaExceededError',
        'Quota exceeded',
      ),
      // The vendor documents none; refusing by mode is to be testable.
      ...(limit === null ? { headers: { 'retry-after': String(retryAfterSeconds) } } : {}),
    }),
  };
}

function attributesOf(type: string, value: string, standing: Standing): Record<string, unknown> {
  const [malicious, suspicious, harmless] = STATS[standing];
  const categories = [...Array<string>(malicious).fill('malicious'), ...Array<string>(suspicious).fill('suspicious')];
  const seen = 1_700_000_000 + numberOf(value, 'seen', 50_000_000);
  return {
    last_analysis_stats: { malicious, suspicious, harmless, undetected: 30, timeout: 0 },
    last_analysis_results: Object.fromEntries(
      ENGINES.map((engine_name, index) => {
        const category = categories[index] ?? 'harmless';
        const result = category === 'harmless' ? 'clean' : 'phishing';
        return [engine_name, { method: 'blacklist', engine_name, category, result }];
      }),
    ),
    last_analysis_date: seen + 86_400,
    first_submission_date: seen,
    reputation: standing === 'malicious' ? -40 : 0,
    categories: standing === 'malicious' ? { 'Forcepoint ThreatSeeker': 'phishing and other frauds' } : {},
    tags: [],
    ...(type === 'file'
      ? { type_description: 'Win32 EXE', meaningful_name: 'invoice.exe', ...labelOf(standing) }
      : { total_votes: { harmless: 0, malicious: 0 } }),
    ...(type === 'ip_address' ? { as_owner: 'EXAMPLE-AS', asn: 64_500, country: 'NL' } : {}),
  };
}

function labelOf(standing: Standing): Record<string, unknown> {
  if (standing !== 'malicious') return {};
  return { popular_threat_classification: { suggested_threat_label: 'trojan.agent/generic' } };
}

function fault(status: number, code: string, message: string): SimulatedReply {
  return { status, body: { error: { code, message } } };
}
