/** The label of a place where a link was written so that no mail program makes it one. */
export const DEFANGED = 'written so that it is no link';

/** `hxxp://`, `http[:]//`, `hxxps[://]`. */
const SCHEME = /\bh(?:xx|\*\*|tt|xt|tx)p(s?)(?:\[:\/\/\]|(?:\[:\]|\(:\)|:)(?:\/\/|\[\/\/\]))/gi;
/** `example[.]com`, `example (dot) com`: a letter or digit stands on both sides, or a space before and after. */
const DOT = betweenLetters(String.raw`\[(?:\.|dot)\]|\((?:\.|dot)\)|\{(?:\.|dot)\}`);
const AT = betweenLetters(String.raw`\[(?:@|at)\]|\(@\)|\{@\}`);
const SLASH = /(?<=[\p{L}\p{N}])\[\/\]/gu;
/** One of these, or there is nothing to put right but schemes. */
const BRACKETED = /[[({](?:\.|dot|@|at|\/)[\])}]/i;

/**
 * The text with defanged addresses (`hxxps://evil[.]example`, `ann[@]example[dot]com`) as they would work. Text without such
 * forms comes out as it went in. Takes time in proportion to the text.
 */
export function refang(text: string): string {
  const live = text.replace(SCHEME, 'http$1://');
  return BRACKETED.test(live) ? live.replace(DOT, '.').replace(AT, '@').replace(SLASH, '/') : live;
}

function betweenLetters(mark: string): RegExp {
  const before = String.raw`(?<=[\p{L}\p{N}_-])`;
  const after = String.raw`(?=[\p{L}\p{N}])`;
  return new RegExp(`${before}(?:(?:${mark})| (?:${mark}) )${after}`, 'giu');
}
