import { kindOf } from './kinds.ts';
import type { FileKind } from './kinds.ts';
import type { FileReading, Means, Opener, OpenFile } from './reading.ts';
import { emptyReading } from './reading.ts';

/** Each kind's reader is loaded with the first file of its kind: an ordinary mail pays for none of them. */
const OPENERS: Record<FileKind, () => Promise<Opener>> = {
  archive: async () => (await import('./archive.ts')).openArchive,
  gzip: async () => (await import('./gzip.ts')).openGzip,
  pdf: async () => (await import('./pdf.ts')).openPdf,
  office: async () => (await import('./office.ts')).openOffice,
  'old-office': async () => (await import('./old-office.ts')).openOldOffice,
  rtf: async () => (await import('./rtf.ts')).openRtf,
  page: async () => (await import('./page.ts')).openPage,
  calendar: async () => (await import('./calendar.ts')).openCalendar,
  text: async () => (await import('./plain-text.ts')).openText,
  words: async () => (await import('./plain-text.ts')).openWords,
  picture: async () => (await import('./codes.ts')).openPicture,
};

/** Reads a file by its kind; null for a kind that is not opened, or when the budget is spent. What is broken is `unreadable`. Never rejects. */
export async function openFile(file: OpenFile, means: Means): Promise<FileReading | null> {
  const { extension, type } = file.detected;
  const kind = kindOf({
    fileName: file.name,
    declaredType: file.declaredType,
    detectedExtension: extension,
    detectedType: type,
  });
  if (kind === null || file.bytes.length === 0 || means.budget.isSpent()) return null;
  const open = await OPENERS[kind]();
  try {
    return bounded(await open(file, means), means);
  } catch {
    return emptyReading({ features: ['unreadable'] });
  }
}

function bounded(reading: FileReading, { budget }: Means): FileReading {
  const { maxLinks, maxCodes } = budget.limits;
  return {
    ...reading,
    text: budget.takeText(reading.text),
    links: reading.links.slice(0, maxLinks),
    codes: reading.codes.slice(0, maxCodes),
  };
}
