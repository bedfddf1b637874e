import {
  type Simulator,
  type SimulatedReply,
  type SimulatorOptions,
  startSimulator,
  type Vendor,
} from './simulator.ts';
import { type Standing, type Standings, standingOf, uuidOf } from './standing.ts';

/**
 * urlscan.io's API v1: https://docs.urlscan.io/apis/urlscan-openapi, results: https://urlscan.io/docs/result/, limits:
 * https://docs.urlscan.io/pages/api-rate-limits. As for free accounts, a search tells no verdicts: the result does.
 */

export interface UrlscanOptions extends SimulatorOptions {
  /** By URL or domain. */
  standings?: Standings;
  /** A submitted scan's result is a 404 for so many looks; 2 where nothing is said. */
  looksUntilDone?: number;
}

export interface UrlscanSimulator extends Simulator {
  /** What was handed over, in order. */
  submissions(): readonly { url: string; visibility: string }[];
}

interface Scan {
  url: string;
  standing: Standing;
  looksLeft: number;
}

const SCAN_PATH = /^\/api\/v1\/scan\/?$/;
const SEARCH_PATH = /^\/api\/v1\/search\/?$/;
const RESULT_PATH = /^\/api\/v1\/result\/([0-9a-f-]{36})\/?$/;
/** `page.url.keyword:"…" OR task.url.keyword:"…"`: one phrase, asked of two fields. Everything else is refused as a fault in the query. */
const QUERY = /^page\.(url\.keyword|domain):("(?:[^"\\]|\\.)*") OR task\.\1:\2$/;

export async function startUrlscan(options: UrlscanOptions = {}): Promise<UrlscanSimulator> {
  const submissions: { url: string; visibility: string }[] = [];
  const simulator = await startSimulator(vendorOf(options, submissions), options);
  return { ...simulator, submissions: () => submissions };
}

function vendorOf(options: UrlscanOptions, submissions: { url: string; visibility: string }[]): Vendor {
  const { standings, looksUntilDone = 2 } = options;
  const scans = new Map<string, Scan>();

  function search(query: string): SimulatedReply {
    const [, field, phrase = '""'] = QUERY.exec(query) ?? [];
    if (field === undefined) return fault(400, 'Search query could not be parsed');
    const value = phrase.slice(1, -1).replaceAll(/\\(.)/g, '$1');
    const standing = standingOf(value, standings);
    if (standing === 'unknown') return { status: 200, body: { results: [], total: 0, took: 3, has_more: false } };
    const url = field === 'domain' ? `https://${value}/` : value;
    const uuid = uuidOf(value);
    scans.set(uuid, { url, standing, looksLeft: 0 });
    const other = { ...found(uuidOf(`${url} longer`), `${url}/longer`), page: {}, task: {} };
    return { status: 200, body: { results: [other, found(uuid, url)], total: 2, took: 5, has_more: false } };
  }

  function submit(body: unknown): SimulatedReply {
    const { url, visibility } = submissionOf(body);
    if (!/^https?:\/\/[^/]/.test(url)) return fault(400, 'DNS Error - Could not resolve domain');
    submissions.push({ url, visibility });
    const uuid = uuidOf(`${url} ${submissions.length}`);
    scans.set(uuid, { url, standing: standingOf(url, standings), looksLeft: looksUntilDone });
    const api = `https://urlscan.io/api/v1/result/${uuid}/`;
    const page = `https://urlscan.io/result/${uuid}/`;
    return {
      status: 200,
      body: { message: 'Submission successful', uuid, api, result: page, visibility, url, options: {} },
    };
  }

  function result(uuid: string): SimulatedReply {
    const scan = scans.get(uuid);
    if (scan === undefined || scan.looksLeft-- > 0) return fault(404, 'Scan is not finished yet');
    return { status: 200, body: resultOf(uuid, scan) };
  }

  return {
    basePath: '',
    limits: [
      { requests: 60, seconds: 60, kind: 'fixed' },
      { requests: 1_000, seconds: 86_400, kind: 'fixed', action: 'search' },
      { requests: 50, seconds: 86_400, kind: 'fixed', action: 'private' },
    ],
    keyOf: ({ headers }) => headers['api-key']?.toString(),
    valueOf({ method, url, body }) {
      if (method === 'POST' && SCAN_PATH.test(url.pathname)) return submissionOf(body).url;
      if (method !== 'GET') return null;
      return SEARCH_PATH.test(url.pathname) ? url.searchParams.get('q') : (RESULT_PATH.exec(url.pathname)?.[1] ?? null);
    },
    actionOf({ method, url, body }) {
      if (method === 'POST') return submissionOf(body).visibility;
      return SEARCH_PATH.test(url.pathname) ? 'search' : 'retrieve';
    },
    answer(value, { method, url, body }) {
      if (method === 'POST') return submit(body);
      return SEARCH_PATH.test(url.pathname) ? search(value) : result(value);
    },
    wrongKey: () => fault(401, 'Invalid API key'),
    notOffered: () => fault(404, 'Not Found'),
    refused: (seconds, _limit, action) => ({
      ...fault(429, `Rate limit for '${action}' exceeded. Reset in ${seconds} seconds.`),
      headers: { 'x-rate-limit-action': action, 'x-rate-limit-reset-after': String(seconds) },
    }),
    quotaHeaders: ({ requests, seconds }, remaining, resetAfterMs, action) => ({
      'x-rate-limit-scope': 'user',
      'x-rate-limit-action': action,
      'x-rate-limit-window': seconds <= 60 ? 'minute' : 'day',
      'x-rate-limit-limit': String(requests),
      'x-rate-limit-remaining': String(remaining),
      'x-rate-limit-reset': new Date(Date.now() + resetAfterMs).toISOString(),
      'x-rate-limit-reset-after': String(Math.ceil(resetAfterMs / 1_000)),
    }),
  };
}

