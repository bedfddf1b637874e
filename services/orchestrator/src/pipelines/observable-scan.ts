import { ObservableScanInput } from '@sluice/contracts';
import { definePipeline } from '../engine/index.ts';
import { outsideEvidence, outsideStages } from './evidence.ts';
import { findingsOf, partsOf, reportResult, resultsOf, scoringStage, task } from './report.ts';

/** One URL, domain, IP address or hash. */
export const observableScan = definePipeline({
  name: 'observable-scan',
  input: ObservableScanInput,
  stages: [
    {
      name: 'extracting',
      share: 15,
      timeLimitMs: 60_000,
      tasks: (job) => [task('observable.extract', job.input)],
    },
    {
      name: 'checks',
      state: 'extracting',
      share: 15,
      timeLimitMs: 60_000,
      tasks: (job) =>
        resultsOf(job, 'observable.extract').map(({ indicators }) =>
          task('observable.check', { indicators }, { optional: true }),
        ),
    },
    ...outsideStages('extracting', { visits: 25, lookups: 25, judging: 5 }),
    {
      name: 'aggregating',
      share: 10,
      timeLimitMs: 60_000,
      concludes: true,
      tasks: (job) => {
        const [extracted] = resultsOf(job, 'observable.extract');
        return [
          task('report.aggregate', {
            observable: job.input,
            indicators: extracted?.indicators,
            findings: findingsOf(job),
            parts: partsOf(job),
            ...outsideEvidence(job),
          }),
        ];
      },
    },
    scoringStage('observable-scan'),
  ],
  result: reportResult,
});
