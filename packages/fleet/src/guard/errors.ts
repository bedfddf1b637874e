/**
 * Why the guard opened no connection: `private-address` (every answer refused), `dns` (no answer), `connection` (refused or reset by the
 * other side), `tls` (no handshake, or a certificate that is not trusted), `limit` (too many connections through one guard).
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
