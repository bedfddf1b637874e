import type { Unwrapper } from './query.ts';
import { addressIn, percentDecode, rawParameter } from './query.ts';

const HOST = /^urldefense(?:\.proofpoint)?\.(?:com|us)$/;
const RUN_LENGTHS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * Proofpoint URL Defense v1, v2 and v3, as Proofpoint's own decoder reads them (help.proofpoint.com, "How do I decode a
 * rewritten URL?").
 */
export const unwrapProofpoint: Unwrapper = (wrapper) => {
  if (!HOST.test(wrapper.hostname)) return null;
  const version = /^\/(v[123])\//.exec(wrapper.pathname)?.[1];
  if (version === 'v1') return addressIn(rawParameter(wrapper, 'u') ?? '');
  if (version === 'v2') return addressIn(fromV2(rawParameter(wrapper, 'u') ?? ''));
  return version === 'v3' ? fromV3(wrapper) : null;
};

/** v2 writes `%` as `-` and `/` as `_`. */
function fromV2(value: string): string {
  return value.replaceAll('-', '%').replaceAll('_', '/');
}

/** `/v3/__<address>__;<replaced characters in base64>!…`: the address has `*` where a character was taken out. */
function fromV3(wrapper: URL): string | null {
  const written = percentDecode(wrapper.href.slice(wrapper.origin.length));
  const start = '/v3/__'.length;
  const end = written.indexOf('__;', start);
  if (!written.startsWith('/v3/__') || end < 0) return null;
  const encoded = /^[A-Za-z0-9+/_=-]*/.exec(written.slice(end + 3))?.[0] ?? '';
  const address = putBack(written.slice(start, end), Array.from(Buffer.from(encoded, 'base64').toString('utf8')));
  return address?.replace(/^(https?:\/)(?=[^/])/i, '$1/') ?? null;
}

/**
 * `*` stands for the next character, `**` and a letter for a run of them: `A` two, `B` three, and so on to `_`, 65. A
 * character is a code point, not a byte. Null where there are fewer than the address asks for.
 */
function putBack(address: string, characters: readonly string[]): string | null {
  let next = 0;
  const whole = address.replace(/\*(?:\*(.))?/g, (_, letter: string | undefined) => {
    const length = letter === undefined ? 1 : runLength(letter);
    next += length;
    return characters.slice(next - length, next).join('');
  });
  return next > characters.length ? null : whole;
}

/** Infinite for a letter that means nothing, so that no address has enough characters for it. */
function runLength(letter: string): number {
  const index = RUN_LENGTHS.indexOf(letter);
  return index < 0 ? Number.POSITIVE_INFINITY : index + 2;
}
