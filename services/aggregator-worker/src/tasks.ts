import { Dossier, Report, type tasks } from '@sluice/contracts';
import { type BlobStore, getDocument, putDocument } from '@sluice/fleet/blobs';
import type { Handlers } from '@sluice/fleet/queue';
import type { Hints, Says } from '@sluice/fleet/settings';
import { feedbackFindings, tracesOf } from '@sluice/judgement/say';
import { assemble } from './dossier.ts';
import { readEvidence, readPrevious } from './evidence.ts';
import { writeReport } from './report.ts';
import { createSend, type SendConfig } from './webhooks/send.ts';

export interface HandlersConfig extends SendConfig {
  blobs: BlobStore;
  /** What operators say of their tenants' mails. */
  says: Pick<Says, 'of'>;
  /** How analysts judged other mails. */
  hints: Pick<Hints, 'find'>;
}

/** What the aggregation pool does. */
export function createHandlers(config: HandlersConfig): Handlers<typeof tasks, 'aggregation'> {
  const { blobs, says, hints, dataKey } = config;
  return {
    'webhook.send': createSend(config),

    async 'report.aggregate'(payload, { tenant }) {
      const dossier = assemble(await readEvidence(blobs, payload));
      return { dossier: await putDocument(blobs, tenant, Dossier, dossier) };
    },

    async 'report.score'({ dossier, pipeline, revision, previous }, { jobId, tenant }) {
      const createdAt = new Date().toISOString();
      const found = await getDocument(blobs, Dossier, dossier);
      const traces = tracesOf(found, tenant, dataKey);
      const known = await hints.find(
        tenant,
        traces.map(({ digest }) => digest),
      );
      const findings = [...found.findings, ...feedbackFindings(traces, known, found, jobId)];
      const evidence = { ...found, findings };
      const amended = await readPrevious(blobs, previous);
      const report = writeReport(evidence, { jobId, pipeline, revision, createdAt }, amended, await says.of(tenant));
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
