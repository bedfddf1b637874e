import { EmailScanInput } from '@sluice/contracts';
import { definePipeline } from '../engine/index.ts';
import { findingsOf, partsOf, reportResult, resultsOf, scoringStage, task } from './report.ts';

/** A mail, from its bytes to a verdict with evidence. */
export const emailScan = definePipeline({
  name: 'email-scan',
  input: EmailScanInput,
  stages: [
    {
      name: 'parsing',
      share: 25,
      timeLimitMs: 120_000,
      tasks: (job) => [task('mail.parse', { blob: job.input.blob })],
    },
    {
      name: 'extracting',
      share: 25,
      timeLimitMs: 120_000,
      tasks: (job) => resultsOf(job, 'mail.parse').map(({ document }) => task('mail.extract', { document })),
    },
    {
      name: 'checks',
      state: 'extracting',
      share: 25,
      timeLimitMs: 120_000,
      tasks: (job) => {
        const [parsed] = resultsOf(job, 'mail.parse');
        const [extracted] = resultsOf(job, 'mail.extract');
        if (parsed === undefined || extracted === undefined) return [];
        const { document } = parsed;
        return [task('mail.check', { document, indicators: extracted.indicators }, { optional: true })];
      },
    },
    {
      name: 'aggregating',
      share: 20,
      timeLimitMs: 60_000,
      concludes: true,
      tasks: (job) => {
        const [parsed] = resultsOf(job, 'mail.parse');
        const [extracted] = resultsOf(job, 'mail.extract');
        const findings = findingsOf(job);
        const parts = partsOf(job);
        const { document } = parsed ?? {};
        const { indicators } = extracted ?? {};
        return [task('report.aggregate', { document, indicators, findings, parts })];
      },
    },
    scoringStage('email-scan'),
  ],
  result: reportResult,
});
