import { Dossier, Report, type tasks } from '@sluice/contracts';
import { type BlobStore, getDocument, putDocument } from '@sluice/fleet/blobs';
import type { Handlers } from '@sluice/fleet/queue';
import { assemble } from './dossier.ts';
import { readEvidence, readPrevious } from './evidence.ts';
import { writeReport } from './report.ts';
import { createSend, type SendConfig } from './webhooks/send.ts';

export interface HandlersConfig extends SendConfig {
  blobs: BlobStore;
}

/** What the aggregation pool does. */
export function createHandlers(config: HandlersConfig): Handlers<typeof tasks, 'aggregation'> {
  const { blobs } = config;
  return {
    'webhook.send': createSend(config),

    async 'report.aggregate'(payload, { tenant }) {
      const dossier = assemble(await readEvidence(blobs, payload));
      return { dossier: await putDocument(blobs, tenant, Dossier, dossier) };
    },

    async 'report.score'({ dossier, pipeline, revision, previous }, { jobId, tenant }) {
      const createdAt = new Date().toISOString();
      const evidence = await getDocument(blobs, Dossier, dossier);
      const amended = await readPrevious(blobs, previous);
      const report = writeReport(evidence, { jobId, pipeline, revision, createdAt }, amended);
      const { verdict, category, score, confidence, partial } = report;
      return {
        report: await putDocument(blobs, tenant, Report, report),
        verdict,
        category,
        score,
        confidence,
        partial,
      };
    },
  };
}
