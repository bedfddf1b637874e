/** Control characters and invisible ones, among them those that turn the direction of the text. */
const UNSEEN = /[\p{Cc}\p{Cf}]+/gu;
/** What follows `://` up to the path; backslashes too, as browsers read them. The scheme is left out, so that the time stays linear. */
const AUTHORITY = /:([/\\]{2,})([^\s/\\?#"'<>]+)/g;
const WEB_SCHEME = /http(?=s?:[/\\]{2})/gi;
const BARE_WWW = /\bwww\.([^\s/\\?#"'<>]+)/gi;

/** One line of text in which nothing is hidden: a run of unseen characters is shown by its first code, `‹U+202E›`. */
function visible(text: string): string {
  return text.replace(/\s+/g, ' ').replace(UNSEEN, (run) => {
    const code = (run.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `‹U+${code}›`;
  });
}

export function breakDots(host: string): string {
  return host.replaceAll('[.]', '.').replaceAll('.', '[.]');
}

/** Text of a mail, a page or a provider as one line in which nothing is hidden and no URL is clickable: `hxxps://example[.]com/…`. */
export function inert(text: string): string {
  return visible(text)
    .replace(WEB_SCHEME, 'hxxp')
    .replace(AUTHORITY, (_whole, slashes: string, host: string) => `:${slashes}${breakDots(host)}`)
    .replace(BARE_WWW, (_whole, host: string) => `www[.]${breakDots(host)}`);
}

/** At most so many characters, the last one a sign that there were more. */
export function short(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
