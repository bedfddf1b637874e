/** Every white space but U+FEFF, which has no width. */
const BLANK = /[\t\n\v\f\r\u0085\u2028\u2029\p{Zs}]+/gu;
/** Controls, format characters (writing direction, zero width, tags), private use, lone surrogates, and letters that show nothing. */
const HIDDEN = /(?:[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u034f\u115f\u1160\u2800\u3164\uffa0])+/gu;
/** What follows `://` up to the path; backslashes too, as browsers read them. The scheme is left out, so that the time stays linear. */
const AUTHORITY = /:([/\\]{2,})([^\s/\\?#"'<>]+)/g;
const WEB_SCHEME = /http(?=s?:[/\\]{2})/gi;
const BARE_WWW = /\bwww\.([^\s/\\?#"'<>]+)/gi;

/**
 * Text of a mail as one line that a terminal or page only shows: no control or escape sequence, no change of writing direction,
 * nothing invisible. White space becomes a space, a run of other such characters its first code: `‹U+202E›`.
 */
export function visible(text: string): string {
  return text.replace(BLANK, ' ').replace(HIDDEN, (run) => {
    const code = (run.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `‹U+${code}›`;
  });
}

/** URLs in a text become recognisable and not clickable: `hxxps://example[.]com/…`. Repeated it changes nothing more. */
export function defang(text: string): string {
  return text
    .replace(WEB_SCHEME, 'hxxp')
    .replace(AUTHORITY, (_whole, slashes: string, host: string) => `:${slashes}${breakDots(host)}`)
    .replace(BARE_WWW, (_whole, host: string) => `www[.]${breakDots(host)}`);
}

/** A host name or address that nothing makes a link of: `evil[.]example`. */
export function breakDots(host: string): string {
  return host.replaceAll('[.]', '.').replaceAll('.', '[.]');
}

/** What a person may be shown of a mail, a page or a provider: one line in which nothing is hidden and no URL is clickable. */
export function safeText(text: string): string {
  return defang(visible(text));
}
