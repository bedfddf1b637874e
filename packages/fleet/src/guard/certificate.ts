import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { CertificateFacts } from '@sluice/contracts';

const TEXT_CHARS = 512;

/** The facts of a finished handshake's certificate. */
export function certificateFacts(socket: TLSSocket): CertificateFacts {
  const certificate = socket.getPeerCertificate();
  return {
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    validFrom: isoTime(certificate.valid_from),
    validTo: isoTime(certificate.valid_to),
    fingerprint256: certificate.fingerprint256 ?? '',
    authorized: socket.authorized,
    problem: socket.authorized ? null : problemText(socket.authorizationError),
  };
}

/** Node's types say Error, its TLS gives the code as text. */
function problemText(problem: unknown): string {
  const text = problem instanceof Error ? problem.message : problem;
  return typeof text === 'string' ? text.slice(0, TEXT_CHARS) : 'unknown';
}

function nameText(name: PeerCertificate['subject'] | undefined): string {
  const parts = Object.entries(name ?? {}).map(([key, value]) => `${key}=${[value].flat().join('+')}`);
  return parts.join(', ').slice(0, TEXT_CHARS);
}

function isoTime(text: string | undefined): string | null {
  const timeMs = Date.parse(text ?? '');
  return Number.isNaN(timeMs) ? null : new Date(timeMs).toISOString();
}