function submissionOf(body: unknown): { url: string; visibility: string } {
  const { url, visibility } = (body ?? {}) as { url?: unknown; visibility?: unknown };
  return {
    url: typeof url === 'string' ? url : '',
    visibility: typeof visibility === 'string' ? visibility : 'public',
  };
}

function found(uuid: string, url: string) {
  return {
    _id: uuid,
    task: {
      uuid,
      url,
      domain: hostOf(url),
      time: '2026-11-01T12:00:00.000Z',
      visibility: 'public',
      method: 'api',
      tags: [],
    },
    page: {
      url,
      domain: hostOf(url),
      ip: '192.0.2.7',
      country: 'NL',
      server: 'nginx',
      status: '200',
      title: 'Sign in',
    },
    stats: { uniqIPs: 3, uniqCountries: 1, dataLength: 120_000, requests: 17 },
    result: `https://urlscan.io/api/v1/result/${uuid}/`,
    screenshot: `https://urlscan.io/screenshots/${uuid}.png`,
    sort: [1_793_534_400_000, uuid],
  };
}

function resultOf(uuid: string, { url, standing }: Scan) {
  const { task, page } = found(uuid, url);
  const scores: Record<Standing, number> = { unknown: 0, harmless: -50, suspicious: 35, malicious: 100 };
  const malicious = standing === 'malicious';
  const overall = {
    score: scores[standing],
    malicious,
    categories: malicious ? ['phishing'] : [],
    brands: malicious ? ['examplebank'] : [],
    tags: [],
    hasVerdicts: standing !== 'unknown',
  };
  return {
    task,
    page,
    verdicts: { overall, urlscan: { ...overall, brands: [] } },
    lists: { ips: ['192.0.2.7'] },
    data: {},
    stats: {},
  };
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? '';
}

function fault(status: number, message: string): SimulatedReply {
  return { status, body: { message, description: message, status } };
}
