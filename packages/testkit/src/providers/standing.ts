import { createHash } from 'node:crypto';

/** What a simulated provider thinks of something. */
export type Standing = 'unknown' | 'harmless' | 'suspicious' | 'malicious';

/** By value. What is not in it is judged by its hash. */
export type Standings = Readonly<Record<string, Standing>>;

/** The same for the same value at all times: of ten values four are unknown, four harmless, one suspicious and one malicious. */
export function standingOf(value: string, standings: Standings = {}): Standing {
  const given = Object.hasOwn(standings, value) ? standings[value] : undefined;
  if (given !== undefined) return given;
  const tenth = numberOf(value, 'standing', 10);
  if (tenth < 4) return 'unknown';
  if (tenth < 8) return 'harmless';
  return tenth === 8 ? 'suspicious' : 'malicious';
}

/** A whole number from 0 to below `bound` that the value determines. */
export function numberOf(value: string, salt: string, bound: number): number {
  return createHash('sha256').update(`${salt} ${value}`).digest().readUInt32BE(0) % bound;
}

/** An id of the form of a UUID that the value determines. */
export function uuidOf(value: string): string {
  const hex = createHash('sha256').update(`uuid ${value}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
