/** Makes what stands in mails and on pages harmless to read and to copy. Pure. */

/** What cannot be seen, or turns the direction of what can be; tab, line break and the selector of coloured signs may stay. */
const UNSEEN = /(?:(?![\t\n]|\ufe0f)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}])+/gu;

export interface Piece {
  text: string;
  /** What stands for a run of characters that cannot be seen. */
  isUnseen: boolean;
}

/** Splits a text into what can be seen and names for what cannot: a run of unseen characters becomes one piece, `U+202E`, or `U+200B ×40`. */
export function pieces(given: string): Piece[] {
  const text = given.replaceAll('\r\n', '\n');
  const found: Piece[] = [];
  let at = 0;
  for (const { index, 0: run } of text.matchAll(UNSEEN)) {
    if (index > at) found.push({ text: text.slice(at, index), isUnseen: false });
    found.push({ text: nameOf(run), isUnseen: true });
    at = index + run.length;
  }
  if (at < text.length) found.push({ text: text.slice(at), isUnseen: false });
  return found;
}

function nameOf(run: string): string {
  const characters = Array.from(run);
  const code = (characters[0]?.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return characters.length === 1 ? `U+${code}` : `U+${code} ×${characters.length}`;
}

/** The same as one string, where no mark-up can be: titles, labels for screen readers. */
export function plain(text: string): string {
  return pieces(text)
    .map((piece) => (piece.isUnseen ? `[${piece.text}]` : piece.text))
    .join('');
}

/** `hxxps://evil[.]example/` of an address that would otherwise become a link wherever it is pasted; nor do addresses within it. */
export function defang(text: string): string {
  const scheme = text.replaceAll(/http(?=s?:\/\/)/gi, 'hxxp').replace(/^ftp/i, 'fxp');
  const host = /^([a-z]+:\/\/)?([^/?#]*)/i.exec(scheme);
  if (host === null) return scheme;
  const [head, protocol = '', authority = ''] = host;
  const safe = authority.replaceAll('.', '[.]').replaceAll('@', '[@]');
  return `${protocol}${safe}${scheme.slice(head.length)}`;
}

export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
