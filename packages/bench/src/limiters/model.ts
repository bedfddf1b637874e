/** The provider of this benchmark: it counts calls when they arrive. */
export const LIMIT = 20;
export const WINDOW_MS = 2_000;
/** A call arrives up to this long after it was sent, each length as likely. */
export const JITTER_MS = 400;
/** How long an answer takes: from the least to the most, each length as likely. */
export const ANSWER_MS = { least: 50, most: 150 };

export const RUN_MS = 16_000;
export const PROCESSES = 2;
/** Callers that always want a call, in each process: together twice as many as the limit. */
export const CALLERS = 20;
