import { type BatchLine, SluiceError } from '@sluice/contracts';

export type UploadState = 'waiting' | 'sending' | 'accepted' | 'refused';

export interface Upload {
  id: number;
  name: string;
  sizeBytes: number;
  state: UploadState;
  jobId: string | null;
  /** The batch that it went with. */
  batch: string | null;
  error: Error | null;
  /** Its bytes are at hand: it can be sent again. */
  isAgain: boolean;
}

/** A mail, or an archive of mails, that is still to be sent. */
export interface Parcel {
  name: string;
  sizeBytes: number;
  kind: 'mail' | 'mbox' | 'zip';
  bytes: () => Promise<Uint8Array>;
}

export interface Entry {
  id: number;
  parcel: Parcel;
}

/** What became of a batch: a line for each of its mails, in their order. */
export interface Answer {
  requestId: string;
  mails: readonly BatchLine[];
  /** Why the rest could not be read. */
  fault: Error | null;
}

export type Ledger = ReturnType<typeof createLedger>;

/** What was handed over, and how each of it fares. `onChange` is told of every change, with the whole list. */
export function createLedger(onChange: (uploads: readonly Upload[]) => void) {
  let list: readonly Upload[] = [];
  const parcels = new Map<number, Parcel>();
  let nextId = 1;

  function put(next: readonly Upload[]): void {
    list = next;
    onChange(list);
  }

  function change(ids: readonly number[], what: Partial<Upload>): void {
    put(list.map((upload) => (ids.includes(upload.id) ? { ...upload, ...what } : upload)));
  }

  function accept(id: number, jobId: string, batch: string | null): void {
    parcels.delete(id);
    change([id], { state: 'accepted', jobId, batch, isAgain: false });
  }

  return {
    change,
    accept,
    parcel: (id: number): Parcel | undefined => parcels.get(id),
    add(added: readonly Parcel[]): Entry[] {
      const entries = added.map((parcel) => ({ id: nextId++, parcel }));
      for (const { id, parcel } of entries) parcels.set(id, parcel);
      put([...entries.map(({ id, parcel }) => fresh(id, parcel.name, parcel.sizeBytes)), ...list]);
      return entries;
    },
    /** A batch was answered: each of its entries has a line, or was not read. */
    settle(entries: readonly Entry[], { requestId, mails, fault }: Answer): void {
      entries.forEach(({ id }, at) => {
        const line = mails.find(({ index }) => index === at);
        if (line !== undefined && 'jobId' in line) accept(id, line.jobId, requestId);
        else change([id], { state: 'refused', error: line === undefined ? (fault ?? UNREAD) : problemOf(line.error) });
      });
    },
    /** In the place of what was sent, a line for each mail that was found in it. */
    spread(ids: readonly number[], { requestId, mails, fault }: Answer): void {
      const inside = mails.map((line) => ({ ...fresh(nextId++, line.name, null), ...fateOf(line), batch: requestId }));
      const rest = { state: 'refused' as const, error: fault, isAgain: false };
      for (const id of ids) parcels.delete(id);
      const next = list.flatMap((upload) => {
        if (!ids.includes(upload.id)) return [upload];
        if (upload.id !== ids[0]) return [];
        return fault === null ? inside : [{ ...upload, ...rest }, ...inside];
      });
      put(next);
    },
    clear(): void {
      put(list.filter(({ state }) => state === 'waiting' || state === 'sending'));
    },
  };
}

const UNREAD = new SluiceError('not-read', 'The fleet did not read it.', { disposition: 'retry', httpStatus: 503 });

function fresh(id: number, name: string, sizeBytes: number | null): Upload {
  const nothing = { jobId: null, batch: null, error: null };
  return { id, name, sizeBytes: sizeBytes ?? 0, state: 'waiting', isAgain: sizeBytes !== null, ...nothing };
}

function fateOf(line: BatchLine): Pick<Upload, 'state' | 'jobId' | 'error'> {
  if ('jobId' in line) return { state: 'accepted', jobId: line.jobId, error: null };
  return { state: 'refused', jobId: null, error: problemOf(line.error) };
}

function problemOf({ code, detail, title, status }: Extract<BatchLine, { error: unknown }>['error']): SluiceError {
  return new SluiceError(code, detail ?? title, { httpStatus: status });
}
