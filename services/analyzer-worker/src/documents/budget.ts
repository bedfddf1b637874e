import type { LimitHit } from '@sluice/contracts';
import type { Notes } from '../mail/limits.ts';
import { noteLimit } from '../mail/limits.ts';
import type { DocumentLimits } from './limits.ts';

/** What is left of the bounds for one mail. Each `take` says whether there was room, and notes where there was none. */
export type Budget = {
  limits: DocumentLimits;
  /** How much one file found inside another may unpack to, at most. */
  roomForFile: () => number;
  takeFile: (bytes: number) => boolean;
  takePicture: (pixels: number) => boolean;
  /** As much of the text as there is room for. */
  takeText: (text: string) => string;
  /** True when the processor time is spent. */
  isSpent: () => boolean;
  note: (hit: LimitHit) => void;
};

/** @param spentMs processor time of this process so far, in milliseconds */
export function createBudget(limits: DocumentLimits, notes: Notes, spentMs: () => number): Budget {
  const beganMs = spentMs();
  let files = 0;
  let bytes = 0;
  let pictures = 0;
  let pixels = 0;
  let chars = 0;
  const note = (hit: LimitHit) => noteLimit(notes.limits, hit);

  return {
    limits,
    note,
    roomForFile: () => Math.max(0, Math.min(limits.maxFileBytes, limits.maxAllBytes - bytes)),
    takeFile: (size) => {
      if (files >= limits.maxFiles) {
        const message = 'There are more files inside the attachments than the bound; the first ones were opened.';
        note({ limit: 'attachment-files', allowed: limits.maxFiles, message });
        return false;
      }
      if (size > limits.maxFileBytes || bytes + size > limits.maxAllBytes) {
        const message = 'The attachments unpack to more than the bound; what was beyond it was not opened.';
        note({ limit: 'attachment-bytes', allowed: limits.maxAllBytes, message });
        return false;
      }
      files += 1;
      bytes += size;
      return true;
    },
    takePicture: (size) => {
      if (size > limits.maxPixels || pixels + size > limits.maxAllPixels || pictures >= limits.maxPictures) {
        const message = 'The pictures are larger or more than the bound; some were not searched for codes.';
        note({ limit: 'image-pixels', allowed: limits.maxPixels, found: size, message });
        return false;
      }
      pictures += 1;
      pixels += size;
      return true;
    },
    takeText: (text) => {
      const kept = text.slice(0, Math.max(0, Math.min(limits.maxTextChars, limits.maxAllTextChars - chars)));
      chars += kept.length;
      return kept.replaceAll('\u0000', '\ufffd');
    },
    isSpent: () => {
      if (spentMs() - beganMs < limits.maxSpentMs) return false;
      const message = 'Opening the attachments took longer than allowed; what was left was not opened.';
      note({ limit: 'attachment-time', allowed: limits.maxSpentMs, message });
      return true;
    },
  };
}

/** Processor time that this process has used, in milliseconds: a busy machine does not make it longer. */
export function processSpentMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
