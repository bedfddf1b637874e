import { types } from 'node:util';

/** An error's own words, else the given ones. */
export function messageOf(error: unknown, otherwise: string): string {
  return types.isNativeError(error) && error.message !== '' ? error.message : otherwise;
}

/** Node's code of an error (`ECONNREFUSED`, `HPE_HEADER_OVERFLOW`), empty when it has none. */
export function codeOf(error: unknown): string {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
