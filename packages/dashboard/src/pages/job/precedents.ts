import { type Finding, JobId, Verdict } from '@sluice/contracts';

/** Another mail with the same evidence, of which an analyst has said what it is. */
export interface Precedent {
  verdict: Verdict;
  /** `2026-11-02`. */
  day: string;
  jobId: JobId;
  /** What both have: `sender`, `link`, `file` and the like. */
  same: { kind: string; value: string }[];
}

const PREFIX = 'feedback.';
const JUDGED = 'judged';
const WHEN_AND_WHERE = /^(\d{4}-\d\d-\d\d), job (\S+)$/;

/** What findings of the kind `feedback.<verdict>` tell, a mail each: their evidence comes in twos, what is the same and where it was judged. Pure. */
export function precedentsIn(findings: readonly Pick<Finding, 'id' | 'evidence'>[]): Precedent[] {
  const found = new Map<string, Precedent>();
  for (const { id, evidence } of findings) {
    const verdict = Verdict.safeParse(id.slice(PREFIX.length)).data;
    if (!id.startsWith(PREFIX) || verdict === undefined) continue;
    for (const [at, { where: kind, quote: value }] of evidence.entries()) {
      const [, day, job] = WHEN_AND_WHERE.exec(judgedBy(evidence[at + 1])) ?? [];
      const jobId = JobId.safeParse(job).data;
      if (kind === JUDGED || day === undefined || jobId === undefined) continue;
      const held = found.get(jobId) ?? { verdict, day, jobId, same: [] };
      found.set(jobId, { ...held, same: [...held.same, { kind, value }] });
    }
  }
  return [...found.values()];
}

const judgedBy = (evidence: Finding['evidence'][number] | undefined): string =>
  evidence?.where === JUDGED ? evidence.quote : '';
