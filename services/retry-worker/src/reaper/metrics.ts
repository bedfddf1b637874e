import { Counter, Gauge } from 'prom-client';

export const nudges = new Counter({
  name: 'sluice_jobs_nudged_total',
  help: 'Jobs that stood still and were put back on the way, by what was lost: a message, a plan, a deadline, or the place in the list of open jobs.',
  labelNames: ['lost'],
});

export const reaped = new Counter({
  name: 'sluice_jobs_reaped_total',
  help: 'Jobs that nothing could bring to an end any more and that were ended here, by the code of the reason.',
  labelNames: ['code'],
});

export const journalStuck = new Gauge({
  name: 'sluice_journal_stuck',
  help: '1 while changes wait for longer than 20 s to be written to the record.',
});
