import type { Parcel } from './ledger.ts';

const KINDS: Readonly<Record<string, Parcel['kind']>> = { mbox: 'mbox', mbx: 'mbox', zip: 'zip' };

/** A file as it is handed over; what its name says of it is enough, the fleet looks for itself. */
export function parcelOf(file: File): Parcel {
  const ending = /\.([a-z]+)$/i.exec(file.name)?.[1]?.toLowerCase() ?? '';
  return {
    name: file.name,
    sizeBytes: file.size,
    kind: KINDS[ending] ?? 'mail',
    bytes: async () => new Uint8Array(await file.arrayBuffer()),
  };
}
