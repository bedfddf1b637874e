import {
  breakDots,
  type Cut,
  type CutReason,
  type GuardDecision,
  type Hop,
  type LandingFacts,
  type RedirectKind,
  type Report,
  type ReportVisit,
  type VisitFacts,
} from '@sluice/contracts';
import { cut, type Row, type Section } from './section.ts';
import { short } from './text.ts';

const URL_CHARS = 300;
const TITLE_CHARS = 200;

const KINDS: Readonly<Record<RedirectKind, string>> = {
  http: 'an HTTP redirect',
  'refresh-header': 'a Refresh header',
  'meta-refresh': 'a meta refresh',
  script: 'a script',
};

const CUTS: Readonly<Record<CutReason, string>> = {
  'private-address': 'It leads to a private address, which was not touched',
  'hop-limit': 'It redirects too often; the rest was not followed',
  loop: 'It redirects in a circle',
  time: 'It took too long',
  bytes: 'It is too large; the rest was not read',
  requests: 'It asks for too many things; the rest was not loaded',
  'bad-url': 'It leads to what is no web address',
  dns: 'The name has no address',
  connection: 'The server gave no answer',
  tls: 'No secure connection could be made',
  encoding: 'What it sent could not be decoded',
};

/** Every visit: the chain, what the last page shows, and what was refused or cut off. */
export function visits({ visits: all, jobId }: Report): Section {
  return { title: 'Where the links lead', rows: all.map((visit, at) => rowOf(visit, at + 1, jobId)) };
}

function rowOf({ url, status, why, facts, brands }: ReportVisit, number: number, jobId: string): Row {
  const head = `${number}. ${shortUrl(url)} (${status})`;
  if (facts === null) return { head, lines: [why ?? 'Nobody said why.'] };
  const lines = [
    ...cut(facts.chain.map(hop)),
    ...ending(facts),
    ...(facts.landing === null ? [] : landing(facts.landing)),
    ...(brands.length === 0 ? [] : [`Brands that the page names: ${brands.join(', ')}`]),
    ...download(facts),
    ...cut(facts.chain.flatMap(certificate)),
    ...cut(facts.cuts.map(cutInWords)),
    ...cut([...new Set(facts.guard.flatMap(refusal))]),
    ...(facts.by === 'http' ? ['Visited without a browser: scripts were read, not run'] : []),
    ...(facts.screenshot === null ? [] : [`Screenshot: /api/pipeline/jobs/${jobId}/screenshots/${number}`]),
  ];
  return { head, lines };
}

function shortUrl(url: string): string {
  return short(url, URL_CHARS);
}

function hop({ url, kind, status, address }: Hop): string {
  const onward = kind === null ? '' : `, sent on by ${KINDS[kind]}`;
  return `→ ${shortUrl(url)} (${status ?? 'no answer'}, at ${address})${onward}`;
}

/** Where the chain led to without getting there. */
function ending({ chain, finalUrl, landing: page }: VisitFacts): string[] {
  const reached = [chain.at(-1)?.url, page?.url].some((url) => url !== undefined && isSame(url, finalUrl));
  return reached ? [] : [`Leads to ${shortUrl(finalUrl)}, which was not reached`];
}

/** A fragment is never sent to the server. */
function isSame(a: string, b: string): boolean {
  return a.split('#')[0] === b.split('#')[0];
}

function landing({ url, title, forms, passwordFields }: LandingFacts): string[] {
  const asking = forms.filter((form) => form.passwordFields > 0);
  const inForms = asking.reduce((sum, form) => sum + form.passwordFields, 0);
  return [
    `The page ${shortUrl(url)} ${title === null ? 'has no title' : `has the title “${short(title, TITLE_CHARS)}”`}`,
    ...cut(
      asking.map(({ action, method }) => `A form asks for a password and sends it to ${shortUrl(action)} (${method})`),
    ),
    ...(passwordFields > inForms ? ['The page asks for a password outside of any form'] : []),
  ];
}

function download({ download: file }: VisitFacts): string[] {
  if (file === null) return [];
  const { url, fileName, contentType, bytes, sha256 } = file;
  const sum = sha256 === null ? 'not read to its end' : `SHA-256 ${sha256}`;
  return [
    `Hands over a file: ${short(fileName ?? '(no name)', TITLE_CHARS)}, ${contentType}, ${bytes} bytes, ${sum}, from ${shortUrl(url)}`,
  ];
}

function certificate({ url, certificate: shown }: Hop): string[] {
  if (shown === undefined || shown.authorized) return [];
  return [`The certificate of ${shortUrl(url)} is not to be trusted: ${shown.problem ?? 'nobody said why'}`];
}

function cutInWords({ reason, url, message }: Cut): string {
  return `${CUTS[reason]}: ${shortUrl(url)} (${short(message, TITLE_CHARS)})`;
}

function refusal({ host, address, port, allowed, why }: GuardDecision): string[] {
  // A name without an address is no refusal; the cut says it.
  if (allowed || address === null) return [];
  return [`Refused: ${breakDots(host)} at ${address}, port ${port}, a ${why} address`];
}
