import { gunzipSync } from 'node:zlib';
import { openArchive } from './archive.ts';
import type { Opener } from './reading.ts';
import { emptyReading } from './reading.ts';

/** One packed file, or a packed tar. */
export const openGzip: Opener = async (file, means) => {
  const { budget } = means;
  const maxBytes = Math.min(
    budget.roomForFile(),
    Math.max(budget.limits.minRatioBytes, file.bytes.length * budget.limits.maxRatio),
  );
  const unpacked = unpack(file.bytes, maxBytes);
  if (unpacked === 'too-large') {
    const message = 'An archive unpacks to far more than its size; it was not unpacked to the end.';
    budget.note({ limit: 'attachment-ratio', allowed: budget.limits.maxRatio, message });
    return emptyReading({ features: ['bomb'], unread: [innerName(file.name)] });
  }
  if (isTar(unpacked)) return await openArchive({ ...file, bytes: unpacked }, means);
  if (!budget.takeFile(unpacked.length)) return emptyReading({ unread: [innerName(file.name)] });
  return emptyReading({ files: [{ name: innerName(file.name), via: 'archive', bytes: unpacked }] });
};

function unpack(bytes: Uint8Array, maxOutputLength: number): Uint8Array | 'too-large' {
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(1, maxOutputLength) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return 'too-large';
    throw error;
  }
}

function isTar(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(257, 262)).toString('latin1') === 'ustar';
}

function innerName(name: string): string {
  return name.replace(/\.(?:t?gz|gzip)$/i, '') || 'unpacked';
}
