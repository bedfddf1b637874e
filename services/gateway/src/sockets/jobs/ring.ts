/** The newest texts of a numbered row, within a bound. */
export function createRing(mostEntries: number, mostChars: number) {
  let texts: string[] = [];
  /** Texts before this place are forgotten. */
  let first = 0;
  let chars = 0;
  let lastSeq = 0;
  return {
    /** The number of the last text, 0 before the first one. */
    lastSeq: () => lastSeq,

    /** `text` has the next number. */
    push(text: string): void {
      lastSeq += 1;
      texts.push(text);
      chars += text.length;
      while (texts.length - first > mostEntries || chars > mostChars) {
        chars -= texts[first]?.length ?? 0;
        first += 1;
      }
      if (first > mostEntries) {
        texts = texts.slice(first);
        first = 0;
      }
    },

    /** All texts behind a number; null where one of them is forgotten, or the number was never given. */
    after(seq: number): string[] | null {
      const missing = lastSeq - seq;
      if (missing < 0 || missing > texts.length - first) return null;
      return missing === 0 ? [] : texts.slice(-missing);
    },
  };
}
