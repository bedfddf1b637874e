import type { Attachment, AttachmentContent, AttachmentFeature } from '@sluice/contracts';
import type { Detected } from '../mail/detect.ts';
import type { Budget } from './budget.ts';

/** A file of a mail, or one that was found inside another. */
export type OpenFile = {
  name: string;
  /** Lower case, without parameters. */
  declaredType: string;
  detected: Detected;
  bytes: Uint8Array;
};

export type FoundFile = {
  name: string;
  declaredType?: string;
  via: NonNullable<Attachment['via']>;
  bytes: Uint8Array;
};

type FoundLink = NonNullable<AttachmentContent['links']>[number];

/** What one file says and holds. */
export type FileReading = {
  features: AttachmentFeature[];
  files: FoundFile[];
  links: FoundLink[];
  codes: string[];
  text: string;
  /** Names of what is in it and was not read. */
  unread: string[];
  pages?: number;
};

/** What every opener is handed besides the file. */
export type Means = {
  budget: Budget;
  /** Worth trying, the likeliest first. */
  passwords: () => readonly string[];
};

/** Reads one kind of file. May throw on what is broken: the file is then `unreadable`. */
export type Opener = (file: OpenFile, means: Means) => FileReading | Promise<FileReading>;

export function emptyReading(found: Partial<FileReading> = {}): FileReading {
  return { features: [], files: [], links: [], codes: [], text: '', unread: [], ...found };
}

export function addFeature(reading: FileReading, feature: AttachmentFeature): void {
  if (!reading.features.includes(feature)) reading.features.push(feature);
}
