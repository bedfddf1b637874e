import { answerProvocations } from './alerts-answers.ts';
import { jobProvocations } from './alerts-jobs.ts';
import { storeProvocations } from './alerts-stores.ts';
import { workerProvocations } from './alerts-workers.ts';

/** Conditions of a fleet that is set up for provocations. */
export const FROM_THE_START = ['NoBrowser'];

/** In this order: a part of what they do stays. */
export const provocations = [...answerProvocations, ...jobProvocations, ...storeProvocations, ...workerProvocations];
