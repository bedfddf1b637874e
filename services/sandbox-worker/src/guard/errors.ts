/**
 * Why the guard opened no connection: `private-address` (every answer refused), `dns` (no answer), `connection` (refused or reset by the
 * other side), `tls` (no handshake), `limit` (the visit made too many connections).
 */
export type GuardErrorCode = 'private-address' | 'dns' | 'connection' | 'tls' | 'limit';

export class GuardError extends Error {
  readonly code: GuardErrorCode;

  constructor(code: GuardErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'GuardError';
    this.code = code;
  }
}
