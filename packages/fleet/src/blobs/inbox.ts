import { JobId, JobMeta, SluiceError } from '@sluice/contracts';
import type { DataKey } from '../settings/seal.ts';
import { isSealed, sealBytes, unsealBytes } from './crypt.ts';
import type { Objects } from './port.ts';
import { unreadable, unwritable } from './store.ts';

/**
 * What was submitted, one manifest a job, kept beside the blobs until the record has the job: an accepted mail survives the
 * loss of Redis even before that.
 */
export interface Inbox {
  /** Resolves when the manifest will survive a power cut. Throws `blob-unwritable` (time may heal it). */
  put(meta: JobMeta): Promise<void>;
  /** None there is no error. After a power cut a removed manifest may be there again. */
  remove(jobId: JobId): Promise<void>;
  /**
   * Manifests that were put at least this long ago, by job id (UUIDs of version 7: oldest first), those after the job `after`
   * where it is given. Fewer than `limit` means that there are no more. One that cannot be read is reported and passed over; a
   * damaged one is set aside. Throws `blob-unreadable` where nothing can be listed just now.
   */
  list(options: { olderThanMs: number; limit: number; after?: JobId }): Promise<JobMeta[]>;
}

export interface InboxConfig {
  objects: Objects;
  dataKey?: DataKey | undefined;
  /** Hears of manifests that cannot be read: `manifest-damaged`, `blob-locked`, `blob-unreadable`. */
  onTrouble: (error: SluiceError, jobId: JobId) => void;
  nowMs?: () => number;
}

const SUFFIX = '.json';
/** A damaged manifest is called so, for a person to look at, and removed after thirty days. */
const ASIDE = '.damaged';
const ASIDE_LIFE_MS = 30 * 24 * 3_600_000;
const READS_AT_ONCE = 16;

export function createInbox({ objects, dataKey, onTrouble, nowMs = Date.now }: InboxConfig): Inbox {
  return {
    async put(meta) {
      const { jobId } = meta;
      const plain = new TextEncoder().encode(JSON.stringify(JobMeta.parse(meta)));
      const stored = dataKey === undefined ? plain : sealBytes(dataKey, contextOf(jobId), plain);
      await objects.put(keyOf(jobId), stored, { durable: true }).catch(unwritable);
    },

    async remove(jobId) {
      await objects.remove(keyOf(jobId)).catch(unwritable);
    },

    async list({ olderThanMs, limit, after }) {
      const metas: JobMeta[] = [];
      let batch: JobId[] = [];
      const readBatch = async () => {
        metas.push(...(await Promise.all(batch.map(read))).filter((meta) => meta !== null));
        batch = [];
      };
      try {
        for await (const jobId of due(nowMs() - olderThanMs, after)) {
          if (metas.length >= limit) break;
          batch.push(jobId);
          if (batch.length >= Math.min(READS_AT_ONCE, limit - metas.length)) await readBatch();
        }
        await readBatch();
        return metas;
      } catch (error) {
        return unreadable(error);
      }
    },
  };

  /** The jobs whose manifests are old enough; on the way, those set aside long ago are removed. */
  async function* due(putBeforeMs: number, after: JobId | undefined): AsyncGenerator<JobId> {
    const from = after === undefined ? {} : { after: keyOf(after) };
    for await (const { key, modifiedMs } of objects.list({ folder: '', ...from })) {
      const jobId = JobId.safeParse(key.slice(0, -SUFFIX.length)).data;
      if (key.endsWith(ASIDE) && modifiedMs < nowMs() - ASIDE_LIFE_MS) await objects.remove(key);
      else if (jobId !== undefined && key.endsWith(SUFFIX) && modifiedMs <= putBeforeMs) yield jobId;
    }
  }

  /** Null where it is gone, or cannot be read. */
  async function read(jobId: JobId): Promise<JobMeta | null> {
    try {
      const stored = await objects.get(keyOf(jobId)).catch(unreadable);
      if (stored === null) return null;
      const meta = decode(jobId, stored);
      if (meta !== null) return meta;
      await setAside(jobId, stored);
      throw new SluiceError('manifest-damaged', 'The note of a submission is damaged and was set aside.');
    } catch (error) {
      onTrouble(error instanceof SluiceError ? error : asTrouble(error), jobId);
      return null;
    }
  }

  /** Null where it is damaged. Throws `blob-locked`. */
  function decode(jobId: JobId, stored: Uint8Array): JobMeta | null {
    const plain = isSealed(stored) ? unsealBytes(dataKey, contextOf(jobId), stored) : stored;
    if (plain === null) return null;
    const meta = JobMeta.safeParse(parseJson(new TextDecoder().decode(plain))).data;
    return meta?.jobId === jobId ? meta : null;
  }

  async function setAside(jobId: JobId, stored: Uint8Array): Promise<void> {
    await objects.put(keyOf(jobId) + ASIDE, stored, { durable: true }).catch(unwritable);
    await objects.remove(keyOf(jobId)).catch(unwritable);
  }
}

function asTrouble(cause: unknown): SluiceError {
  return new SluiceError('blob-unreadable', 'The note of a submission cannot be read.', {
    cause,
    disposition: 'retry',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function keyOf(jobId: JobId): string {
  return JobId.parse(jobId) + SUFFIX;
}

function contextOf(jobId: JobId): string {
  return `inbox/${jobId}`;
}
