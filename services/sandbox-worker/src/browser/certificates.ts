import { X509Certificate } from 'node:crypto';
import type { CertificateFacts } from '@sluice/contracts';
import type { CDPSession } from 'playwright-core';

const TEXT_CHARS = 512;
const SECOND_MS = 1000;

/** What the browser says of the connection that an answer came over. Times in seconds since the epoch. */
type SecurityDetails = { subjectName: string; issuer: string; validFrom: number; validTo: number };

/** The certificates that one visit has met, by origin. */
export function createCertificates(session: CDPSession) {
  const asked = new Map<string, Promise<X509Certificate | null>>();
  const certificateOf = (origin: string): Promise<X509Certificate | null> => {
    const known = asked.get(origin);
    if (known) return known;
    const asking = session
      .send('Network.getCertificate', { origin })
      .then(({ tableNames: [first] }) =>
        first === undefined ? null : new X509Certificate(Buffer.from(first, 'base64')),
      )
      .catch(() => null);
    asked.set(origin, asking);
    return asking;
  };
  return {
    /** The facts of the certificate that an answer came with; from the details alone where the browser does not hand it out. */
    async facts(url: URL, details: SecurityDetails, isSecure: boolean): Promise<CertificateFacts> {
      const certificate = await certificateOf(url.origin);
      if (certificate) return factsOf(certificate, url.hostname, isSecure);
      return {
        subject: `CN=${details.subjectName}`.slice(0, TEXT_CHARS),
        issuer: `CN=${details.issuer}`.slice(0, TEXT_CHARS),
        validFrom: isoTime(details.validFrom * SECOND_MS),
        validTo: isoTime(details.validTo * SECOND_MS),
        fingerprint256: '',
        authorized: isSecure,
        problem: isSecure ? null : 'unknown',
      };
    },
  };
}

function factsOf(certificate: X509Certificate, host: string, isSecure: boolean): CertificateFacts {
  return {
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    validFrom: isoTime(Date.parse(certificate.validFrom)),
    validTo: isoTime(Date.parse(certificate.validTo)),
    fingerprint256: certificate.fingerprint256,
    authorized: isSecure,
    problem: isSecure ? null : certificateProblem(certificate, host, Date.now()),
  };
}

/** Why a certificate is not accepted, in the words of Node's TLS, so that both visitors say the same. */
function certificateProblem(certificate: X509Certificate, host: string, nowMs: number): string {
  if (Date.parse(certificate.validTo) < nowMs) return 'CERT_HAS_EXPIRED';
  if (Date.parse(certificate.validFrom) > nowMs) return 'CERT_NOT_YET_VALID';
  if (certificate.checkIssued(certificate)) return 'DEPTH_ZERO_SELF_SIGNED_CERT';
  const name = host.replace(/^\[|\]$/g, '');
  if (!certificate.checkHost(name) && !certificate.checkIP(name)) return 'ERR_TLS_CERT_ALTNAME_INVALID';
  return 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
}

function nameText(lines: string | undefined): string {
  return (lines ?? '').split('\n').join(', ').slice(0, TEXT_CHARS);
}

function isoTime(timeMs: number): string | null {
  return Number.isFinite(timeMs) && Math.abs(timeMs) < 8.64e15 ? new Date(timeMs).toISOString() : null;
}
