/** Controls, format characters (writing direction, zero width, tags), private use, lone surrogates, line and paragraph separators. */
const HIDDEN = /(?:[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}])+/gu;
/** What follows `://` up to the path; backslashes too, as browsers read them. The scheme is left out, so that the time stays linear. */
const AUTHORITY = /:([/\\]{2,})([^\s/\\?#"'<>]+)/g;
const WEB_SCHEME = /http(?=s?:[/\\]{2})/gi;
const BARE_WWW = /\bwww\.([^\s/\\?#"'<>]+)/gi;

/**
 * Text of a mail as one line that a terminal only shows: no control or escape sequence, no change of writing direction, nothing
 * invisible. White space becomes a space, a run of other such characters its first code: `‹U+202E›`.
 */
export function visible(text: string): string {
  return text.replace(/[\t\n\v\f\r\u0085\u2028\u2029 ]+/g, ' ').replace(HIDDEN, (run) => {
    const code = (run.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `‹U+${code}›`;
  });
}

/** URLs in a text become recognisable and not clickable: `hxxps://example[.]com/…`. */
export function defang(text: string): string {
  return text
    .replace(WEB_SCHEME, 'hxxp')
    .replace(AUTHORITY, (_whole, slashes: string, host: string) => `:${slashes}${breakDots(host)}`)
    .replace(BARE_WWW, (_whole, host: string) => `www[.]${breakDots(host)}`);
}

export function breakDots(host: string): string {
  return host.replaceAll('[.]', '.').replaceAll('.', '[.]');
}

/** What a person may be shown of a mail. */
export function safeText(text: string): string {
  return defang(visible(text));
}

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
