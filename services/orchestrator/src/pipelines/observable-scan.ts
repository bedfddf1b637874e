import { ObservableScanInput } from '@sluice/contracts';
import { definePipeline } from '../engine/index.ts';
import { findingsOf, partsOf, reportResult, resultsOf, scoringStage, task } from './report.ts';

/** One URL, domain, IP address or hash. */
export const observableScan = definePipeline({
  name: 'observable-scan',
  input: ObservableScanInput,
  stages: [
    {
      name: 'extracting',
      share: 40,
      timeLimitMs: 60_000,
      tasks: (job) => [task('observable.extract', job.input)],
    },
    {
      name: 'checks',
      state: 'extracting',
      share: 35,
      timeLimitMs: 60_000,
      tasks: (job) =>
        resultsOf(job, 'observable.extract').map(({ indicators }) =>
          task('observable.check', { indicators }, { optional: true }),
        ),
    },
    {
      name: 'aggregating',
      share: 20,
      timeLimitMs: 60_000,
      concludes: true,
      tasks: (job) => {
        const [extracted] = resultsOf(job, 'observable.extract');
        const findings = findingsOf(job);
        const parts = partsOf(job);
        return [
          task('report.aggregate', { observable: job.input, indicators: extracted?.indicators, findings, parts }),
        ];
      },
    },
    scoringStage('observable-scan'),
  ],
  result: reportResult,
});
