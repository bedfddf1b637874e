import { STATUS_CODES } from 'node:http';
import { Transform } from 'node:stream';
import { GuardError } from './errors.ts';
import type { OpenPass } from './pass.ts';

/** The status that tells a browser why there is no connection. Nothing of the error's text goes to the page. */
export function refusalStatus(error: unknown, ranOut: boolean): number {
  if (ranOut) return 504;
  if (!(error instanceof GuardError)) return 502;
  if (error.code === 'limit') return 429;
  return error.code === 'private-address' ? 403 : 502;
}

/** A whole answer without a body, for a socket that speaks no HTTP through Node. */
export function refusalText(status: number): string {
  const challenge = status === 407 ? 'proxy-authenticate: Basic realm="sandbox"\r\n' : '';
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${challenge}content-length: 0\r\nconnection: close\r\n\r\n`;
}

/** Lets everything through and counts it against the pass. */
export function meterFor(pass: OpenPass): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      pass.spend(chunk.length);
      done(null, chunk);
    },
  });
}
