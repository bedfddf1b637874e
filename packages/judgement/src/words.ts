const MAX_WORDS = 400;
const MAX_CHARS = 8_000;
const TOKEN = /[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*|\p{N}+|[$€£¥!?%]/gu;
/** Most words, which nothing is to be done about. */
const PLAIN_WORD = /^[a-z']{1,24}$/;
/** Scripts without spaces: read in pairs of letters. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const LINKS = /(?:https?|hxxps?|ftp):\/\/\S+|\bwww\.\S+|(?<!\S)\S+@\S+/giu;
/** Signs that nobody sees. Alternatives instead of one class, because some of them join with their neighbours. */
const UNSEEN = String.raw`(?:\u00ad|\u034f|\u061c|\u115f|\u1160|\u17b4|\u17b5|\u180e|[\u200b-\u200f]|[\u202a-\u202e]|[\u2060-\u2064]|[\ufe00-\ufe0f]|\ufeff|[\u{e0000}-\u{e0fff}])`;
const INVISIBLE = new RegExp(UNSEEN, 'gu');
const BREAK = new RegExp(String.raw`[\p{L}\p{N}]${UNSEEN}+[\p{L}\p{N}]`, 'gu');
/** Cyrillic and Greek letters that pass for Latin ones, and those Latin ones, place by place. */
const FOREIGN = 'аеорсухіјѕԁһӏοαν';
const LATIN = 'aeopcyxijsdhloav';

/** The words of a text as features see them: lower case, without links and addresses, numbers by their length only. */
export function wordsOf(text: string, most = MAX_WORDS): string[] {
  const clean = plainLetters(text.slice(0, MAX_CHARS).replace(LINKS, ' '));
  const words: string[] = [];
  for (const token of clean.match(TOKEN) ?? []) {
    if (words.length >= most) break;
    if (PLAIN_WORD.test(token)) words.push(token);
    else if (/^\p{N}/u.test(token)) words.push('0'.repeat(Math.min(token.length, 6)));
    else if (UNSPACED.test(token)) words.push(...pairsOf(token));
    else if (token.length <= 24) words.push(unmix(token).replaceAll('’', "'"));
  }
  return words.slice(0, most);
}

/** Lower case; fancy letters as plain ones; nothing that a reader does not see. */
export function plainLetters(text: string): string {
  return withoutUnseen(text).toLowerCase();
}

/** Fancy letters as plain ones; nothing that a reader does not see. */
export function withoutUnseen(text: string): string {
  return text.normalize('NFKC').replace(INVISIBLE, '');
}

/** `pаypal` with a Cyrillic а is `paypal`; a Russian word stays Russian. */
function unmix(word: string): string {
  if (!/[a-z]/.test(word)) return word;
  return word.replace(/[\u0370-\u03ff\u0400-\u052f]/g, (letter) => LATIN[FOREIGN.indexOf(letter)] ?? letter);
}

function pairsOf(token: string): string[] {
  const letters = Array.from(token).slice(0, 200);
  return letters.slice(1).map((letter, index) => `${letters[index]}${letter}`);
}

/** How often signs that nobody sees stand between two letters. */
export function invisibleBreaks(text: string): number {
  return text.match(BREAK)?.length ?? 0;
}
