import { Problem, SluiceError } from '@sluice/contracts';

/** Answers that time may heal: too many requests, and a gateway or proxy that has nobody behind it. */
const TRANSIENT = new Set([429, 502, 503, 504]);

/** The error of an answer that is no success: the problem's code, detail and status, or what the bare status says. */
export function errorOfAnswer(status: number, body: string): SluiceError {
  const problem = readProblem(body);
  const faults = problem?.errors?.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)) ?? [];
  const detail = problem?.detail ?? problem?.title ?? `The server answered ${status}.`;
  const message = faults.length === 0 ? detail : `${detail} (${faults.join('; ')})`;
  const disposition = TRANSIENT.has(status) ? 'retry' : 'give-up';
  return new SluiceError(problem?.code ?? `http-${status}`, message, { httpStatus: status, disposition });
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
  const { name, code, cause, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
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
  return error instanceof SluiceError && error.disposition === 'retry';
}
