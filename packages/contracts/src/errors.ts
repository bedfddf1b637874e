import { z } from 'zod';

/**
 * What is to be done about an error: `retry` (time may heal it), `retry-at` (it names the moment), `give-up` (no repetition helps).
 * Workers decide by this, never by the message.
 */
export const Disposition = z.enum(['retry', 'retry-at', 'give-up']);
export type Disposition = z.infer<typeof Disposition>;

/** An error as it crosses processes and reaches people: no internals, no stack, no secret. */
export const ErrorInfo = z.object({
  code: z.string(),
  message: z.string(),
  disposition: Disposition,
  retryAtMs: z.number().optional(),
  /** The quota, and the question that needs a slot of it: who puts it into the quota's line is called when it has one. */
  waitsFor: z.object({ quota: z.string(), question: z.string() }).optional(),
});
export type ErrorInfo = z.infer<typeof ErrorInfo>;

export interface SluiceErrorOptions {
  disposition?: Disposition;
  /** Milliseconds since the epoch; with disposition `retry-at`. */
  retryAtMs?: number;
  waitsFor?: ErrorInfo['waitsFor'];
  /** HTTP status at the edge; 500 where nothing is said. */
  httpStatus?: number;
  cause?: unknown;
}

/** The one error class of the house. `message` is public: it is shown to the submitter; what is internal goes into `cause`. */
export class SluiceError extends Error {
  readonly code: string;
  readonly disposition: Disposition;
  readonly retryAtMs: number | undefined;
  readonly waitsFor: ErrorInfo['waitsFor'];
  readonly httpStatus: number;

  constructor(code: string, publicMessage: string, options: SluiceErrorOptions = {}) {
    super(publicMessage, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SluiceError';
    this.code = code;
    this.disposition = options.disposition ?? 'give-up';
    this.retryAtMs = options.retryAtMs;
    this.waitsFor = options.waitsFor;
    this.httpStatus = options.httpStatus ?? 500;
  }
}

/** An error that was told by another process. */
export function fromErrorInfo({ code, message, ...rest }: ErrorInfo): SluiceError {
  return new SluiceError(code, message, rest);
}

/** The public view of any thrown value. What is not a {@link SluiceError} is `internal`, and may heal with time. */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (error instanceof SluiceError) {
    return {
      code: error.code,
      message: error.message,
      disposition: error.disposition,
      ...(error.retryAtMs === undefined ? {} : { retryAtMs: error.retryAtMs }),
      ...(error.waitsFor === undefined ? {} : { waitsFor: error.waitsFor }),
    };
  }
  return { code: 'internal', message: 'Something inside failed.', disposition: 'retry' };
}
