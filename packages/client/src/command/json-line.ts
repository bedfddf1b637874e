/**
 * A value as one line of JSON. The same value as `JSON.stringify` gives, but what a terminal would obey or another program would
 * take for the end of the line stands as `\uXXXX`.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
