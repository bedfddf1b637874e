import { Dossier, Findings, Indicators, MailDocument, Report, type tasks } from '@sluice/contracts';
import { type BlobStore, getDocument, putDocument } from '@sluice/fleet/blobs';
import type { Handlers } from '@sluice/fleet/queue';
import { assemble } from './dossier.ts';
import { writeReport } from './report.ts';

/** What the aggregation pool does. */
export function createHandlers(blobs: BlobStore): Handlers<typeof tasks, 'aggregation'> {
  return {
    async 'report.aggregate'(payload, { tenant }) {
      const { document, indicators, observable, findings, parts } = payload;
      const dossier = assemble({
        document: document === undefined ? null : await getDocument(blobs, MailDocument, document),
        indicators: indicators === undefined ? null : await getDocument(blobs, Indicators, indicators),
        observable: observable ?? null,
        findings: await Promise.all(findings.map((ref) => getDocument(blobs, Findings, ref))),
        parts,
      });
      return { dossier: await putDocument(blobs, tenant, Dossier, dossier) };
    },

    async 'report.score'({ dossier, pipeline, revision }, { jobId, tenant }) {
      const createdAt = new Date().toISOString();
      const evidence = await getDocument(blobs, Dossier, dossier);
      const report = writeReport(evidence, { jobId, pipeline, revision, createdAt });
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
