export { describeFailure, type FailureDescription } from './failure.ts';
export { redact } from './redact.ts';
