import type {
  ErrorInfo,
  Finding,
  Findings,
  Indicators,
  MailDocument,
  ProviderAnswer,
  ReportPart,
  Resource,
  VisitFacts,
} from '@sluice/contracts';
import { resourceOf } from '@sluice/fleet/resources';
import { assemble, type Evidence } from '../src/dossier.ts';

export const EMPTY_INDICATORS: Indicators = {
  v: 1,
  urls: [],
  domains: [],
  ips: [],
  addresses: [],
  hashes: [],
  received: [],
  limits: [],
};

export const IDENTITY = {
  jobId: '01890000-0000-7000-8000-000000000001',
  pipeline: 'email-scan',
  revision: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
};

/** A plain mail, parsed. */
export function documentOf(): MailDocument {
  const ann = { address: 'ann@sender.example', name: 'Ann' };
  return {
    v: 1,
    sizeBytes: 100,
    md5: '0'.repeat(32),
    sha1: '0'.repeat(40),
    sha256: '0'.repeat(64),
    mails: [
      {
        parent: null,
        depth: 0,
        headers: [],
        messageId: '<1@sender.example>',
        subject: 'Hello',
        date: null,
        from: [ann],
        sender: null,
        replyTo: [],
        returnPath: null,
        to: [],
        cc: [],
        text: 'Nothing of note.',
        html: null,
        attachments: [],
      },
    ],
    limits: [],
    defects: [],
  };
}

export function findingOf(id: string, weight: number, quote: string): Finding {
  const words = { title: 'A title', explanation: 'What it means.' };
  return { id, severity: 'low', weight, ...words, evidence: [{ where: 'text', quote }] };
}

export function findingsOf(...findings: Finding[]): Findings {
  return { v: 1, findings, brands: [] };
}

/** The evidence of a plain mail, with what the test is about. */
export function evidenceOf(change: Partial<Evidence> = {}): Evidence {
  return {
    document: documentOf(),
    indicators: EMPTY_INDICATORS,
    observable: null,
    authentication: null,
    findings: [],
    visits: [],
    answers: [],
    resources: [],
    notAsked: [],
    withheld: [],
    parts: [],
    ...change,
  };
}

export const dossierOf = (change: Partial<Evidence>) => assemble(evidenceOf(change));

export const PAGE = resourceOf('url', 'https://evil.example/login.php');
export const OTHER_PAGE = resourceOf('url', 'https://other.example/');
export const HOST = resourceOf('domain', 'evil.example');

export const QUOTA: ErrorInfo = {
  code: 'quota-exhausted',
  message: 'The quota of virustotal is used up.',
  disposition: 'retry-at',
  retryAtMs: Date.UTC(2026, 0, 2),
};
export const DOWN: ErrorInfo = { code: 'connection', message: 'Nobody answered.', disposition: 'retry' };

/** A visit's part, or with a provider a question's. */
export function partOf(resource: Resource | null, change: Partial<ReportPart> = {}): ReportPart {
  const stage = change.provider === undefined ? 'sandbox_analysis' : 'api_analysis';
  const task = `${stage}.${change.provider ?? 'visit'}.${resource?.id ?? 'mail'}`;
  return { stage, task, status: 'done', tookMs: 5, ...(resource === null ? {} : { resource: resource.id }), ...change };
}

export function factsOf(url: string, change: Partial<VisitFacts> = {}): VisitFacts {
  const rest = { chain: [], landing: null, download: null, cuts: [], guard: [], screenshot: null, tookMs: 9 };
  return { v: 1, by: 'http', url, finalUrl: url, ...rest, ...change };
}

export function answerOf(resource: Resource | null, change: Partial<ProviderAnswer> = {}): ProviderAnswer {
  return {
    v: 1,
    provider: 'virustotal',
    resource: resource === null ? null : { kind: resource.kind, value: resource.value },
    isKnown: true,
    opinion: 'malicious',
    score: 90,
    summary: '9 of 10 engines call it malicious.',
    facts: [{ name: 'engines', value: '10' }],
    link: 'https://provider.example/report',
    askedAt: '2026-01-01T00:00:00.000Z',
    ...change,
  };
}
