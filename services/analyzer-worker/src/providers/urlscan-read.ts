import type { Opinion, ProviderAnswer } from '@sluice/contracts';
import { z } from 'zod';
import { answerOf, type BareResource, type Said } from './answer.ts';

/** What urlscan.io says: https://docs.urlscan.io and https://urlscan.io/docs/result/. Any field may be missing, the documents warn. */

const ScanId = z.string().regex(/^[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i, 'is no scan id');

const text = z.string().nullish();
const Page = z.object({
  url: text,
  domain: text,
  ip: text,
  country: text,
  server: text,
  title: text,
  asnname: text,
  status: z.union([z.string(), z.number()]).nullish(),
  tlsIssuer: text,
  apexDomainAgeDays: z.number().nullish(),
});
const Task = z.object({ url: text, domain: text, time: text, tags: z.array(z.string()).nullish() });
/** From -100 (legitimate) to 100 (malicious). */
const Verdict = z.object({
  score: z.number().nullish(),
  malicious: z.boolean().nullish(),
  categories: z.array(z.string()).nullish(),
  brands: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])).nullish(),
});
type Verdict = z.infer<typeof Verdict>;

/** Only some plans get verdicts with search results. */
const Found = z.object({ _id: ScanId, page: Page.nullish(), task: Task.nullish(), verdicts: Verdict.nullish() });
type Found = z.infer<typeof Found>;
const Search = z.object({ results: z.array(Found), total: z.number().nullish() });

const Result = z.object({
  task: Task.extend({ uuid: ScanId.nullish() }),
  page: Page.nullish(),
  verdicts: z.object({ overall: Verdict.nullish() }).nullish(),
});

const Submitted = z.object({ uuid: ScanId });

/** A scan as both the search and the result tell it. */
export const Scan = z.object({ id: ScanId, page: Page, task: Task, verdict: Verdict.nullable() });
export type Scan = z.infer<typeof Scan>;

/** The newest scan of exactly this resource; null where there is none. urlscan.io gives the newest first. */
export function readSearch(resource: BareResource, json: unknown): Scan | null {
  const newest = Search.parse(json).results.find((found) => isAbout(found, resource));
  if (newest === undefined) return null;
  const { _id: id, page, task, verdicts } = newest;
  return { id, page: page ?? {}, task: task ?? {}, verdict: verdicts ?? null };
}

/** The search matches words, a domain's subdomains too; only what was asked for, or where it led, counts. */
function isAbout({ page, task }: Found, { kind, value }: BareResource): boolean {
  const names = kind === 'url' ? [page?.url, task?.url] : [page?.domain, task?.domain];
  return names.some((name) => typeof name === 'string' && same(name, value));
}

/** But for the fragment, which no server sees. */
function same(left: string, right: string): boolean {
  return withoutFragment(left) === withoutFragment(right);
}

function withoutFragment(value: string): string {
  const url = value.includes(':') ? URL.parse(value) : null;
  if (url === null) return value.toLowerCase();
  url.hash = '';
  return url.href;
}

export function readResult(id: string, json: unknown): Scan {
  const { task, page, verdicts } = Result.parse(json);
  return { id, page: page ?? {}, task, verdict: verdicts?.overall ?? null };
}

export function readSubmitted(json: unknown): string {
  return Submitted.parse(json).uuid;
}

export function answerOfScan(resource: BareResource, scan: Scan, siteUrl: string, nowMs: number): ProviderAnswer {
  const { page, task, verdict } = scan;
  const opinion = opinionOf(verdict);
  const categories = verdict?.categories ?? [];
  const brands = (verdict?.brands ?? []).map((brand) => (typeof brand === 'string' ? brand : (brand.name ?? '')));
  const said: Said = {
    opinion,
    score: verdict?.score === null || verdict?.score === undefined ? null : Math.max(verdict.score, 0),
    ...(opinion === 'malicious' ? { category: categoryOf(categories) } : {}),
    summary: summaryOf(opinion, brands),
    facts: [
      ['Scanned', task.time?.slice(0, 10)],
      ['Landed at', page.url === task.url ? undefined : page.url],
      ['Title', page.title],
      ['Status', page.status],
      ['Address', page.ip],
      ['Network', page.asnname],
      ['Country', page.country],
      ['Server', page.server],
      ['Certificate from', page.tlsIssuer],
      ['Age of the domain in days', page.apexDomainAgeDays],
      ['Brands', brands],
      ['Categories', categories],
      ['Tags of the submitter', task.tags],
    ],
    link: `${siteUrl}/result/${scan.id}/`,
  };
  return answerOf('urlscan', resource, said, nowMs);
}

/** No verdict is no good one: most pages that nobody complained of have a score of 0. */
function opinionOf(verdict: Verdict | null): Opinion {
  const score = verdict?.score ?? 0;
  if (verdict?.malicious === true) return 'malicious';
  if (score > 0) return 'suspicious';
  return score < 0 ? 'harmless' : 'none';
}

function categoryOf(categories: readonly string[]): ProviderAnswer['category'] {
  if (categories.some((category) => /phish/i.test(category))) return 'phishing';
  return categories.some((category) => /malware/i.test(category)) ? 'malware' : undefined;
}

function summaryOf(opinion: Opinion, brands: string[]): string {
  const posing = brands.length === 0 ? '' : ` It sees the brand ${brands.join(', ')}.`;
  switch (opinion) {
    case 'malicious':
      return `urlscan.io has visited it and calls it malicious.${posing}`;
    case 'suspicious':
      return `urlscan.io has visited it and finds it suspicious.${posing}`;
    case 'harmless':
      return `urlscan.io has visited it and takes it for legitimate.${posing}`;
    case 'none':
      return `urlscan.io has visited it and has no verdict, which does not mean that it is harmless.${posing}`;
  }
}
