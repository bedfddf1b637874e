import { Problem, SluiceError } from '@sluice/contracts';

/** Answers that time may heal: too many requests, and a gateway or proxy that has nobody behind it. */
const TRANSIENT = new Set([429, 502, 503, 504]);

/**
 * The error of an answer that is no success: the problem's code, detail and status, or what the bare status says. Where the server asked for a pause
 * (`Retry-After`) it names the moment.
 */
export function errorOfAnswer(status: number, body: string, askedMs: number | null = null): SluiceError {
  const problem = readProblem(body);
  const faults = problem?.errors?.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)) ?? [];
  const detail = problem?.detail ?? problem?.title ?? `The server answered ${status}.`;
  const message = faults.length === 0 ? detail : `${detail} (${faults.join('; ')})`;
  const code = problem?.code ?? `http-${status}`;
  if (!TRANSIENT.has(status)) return new SluiceError(code, message, { httpStatus: status });
  if (askedMs === null) return new SluiceError(code, message, { httpStatus: status, disposition: 'retry' });
  const retryAtMs = Date.now() + askedMs;
  return new SluiceError(code, message, { httpStatus: status, disposition: 'retry-at', retryAtMs });
}

function readProblem(body: string): Problem | null {
  try {
    return Problem.parse(JSON.parse(body));
  } catch {
    return null;
  }
}

/** `unreachable`: no answer came, or only a part of one. Only the origin of the address is named: the rest may hold secrets. */
export function unreachable(url: URL, cause: unknown): SluiceError {
  const why = reasonOf(cause);
  const origin = url.origin.replace(/^ws/, 'http');
  const message = `${origin} cannot be reached${why === '' ? '' : ` (${why})`}.`;
  return new SluiceError('unreachable', message, { disposition: 'retry', httpStatus: 503, cause });
}

/** The system's word for a failed connection, which `fetch` hides in the cause. */
function reasonOf(error: unknown): string {
  const { name, code, cause, message } = (error ?? {}) as Partial<Error> & { code?: unknown };
  if (name === 'TimeoutError') return 'no answer in time';
  if (typeof code === 'string') return code;
  return cause === undefined ? (message ?? '') : reasonOf(cause);
}

/** `bad-answer`: the server speaks another language than this version of the contracts. */
export function badAnswer(cause: unknown): SluiceError {
  return new SluiceError('bad-answer', 'The server gave an answer that this version does not understand.', {
    httpStatus: 502,
    cause,
  });
}

export function isTransient(error: unknown): error is SluiceError {
  return error instanceof SluiceError && error.disposition !== 'give-up';
}
