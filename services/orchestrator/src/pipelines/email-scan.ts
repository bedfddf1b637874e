import { EmailScanInput } from '@sluice/contracts';
import { definePipeline } from '../engine/index.ts';
import { outsideEvidence, outsideStages } from './evidence.ts';
import { findingsOf, partsOf, reportResult, resultsOf, scoringStage, task } from './report.ts';

/** A mail, from its bytes to a verdict with evidence. */
export const emailScan = definePipeline({
  name: 'email-scan',
  input: EmailScanInput,
  stages: [
    {
      name: 'parsing',
      share: 15,
      timeLimitMs: 120_000,
      tasks: (job) => [task('mail.parse', { blob: job.input.blob })],
    },
    {
      name: 'extracting',
      share: 15,
      timeLimitMs: 120_000,
      tasks: (job) => resultsOf(job, 'mail.parse').map(({ document }) => task('mail.extract', { document })),
    },
    {
      name: 'checks',
      state: 'extracting',
      share: 10,
      timeLimitMs: 60_000,
      tasks: (job) => {
        const [parsed] = resultsOf(job, 'mail.parse');
        const [extracted] = resultsOf(job, 'mail.extract');
        if (parsed === undefined || extracted === undefined) return [];
        const { document, isSigned } = parsed;
        const { indicators } = extracted;
        const { blob } = job.input;
        return [
          task('mail.check', { document, indicators }, { optional: true }),
          ...(isSigned ? [task('mail.authenticate', { blob, document }, { optional: true })] : []),
        ];
      },
    },
    ...outsideStages('extracting', { visits: 20, lookups: 20, judging: 5 }),
    {
      name: 'aggregating',
      share: 10,
      timeLimitMs: 60_000,
      concludes: true,
      tasks: (job) => {
        const [parsed] = resultsOf(job, 'mail.parse');
        const [extracted] = resultsOf(job, 'mail.extract');
        const [authenticated] = resultsOf(job, 'mail.authenticate');
        return [
          task('report.aggregate', {
            document: parsed?.document,
            indicators: extracted?.indicators,
            authentication: authenticated?.authentication,
            findings: findingsOf(job),
            parts: partsOf(job),
            ...outsideEvidence(job),
          }),
        ];
      },
    },
    scoringStage('email-scan'),
  ],
  result: reportResult,
});
