import { MAIL_CAP_BYTES, SluiceError } from '@sluice/contracts';
import { type Answer, createLedger, type Entry, type Ledger, type Parcel, type Upload } from './ledger.ts';

/** A batch has no more mails; what is dropped beyond that is a batch of its own. */
const BATCH_MAILS = 1_000;
/** Read into memory together. */
const BATCH_BYTES = 200 * 1_024 * 1_024;

interface Post {
  submitOne: (mail: Uint8Array) => Promise<{ jobId: string }>;
  submitMany: (mails: readonly { name: string; mail: Uint8Array }[]) => Promise<Answer>;
  submitArchive: (kind: 'mbox' | 'zip', archive: Uint8Array, name: string) => Promise<Answer>;
}

interface UploadsConfig extends Post {
  /** Told of every change, with the whole list. */
  onChange: (uploads: readonly Upload[]) => void;
}

/** Sends one mail by itself, many as a batch, and each archive as one; what is refused stops no other. */
export function createUploads({ onChange, ...post }: UploadsConfig) {
  const ledger = createLedger(onChange);
  const work: (() => Promise<void>)[] = [];
  let isBusy = false;

  function queue(entries: readonly Entry[]): void {
    const ids = entries.map(({ id }) => id);
    work.push(async () => {
      ledger.change(ids, { state: 'sending', error: null });
      try {
        await send(post, ledger, entries);
      } catch (error) {
        ledger.change(ids, { state: 'refused', error: error as Error });
      }
    });
  }

  async function run(): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    for (let next = work.shift(); next !== undefined; next = work.shift()) await next();
    isBusy = false;
  }

  return {
    add(added: readonly Parcel[]): void {
      const sound = ledger.add(added).filter(({ id, parcel }) => {
        const error = sizeFault(parcel);
        if (error !== null) ledger.change([id], { state: 'refused', error });
        return error === null;
      });
      for (const entry of sound) if (entry.parcel.kind !== 'mail') queue([entry]);
      for (const batch of batchesOf(sound.filter(({ parcel }) => parcel.kind === 'mail'))) queue(batch);
      void run();
    },
    again(id: number): void {
      const parcel = ledger.parcel(id);
      if (parcel === undefined) return;
      ledger.change([id], { state: 'waiting', error: null });
      queue([{ id, parcel }]);
      void run();
    },
    clear: ledger.clear,
  };
}

/** One mail, one archive, or several mails. */
async function send(post: Post, ledger: Ledger, entries: readonly Entry[]): Promise<void> {
  const [first, ...more] = entries;
  if (first === undefined) return;
  const { kind, name, bytes } = first.parcel;
  if (kind !== 'mail') return ledger.spread([first.id], await post.submitArchive(kind, await bytes(), name));
  if (more.length === 0) return ledger.accept(first.id, (await post.submitOne(await bytes())).jobId, null);
  const mails = entries.map(async ({ parcel }) => ({ name: parcel.name, mail: await parcel.bytes() }));
  const answer = await post.submitMany(await Promise.all(mails));
  if (answer.mails.length <= entries.length) return ledger.settle(entries, answer);
  // One of them was an archive in disguise.
  ledger.spread(
    entries.map(({ id }) => id),
    answer,
  );
}

function sizeFault({ kind, sizeBytes }: Parcel): SluiceError | null {
  if (sizeBytes === 0) return new SluiceError('empty-mail', 'The file is empty.', { httpStatus: 400 });
  if (kind !== 'mail' || sizeBytes <= MAIL_CAP_BYTES) return null;
  return new SluiceError('too-large', 'The file is larger than 25 MB, the most that a mail may have.', {
    httpStatus: 413,
  });
}

function batchesOf(entries: readonly Entry[]): Entry[][] {
  const batches: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = batches.at(-1);
    bytes += entry.parcel.sizeBytes;
    if (last !== undefined && last.length < BATCH_MAILS && bytes <= BATCH_BYTES) last.push(entry);
    else {
      batches.push([entry]);
      bytes = entry.parcel.sizeBytes;
    }
  }
  return batches;
}
