import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Findings, Indicators, MailDocument, Report } from '@sluice/contracts';
import { type BlobStore, createFolderBlobStore, getDocument, putDocument } from '@sluice/fleet/blobs';
import { createLogger } from '@sluice/fleet/service';
import { createHandlers } from '../src/tasks.ts';
import { documentOf, EMPTY_INDICATORS, findingOf } from './evidence.ts';

let folder: string;
let blobs: BlobStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-aggregator-'));
  blobs = createFolderBlobStore(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const context = {
  jobId: '01890000-0000-7000-8000-000000000001',
  tenant: 'default',
  signal: new AbortController().signal,
  log: createLogger('test', 'test', 'error'),
};

test('what the stages stored becomes a dossier, and the dossier a report of the job and revision that were asked for', async () => {
  const handlers = createHandlers(blobs);
  const stored = {
    document: await putDocument(blobs, 'default', MailDocument, documentOf()),
    indicators: await putDocument(blobs, 'default', Indicators, EMPTY_INDICATORS),
    findings: [await putDocument(blobs, 'default', Findings, { v: 1, findings: [findingOf('url.ip-host', 80, 'x')] })],
  };
  const { dossier } = await handlers['report.aggregate']({ ...stored, parts: [] }, context);
  const scored = await handlers['report.score']({ dossier, pipeline: 'email-scan', revision: 2 }, context);
  const report = await getDocument(blobs, Report, scored.report);
  expect(report).toMatchObject({ jobId: context.jobId, revision: 2, verdict: 'malicious', score: 80 });
  expect(scored).toMatchObject({ verdict: 'malicious', score: 80, confidence: 1, partial: false });
});

test('evidence that is not there any more fails the task by its code', async () => {
  const gone = `default/${'0'.repeat(64)}`;
  const task = createHandlers(blobs)['report.score']({ dossier: gone, pipeline: 'email-scan', revision: 1 }, context);
  await expect(task).rejects.toMatchObject({ code: 'blob-missing' });
});
