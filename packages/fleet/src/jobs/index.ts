export { createFailureList, type Failure, type FailureList } from './failures.ts';
export { bucketKeys, CANCEL_CHANNEL, DUE_CHANNEL, keysOf, LONGEST_WAIT_MS } from './keys.ts';
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
  type BeginVerdict,
  createJobStore,
  type JobChanges,
  type JobStore,
  type SettleCode,
} from './store.ts';
export type { JobStatistics } from './reads.ts';
