import { SluiceError } from '@sluice/contracts';

/** The gateway takes no larger mail. */
const MAIL_CAP_BYTES = 25 * 1_024 * 1_024;
/** So many are on their way at once. */
const LANES = 3;

export type UploadState = 'waiting' | 'sending' | 'accepted' | 'refused';

export interface Upload {
  id: number;
  name: string;
  sizeBytes: number;
  state: UploadState;
  jobId: string | null;
  error: Error | null;
}

/** A mail that is still to be sent. */
export interface Parcel {
  name: string;
  sizeBytes: number;
  bytes: () => Promise<Uint8Array>;
}

interface UploadsConfig {
  submit: (mail: Uint8Array) => Promise<{ jobId: string }>;
  /** Told of every change, with the whole list. */
  onChange: (uploads: readonly Upload[]) => void;
}

/** Sends mails, a few at once, each by itself: what is refused stops no other. */
export function createUploads({ submit, onChange }: UploadsConfig) {
  let list: readonly Upload[] = [];
  const waiting: { id: number; parcel: Parcel }[] = [];
  const parcels = new Map<number, Parcel>();
  let busy = 0;
  let nextId = 1;

  function change(id: number, what: Partial<Upload>): void {
    list = list.map((upload) => (upload.id === id ? { ...upload, ...what } : upload));
    onChange(list);
  }

  async function send({ id, parcel }: { id: number; parcel: Parcel }): Promise<void> {
    change(id, { state: 'sending', error: null });
    try {
      checkSize(parcel.sizeBytes);
      const { jobId } = await submit(await parcel.bytes());
      parcels.delete(id);
      change(id, { state: 'accepted', jobId });
    } catch (error) {
      change(id, { state: 'refused', error: error as Error });
    }
  }

  async function work(): Promise<void> {
    if (busy >= LANES) return;
    busy += 1;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await send(next);
    busy -= 1;
  }

  function start(): void {
    for (let lane = 0; lane < LANES; lane += 1) void work();
  }

  return {
    add(added: readonly Parcel[]): void {
      const entries = added.map((parcel) => ({ id: nextId++, parcel }));
      for (const { id, parcel } of entries) parcels.set(id, parcel);
      const fresh = entries.map(({ id, parcel: { name, sizeBytes } }) => ({
        id,
        name,
        sizeBytes,
        state: 'waiting' as const,
        jobId: null,
        error: null,
      }));
      list = [...fresh, ...list];
      onChange(list);
      waiting.push(...entries);
      start();
    },
    again(id: number): void {
      const parcel = parcels.get(id);
      if (parcel === undefined) return;
      waiting.push({ id, parcel });
      change(id, { state: 'waiting', error: null });
      start();
    },
    clear(): void {
      list = list.filter(({ state }) => state === 'waiting' || state === 'sending');
      onChange(list);
    },
  };
}

function checkSize(sizeBytes: number): void {
  if (sizeBytes === 0) throw new SluiceError('empty-mail', 'The file is empty.', { httpStatus: 400 });
  if (sizeBytes <= MAIL_CAP_BYTES) return;
  throw new SluiceError('too-large', 'The file is larger than 25 MB, the most that a mail may have.', {
    httpStatus: 413,
  });
}
