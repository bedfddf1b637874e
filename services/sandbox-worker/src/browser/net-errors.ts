import type { CutReason } from '@sluice/contracts';

const REASONS: readonly [RegExp, CutReason, string][] = [
  [/UNSAFE_REDIRECT|INVALID_REDIRECT|URL_SCHEME|INVALID_URL/, 'bad-url', 'leads to no URL that can be visited'],
  [/TOO_MANY_REDIRECTS/, 'hop-limit', 'more redirects than a visit follows'],
  [/_SSL_|_CERT_|ECH_/, 'tls', 'no connection over TLS came about'],
  [/CONTENT_DECODING/, 'encoding', 'the body is not what its encoding says'],
  [/HEADERS_TOO_BIG/, 'bytes', 'the header is too large'],
  [/TIMED_OUT/, 'time', 'the hop took too long'],
];

/** Why a document was given up, from Chromium's name of the error; null where nothing was cut: a download, a newer navigation, our own stop. */
export function netErrorCut(errorText: string): { reason: CutReason; message: string } | null {
  if (/ERR_ABORTED|BLOCKED_BY_RESPONSE/.test(errorText)) return null;
  const known = REASONS.find(([pattern]) => pattern.test(errorText));
  if (known) return { reason: known[1], message: known[2] };
  const name = /ERR_([A-Z0-9_]{1,60})/.exec(errorText)?.[1];
  return { reason: 'connection', message: name ? name.toLowerCase().replaceAll('_', ' ') : 'no answer' };
}
