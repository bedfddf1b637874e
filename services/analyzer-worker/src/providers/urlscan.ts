import { setTimeout as wait } from 'node:timers/promises';
import { type ProviderAnswer, SluiceError } from '@sluice/contracts';
import type { BareResource } from './answer.ts';
import type { Ask, Client } from './client.ts';
import type { Question } from './http.ts';
import { answerOfScan, readResult, readSearch, readSubmitted, type Scan } from './urlscan-read.ts';

/** urlscan.io's API v1: https://docs.urlscan.io/apis/urlscan-openapi, limits: https://docs.urlscan.io/pages/api-rate-limits. */

type Visibility = 'public' | 'unlisted' | 'private';

const RESULTS_ASKED_FOR = 10;
/** A result holds every request of the page: 5 MB have been seen. */
const RESULT_CAP_BYTES = 16 * 1_024 * 1_024;
/** The documents ask to wait 10 s before the first look, then to look every 5 s. */
const FIRST_PAUSE_MS = 10_000;
const PAUSE_MS = 5_000;
/** The task's time limit is 150 s, and the submission itself takes a part of it. */
const LONGEST_SCAN_MS = 110_000;
const MOST_LOOKS = 1 + (LONGEST_SCAN_MS - FIRST_PAUSE_MS) / PAUSE_MS;
/** Codes of errors after which urlscan.io has the URL or not, and nobody knows. */
const UNCLEAR = new Set(['call-timeout', 'provider-unreachable', 'provider-malformed', 'provider-too-large']);
/** While a scan is waited for, these only mean to look again later. */
const PASSING = new Set(['call-timeout', 'provider-unreachable', 'provider-malformed', 'quota-exhausted']);

export interface UrlscanConfig {
  baseUrl: string;
  apiKey: string;
  /** Each action has a quota of its own. */
  search: Ask;
  result: Ask;
  submit: Ask;
  /** Keeps what a search found: where its result has to wait for a slot, the search is not paid for again. */
  keepFound: (resource: BareResource, search: () => Promise<Scan | null>) => Promise<Scan | null>;
  now: () => number;
  stopping: AbortSignal;
  /** Waits; tests hand in one that does not. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface UrlscanClient extends Client {
  /** Hands a URL over and gives the id of its scan. An effect: it is not to be repeated by itself. */
  submit(url: string, visibility: Visibility): Promise<string>;
  /** Waits until the scan is done. */
  answerOf(resource: BareResource, scanId: string): Promise<ProviderAnswer>;
}

/**
 * A phrase in the search's language (Elasticsearch query string): between quotes only the quote and the backslash mean anything, so that no URL can
 * add an operator of its own.
 */
function phrase(value: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  return `"${value.replaceAll(/[\u0000-\u001f\u007f]/g, ' ').replaceAll(/["\\]/g, (sign) => `\\${sign}`)}"`;
}

/** `task` is what was submitted, `page` where it led: a redirector is found under the first only. */
function searchQuestion(baseUrl: string, apiKey: string, { kind, value }: BareResource): Question {
  const field = kind === 'url' ? 'url.keyword' : 'domain';
  const words = phrase(value);
  const url = new URL(`${baseUrl}/api/v1/search/`);
  const q = `page.${field}:${words} OR task.${field}:${words}`;
  url.search = new URLSearchParams({ q, size: String(RESULTS_ASKED_FOR) }).toString();
  return { url, headers: { 'api-key': apiKey } };
}

export function createUrlscan(config: UrlscanConfig): UrlscanClient {
  const { baseUrl, apiKey, search, submit, keepFound, now, stopping, pause = pauseFor } = config;

  async function fetchResult(id: string): Promise<Scan | null> {
    const url = new URL(`${baseUrl}/api/v1/result/${id}/`);
    const question = { url, headers: { 'api-key': apiKey }, answerCapBytes: RESULT_CAP_BYTES };
    return config.result(question, (json) => readResult(id, json));
  }

  return {
    async lookup(resource) {
      const scan = await keepFound(resource, () =>
        search(searchQuestion(baseUrl, apiKey, resource), (json) => readSearch(resource, json)),
      );
      if (scan === null) return null;
      const result = scan.verdict === null ? await fetchResult(scan.id).catch(unreadable(scan)) : scan;
      return answerOfScan(resource, result ?? scan, baseUrl, now());
    },

    async submit(value, visibility) {
      const url = new URL(`${baseUrl}/api/v1/scan/`);
      const question = { url, headers: { 'api-key': apiKey }, body: { url: value, visibility } };
      const id = await submit(question, readSubmitted).catch((error: unknown) => {
        throw error instanceof SluiceError && UNCLEAR.has(error.code) ? unclear(error) : error;
      });
      if (id === null) throw new SluiceError('provider-rejected', 'urlscan.io does not take this link.');
      return id;
    },

    async answerOf(resource, scanId) {
      const endMs = now() + LONGEST_SCAN_MS;
      await pause(FIRST_PAUSE_MS, stopping);
      for (let look = 0; look < MOST_LOOKS && now() < endMs; look++) {
        if (look > 0) await pause(PAUSE_MS, stopping);
        const scan = await fetchResult(scanId).catch(passing);
        if (scan !== null) return answerOfScan(resource, scan, baseUrl, now());
      }
      throw new SluiceError('scan-unfinished', 'urlscan.io has not finished its visit yet.', { disposition: 'retry' });
    },
  };
}

/** A result too large to be read leaves what the search said. */
function unreadable(scan: Scan): (error: unknown) => Scan {
  return (error) => {
    if (error instanceof SluiceError && error.code === 'provider-too-large') return scan;
    throw error;
  };
}

function passing(error: unknown): null {
  if (error instanceof SluiceError && PASSING.has(error.code)) return null;
  throw error;
}

function unclear(cause: SluiceError): SluiceError {
  const message =
    'It is not known whether urlscan.io took the link: its answer did not arrive. It is not handed over again.';
  return new SluiceError('submission-unclear', message, { cause });
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
}
