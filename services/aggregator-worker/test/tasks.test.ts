import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  Authentication,
  Findings,
  Indicators,
  JudgementSay,
  MailDocument,
  ProviderAnswer,
  Report,
  ResourceSet,
  VisitFacts,
} from '@sluice/contracts';
import { type BlobStore, createFolderBlobStore, getDocument, putDocument } from '@sluice/fleet/blobs';
import { createLogger } from '@sluice/fleet/service';
import { createHandlers } from '../src/tasks.ts';
import { answerOf, documentOf, EMPTY_INDICATORS, factsOf, findingOf, findingsOf, PAGE, partOf } from './evidence.ts';

let folder: string;
let blobs: BlobStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-aggregator-'));
  blobs = createFolderBlobStore(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Webhooks are another test's: there are none. */
const config = (say: object = {}) => ({
  blobs,
  says: { of: async () => JudgementSay.parse(say) },
  hints: { find: async () => new Map() },
  rules: { tenant: () => Promise.reject(new Error('nobody asks')) },
  dataKey: undefined,
  lookup: () => Promise.resolve([]),
  allow: new Set<string>(),
  onGone: () => Promise.reject(new Error('nobody is gone')),
});

const context = {
  jobId: '01890000-0000-7000-8000-000000000001',
  tenant: 'default',
  priority: 'normal' as const,
  token: 'job task 1',
  signal: new AbortController().signal,
  log: createLogger('test', 'test', 'error'),
};

const put = {
  document: () => putDocument(blobs, 'default', MailDocument, documentOf()),
  indicators: () => putDocument(blobs, 'default', Indicators, EMPTY_INDICATORS),
  findings: () => putDocument(blobs, 'default', Findings, findingsOf(findingOf('url.ip-host', 80, 'x'))),
  resources: () => putDocument(blobs, 'default', ResourceSet, { v: 1, resources: [PAGE] }),
  visit: () => putDocument(blobs, 'default', VisitFacts, factsOf(PAGE.value)),
  answer: () => putDocument(blobs, 'default', ProviderAnswer, answerOf(PAGE)),
  authentication: () => {
    const authentication: Authentication = {
      v: 1,
      dmarc: 'fail',
      spf: 'pass',
      dkim: 'none',
      by: 'dns',
      quotes: ['spf=pass'],
    };
    return putDocument(blobs, 'default', Authentication, authentication);
  },
};
const BARE = { parts: [], visits: [], answers: [], resources: [], notAsked: [] };

async function reportOf(payload: object, revision = 1, previous?: string) {
  const handlers = createHandlers(config());
  const stored = { document: await put.document(), indicators: await put.indicators(), findings: [] };
  const { dossier } = await handlers['report.aggregate']({ ...stored, ...BARE, ...payload }, context);
  const asked = { dossier, pipeline: 'email-scan', revision, previous };
  const scored = await handlers['report.score'](asked, context);
  return { scored, report: await getDocument(blobs, Report, scored.report) };
}

test('what the stages stored becomes a dossier, and the dossier a report of the job and revision that were asked for', async () => {
  const { report, scored } = await reportOf({ findings: [await put.findings()] }, 2);
  expect(report).toMatchObject({ jobId: context.jobId, revision: 2, verdict: 'malicious', score: 80 });
  expect(scored).toMatchObject({ verdict: 'malicious', score: 80, confidence: 1, partial: false });
});

test('visits, answers and authentication are read from their documents and stand in the report', async () => {
  const { report } = await reportOf({
    authentication: await put.authentication(),
    visits: [{ id: PAGE.id, visit: await put.visit(), source: 'redis' }],
    answers: [{ answer: await put.answer(), source: 'memory' }],
    resources: [await put.resources()],
    notAsked: [{ provider: 'shodan', why: 'There is no key for it.' }],
    parts: [partOf(PAGE), partOf(PAGE, { provider: 'virustotal' })],
  });
  expect(report.visits).toMatchObject([{ url: PAGE.value, status: 'cached', facts: { url: PAGE.value } }]);
  expect(report.answers).toMatchObject([
    { provider: 'virustotal', status: 'cached', opinion: 'malicious' },
    { provider: 'shodan', status: 'not-asked' },
  ]);
  expect(report.authentication).toMatchObject({ dmarc: 'fail', by: 'dns' });
});

test('an amendment says what changed, also when what it amends is gone: then it says nothing of it', async () => {
  const { scored: first } = await reportOf({});
  const { report } = await reportOf({ findings: [await put.findings()] }, 2, first.report);
  expect(report.changes).toMatchObject({ since: 1, verdict: { from: 'clean', to: 'malicious' } });
  const gone = `default/${'0'.repeat(64)}`;
  const { report: alone } = await reportOf({ findings: [await put.findings()] }, 2, gone);
  expect(alone).toMatchObject({ revision: 2, verdict: 'malicious', changes: null });
});

test("what the operator says of the tenant's mails holds, and the report says that it did", async () => {
  const findings = [await put.findings()];
  const handlers = createHandlers(config({ weights: { 'url.ip-host': 10 } }));
  const stored = { document: await put.document(), indicators: await put.indicators(), findings };
  const { dossier } = await handlers['report.aggregate']({ ...stored, ...BARE }, context);
  const scored = await handlers['report.score']({ dossier, pipeline: 'email-scan', revision: 1 }, context);
  expect(scored).toMatchObject({ verdict: 'clean', score: 10 });
  const report = await getDocument(blobs, Report, scored.report);
  expect(report.operator).toMatchObject({ without: { verdict: 'malicious', score: 80 } });
  expect(report.summary).toContain('without them it would be malicious (80 of 100)');
});

test('evidence that is not there any more fails the task by its code', async () => {
  const gone = `default/${'0'.repeat(64)}`;
  const task = createHandlers(config())['report.score'](
    { dossier: gone, pipeline: 'email-scan', revision: 1 },
    context,
  );
  await expect(task).rejects.toMatchObject({ code: 'blob-missing' });
});
