/** What a mail is like, each as a short name, `group:value`. */
export type Traits = Set<string>;

export const EMOJI = /\p{Extended_Pictographic}/u;
export const MONEY = /[$€£¥₽]\s?\d|\d\s?(?:[$€£¥₽]|usd|eur|euros?|dollars?|gbp|brl|reais|z[lł])\b|r\$ ?\d/;

/** A name that no person chose: many digits among letters, or hardly a vowel. */
export function looksRandom(name: string): boolean {
  if (name.length < 7) return false;
  const letters = name.replace(/[^a-z]/g, '');
  const changes = name.match(/[a-z]\d|\d[a-z]/g)?.length ?? 0;
  if (changes >= 3) return true;
  const vowels = letters.match(/[aeiouy]/g)?.length ?? 0;
  return letters.length >= 8 && (vowels / letters.length < 0.2 || /[bcdfghjklmnpqrstvwxz]{6}/.test(letters));
}

export function isMixed(text: string): boolean {
  return /[a-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][a-z]/i.test(text);
}

export function bucket(count: number): string {
  if (count < 1) return count <= 0 ? '0' : '<1';
  return String(2 ** Math.min(7, Math.floor(Math.log2(count))));
}
