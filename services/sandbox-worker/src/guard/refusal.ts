import { STATUS_CODES } from 'node:http';
import { Transform } from 'node:stream';
import { GuardError, messageOf } from '@sluice/fleet/guard';
import type { OpenPass, Refusal } from './pass.ts';

/** The status that tells a browser why there is no connection. Nothing of the error's text goes to the page. */
export function refusalStatus(error: unknown, ranOut: boolean): number {
  if (ranOut) return 504;
  if (!(error instanceof GuardError)) return 502;
  if (error.code === 'limit') return 429;
  return error.code === 'private-address' ? 403 : 502;
}

/** What to note about a connection or an answer that did not come about. */
export function refusalOf(error: unknown, how: { ranOut: boolean; connected: boolean }): Refusal {
  if (how.ranOut) return { reason: 'time', message: 'the connection took too long', connected: how.connected };
  const reason = error instanceof GuardError ? error.code : 'connection';
  return { reason, message: messageOf(error, 'no connection'), connected: how.connected };
}

/** Says that an answer is the proxy's own (RFC 9209); the same header of a server is taken away. */
export const REFUSED_HEADER = 'proxy-status';

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
