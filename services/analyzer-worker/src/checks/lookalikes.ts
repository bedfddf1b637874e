import { withoutUnseen } from '@sluice/judgement';

/** Cyrillic, Greek and Cherokee letters that pass for Latin ones, and those Latin ones, place by place. */
const FOREIGN = 'аеорсухіјѕԁһӏԛԝАВЕЅІЈКМНОРСТХУΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᏔᏃ';
const LATIN = 'aeopcyxijsdhlqwABESIJKMHOPCTXYABEZHIKMNOPTYXoavABCDEGHJKLMPRSTVWZ';
const TO_LATIN = new Map(Array.from(FOREIGN, (letter, index) => [letter, LATIN[index] ?? letter]));

/** The text as it looks to a reader of Latin script. */
export function foldLookalikes(text: string): string {
  return text.replace(/[\u0370-\u03ff\u0400-\u052f\u13a0-\u13ff]/g, (letter) => TO_LATIN.get(letter) ?? letter);
}

/** The same, without disguised letters and signs that nobody sees. */
export function asSeen(text: string): string {
  return foldLookalikes(withoutUnseen(text));
}

/** The words that mix Latin letters with Cyrillic, Greek or Cherokee ones that look the same; at least three letters long. */
export function mixedWords(text: string): string[] {
  return (text.match(/[\p{L}\p{M}]{3,60}/gu) ?? []).filter((word) => {
    const isMixed =
      /\p{Script=Latin}/u.test(word) && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Cherokee}]/u.test(word);
    return isMixed && /^\p{Script=Latin}+$/u.test(foldLookalikes(word));
  });
}
