import {
  Authentication,
  Findings,
  Indicators,
  MailDocument,
  ProviderAnswer,
  Report,
  ResourceSet,
  SluiceError,
  type tasks,
  VisitFacts,
} from '@sluice/contracts';
import { type BlobStore, getDocument } from '@sluice/fleet/blobs';
import type { Handlers } from '@sluice/fleet/queue';
import type { Evidence } from './dossier.ts';

type AggregatePayload = Parameters<Handlers<typeof tasks, 'aggregation'>['report.aggregate']>[0];

/** An amendment is worth more than what it is compared with. */
const GONE = new Set(['blob-missing', 'blob-damaged']);

/** Reads everything that a dossier is made of. Throws the errors of the blob store. */
export async function readEvidence(blobs: BlobStore, payload: AggregatePayload): Promise<Evidence> {
  const { document, indicators, authentication, observable, parts, notAsked, withheld = [] } = payload;
  return {
    document: document === undefined ? null : await getDocument(blobs, MailDocument, document),
    indicators: indicators === undefined ? null : await getDocument(blobs, Indicators, indicators),
    authentication: authentication === undefined ? null : await getDocument(blobs, Authentication, authentication),
    observable: observable ?? null,
    findings: await Promise.all(payload.findings.map((ref) => getDocument(blobs, Findings, ref))),
    resources: await Promise.all(payload.resources.map((ref) => getDocument(blobs, ResourceSet, ref))),
    visits: await Promise.all(
      payload.visits.map(async ({ id, visit, source }) => {
        return { id, source, facts: await getDocument(blobs, VisitFacts, visit) };
      }),
    ),
    answers: await Promise.all(
      payload.answers.map(async ({ answer, source }) => {
        return { source, answer: await getDocument(blobs, ProviderAnswer, answer) };
      }),
    ),
    parts,
    notAsked,
    withheld,
  };
}

/** The report that is amended, or null where it is gone or damaged: then nothing is said of what changed. */
export async function readPrevious(blobs: BlobStore, ref: string | undefined): Promise<Report | null> {
  if (ref === undefined) return null;
  return getDocument(blobs, Report, ref).catch((error: unknown) => {
    if (error instanceof SluiceError && GONE.has(error.code)) return null;
    throw error;
  });
}
