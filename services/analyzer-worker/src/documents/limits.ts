/** What opening the files of one mail may cost, all of them together unless it says otherwise. */
export type DocumentLimits = {
  /** Files inside files; what the mail itself carries is at depth 0. */
  maxDepth: number;
  /** Files that were found inside others. */
  maxFiles: number;
  /** Of one file, unpacked. */
  maxFileBytes: number;
  maxAllBytes: number;
  /** Unpacked size over packed size of an archive, from `minRatioBytes` on. */
  maxRatio: number;
  minRatioBytes: number;
  /** Entries of one archive that are looked at. */
  maxEntries: number;
  /** Pages of one document that are read, and those whose pictures are looked at. */
  maxPages: number;
  maxPicturePages: number;
  /** Of one picture, and of all. */
  maxPixels: number;
  maxAllPixels: number;
  maxPictures: number;
  /** Of one file, and of all. */
  maxTextChars: number;
  maxAllTextChars: number;
  /** Of one file. */
  maxLinks: number;
  maxCodes: number;
  /** Processor time; what is left when it is spent stays unopened. */
  maxSpentMs: number;
};

export const DEFAULT_DOCUMENT_LIMITS: DocumentLimits = {
  maxDepth: 5,
  maxFiles: 200,
  maxFileBytes: 16 * 1024 * 1024,
  maxAllBytes: 32 * 1024 * 1024,
  maxRatio: 100,
  minRatioBytes: 2 * 1024 * 1024,
  maxEntries: 2000,
  maxPages: 20,
  maxPicturePages: 5,
  maxPixels: 13_000_000,
  maxAllPixels: 30_000_000,
  maxPictures: 30,
  maxTextChars: 64 * 1024,
  maxAllTextChars: 512 * 1024,
  maxLinks: 500,
  maxCodes: 20,
  maxSpentMs: 1_000,
};
