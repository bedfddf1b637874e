const DOT = /\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}/i;
const ALL_DOTS = new RegExp(DOT, 'gi');
const COLON = /\[(:(?:\/\/)?)\]/g;
const DEFANGED_SCHEME = /^hxxp|^https?\[:/i;
const AUTHORITY = /^https?:[/\\]*([^/\\?#]*)/i;

/** Undoes the usual ways to write a name so that nobody can click it: `hxxp`, `[.]`, `(.)`, `{.}`, `[dot]`, `(dot)`, `{dot}`, `[:]`, `[://]`. */
export function refang(text: string): string {
  return text.replace(/^hxxp/i, 'http').replace(COLON, '$1').replace(ALL_DOTS, '.');
}

/** Only where the scheme or the host shows it: a path may hold `[.]` in its own right, and then it is left alone. */
export function refangUrl(text: string): string {
  const authority = AUTHORITY.exec(text)?.[1] ?? '';
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return DEFANGED_SCHEME.test(text) || DOT.test(host) || /\[:\]/.test(host) ? refang(text) : text;
}
