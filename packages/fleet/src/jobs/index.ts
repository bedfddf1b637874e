export { createFailureList, type Failure, type FailureList, type Order } from './failures.ts';
export { createJournal, type Journal, type JournalEntry, type JournalLag } from './journal.ts';
export { readImage } from './image.ts';
export {
  bucketKeys,
  CANCEL_CHANNEL,
  DUE_CHANNEL,
  ENDED_JOB_LIFE_SECONDS,
  JOURNAL_CHANNEL,
  keysOf,
  LONGEST_WAIT_MS,
} from './keys.ts';
export {
  encodeOutcome,
  encodeStage,
  field,
  type JobSnapshot,
  type SettledOutcome,
  type StageOutline,
  type StageProgress,
  type TaskView,
} from './snapshot.ts';
export { statusOf } from './status.ts';
export {
  type BeginOptions,
  type BeginVerdict,
  createJobStore,
  type JobChanges,
  type JobStore,
  type OpenedTask,
  type Redriven,
  type Retried,
  type ReleaseOptions,
  type SettleCode,
  type TaskRef,
} from './store.ts';
export type { JobPulse, JobStatistics } from './reads.ts';
