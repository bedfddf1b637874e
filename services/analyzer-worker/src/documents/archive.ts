import type { ArchiveReader, LibarchiveWasm } from 'libarchive-wasm';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { FileReading, Opener } from './reading.ts';
import { addFeature, emptyReading } from './reading.ts';
import type { SealedEntry } from './sealed-zip.ts';
import { sealedEntries, unseal } from './sealed-zip.ts';

/** What libarchive may keep, the packed file included; dictionaries of hostile archives ask for gigabytes. */
const MAX_HEAP_BYTES = 96 * 1024 * 1024;
/** A heap that has grown past this is given back to the system with its module. */
const KEPT_HEAP_BYTES = 32 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const MAX_UNREAD = 20;
const MAX_NAME_CHARS = 500;

/** Zip, 7z, RAR, tar (also compressed), cab, iso and their like; a zip that is locked is tried with the passwords, everything else that is locked is named. */
export const openArchive: Opener = async ({ bytes }, { budget, passwords }) => {
  const first = await unpackArchive(bytes, { budget, password: null });
  if (!first.features.includes('encrypted') || first.files.length > 0 || !isZip(bytes)) return first;
  const sealed = sealedEntries(bytes, budget.limits.maxEntries);
  for (const password of passwords()) {
    if (budget.isSpent()) break;
    const unpacking = { budget, password };
    const opened = sealed.length > 0 ? unsealAll(bytes, sealed, unpacking) : await unpackArchive(bytes, unpacking);
    if (opened.files.length > 0) return { ...opened, features: [...opened.features, 'password-in-mail'] };
  }
  return first;
};

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

function unsealAll(
  bytes: Uint8Array,
  sealed: readonly SealedEntry[],
  { budget, password }: { budget: Budget; password: string },
): FileReading {
  const reading = emptyReading({ features: ['encrypted'] });
  let room = roomByRatio({ packedBytes: bytes.length, budget });
  for (const entry of sealed) {
    const name = cleanName(entry.name);
    if (name.endsWith('/')) continue;
    if (leadsOut(name)) addFeature(reading, 'path-traversal');
    const content = budget.isSpent() ? null : unseal(entry, password, Math.min(budget.roomForFile(), room));
    if (content !== null && budget.takeFile(content.length)) {
      room -= content.length;
      reading.files.push({ name, via: 'archive', bytes: content });
    } else if (reading.unread.length < MAX_UNREAD) reading.unread.push(name);
  }
  return reading;
}

type Budget = Parameters<Opener>[1]['budget'];

export type Unpacking = {
  budget: Budget;
  password: string | null;
  /** The entries to be read, where not all are. */
  wants?: (name: string) => boolean;
};

/** The entries of an archive as files; never rejects: what is broken is `unreadable`, or read as far as it goes. */
export async function unpackArchive(bytes: Uint8Array, unpacking: Unpacking): Promise<FileReading> {
  const { ArchiveReader: Reader } = await import('libarchive-wasm');
  const library = await loadLibrary();
  const reading = emptyReading();
  let isWhole = false;
  try {
    const reader = new Reader(
      library,
      new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length),
      unpacking.password ?? undefined,
    );
    try {
      readEntries(reader, { ...unpacking, packedBytes: bytes.length, reading });
    } finally {
      reader.free();
    }
    isWhole = true;
  } catch {
    if (reading.files.length === 0 && reading.unread.length === 0) addFeature(reading, 'unreadable');
  } finally {
    // A module that has thrown may be in any state, and its memory never shrinks.
    if (!isWhole || library.module.HEAP8.length > KEPT_HEAP_BYTES) kept = null;
  }
  return reading;
}

type Walk = Unpacking & { packedBytes: number; reading: FileReading };

function readEntries(reader: ArchiveReader, walk: Walk): void {
  const { budget, reading, wants } = walk;
  let unpacked = 0;
  let count = 0;
  for (; ; count += 1) {
    if (count >= budget.limits.maxEntries || budget.isSpent()) return noteEntries(budget);
    const entry = reader.nextEntryPointer();
    if (entry === 0) break;
    if (reader.getEntryFiletype(entry) === 'Directory') continue;
    const name = nameOf(reader, entry);
    if (wants?.(name) === false) continue;
    if (leadsOut(name)) addFeature(reading, 'path-traversal');
    const room = Math.min(budget.roomForFile(), roomByRatio(walk) - unpacked);
    const content = readEntry(reader, entry, room);
    unpacked += content.bytes.length;
    if (content.isLocked) addFeature(reading, 'encrypted');
    if (content.isTooLarge) addFeature(reading, 'bomb');
    // The parts of a document are no files of their own.
    const hasRoom = wants !== undefined || budget.takeFile(content.bytes.length);
    if (content.isWhole && hasRoom) {
      reading.files.push({ name, via: 'archive', bytes: content.bytes });
    } else if (reading.unread.length < MAX_UNREAD) reading.unread.push(name);
    if (content.isTooLarge) {
      const message = 'An archive unpacks to far more than its size; it was not unpacked to the end.';
      budget.note({ limit: 'attachment-ratio', allowed: budget.limits.maxRatio, message });
      break;
    }
  }
  if (reader.hasEncryptedData() === true) addFeature(reading, 'encrypted');
  else if (count === 0 && reading.unread.length === 0) addFeature(reading, 'unreadable');
}

function roomByRatio({ packedBytes, budget: { limits } }: Pick<Walk, 'packedBytes' | 'budget'>): number {
  return Math.max(limits.minRatioBytes, packedBytes * limits.maxRatio);
}

type EntryContent = { bytes: Uint8Array; isWhole: boolean; isLocked: boolean; isTooLarge: boolean };

function readEntry(reader: ArchiveReader, entry: number, room: number): EntryContent {
  const isLocked = reader.isEntryEncrypted(entry);
  const chunks: Int8Array[] = [];
  let size = 0;
  const ending = (isWhole: boolean, isTooLarge: boolean): EntryContent => {
    const bytes = isWhole ? joined(chunks, size) : new Uint8Array(0);
    return { bytes, isWhole, isLocked, isTooLarge };
  };
  try {
    for (;;) {
      const chunk = reader.readData(CHUNK_BYTES);
      if (chunk.length === 0) return ending(!isLocked || size > 0 || reader.getEntrySize(entry) === 0, false);
      size += chunk.length;
      if (size > room) return ending(false, true);
      chunks.push(chunk);
    }
  } catch {
    return ending(false, false);
  }
}

function joined(chunks: readonly Int8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function nameOf(reader: ArchiveReader, entry: number): string {
  // Null where the name has no reading in Unicode, whatever the type says.
  const name = reader.getEntryPathname(entry) as string | null;
  return cleanName(name ?? 'unnamed');
}

function cleanName(name: string): string {
  return name.replaceAll('\u0000', '').slice(0, MAX_NAME_CHARS);
}

function leadsOut(name: string): boolean {
  return /^(?:[/\\]|[a-z]:[/\\])|(?:^|[/\\])\.\.(?:[/\\]|$)/i.test(name);
}

function noteEntries(budget: Budget): void {
  const message = 'An archive has more entries than the bound; the first ones were looked at.';
  budget.note({ limit: 'attachment-files', allowed: budget.limits.maxEntries, message });
}

let kept: LibarchiveWasm | null = null;

/** From the package's own file, with a bound on what it may allocate. */
async function loadLibrary(): Promise<LibarchiveWasm> {
  if (kept !== null) return kept;
  const { libarchiveWasm } = await import('libarchive-wasm');
  const binary = readFileSync(createRequire(import.meta.url).resolve('libarchive-wasm/dist/libarchive.wasm'));
  kept = await libarchiveWasm({ instantiateWasm: instantiateBounded(binary) });
  return kept;
}

/** TypeScript knows it with the browser's library only. */
declare const WebAssembly: {
  Module: new (binary: Uint8Array) => object;
  Instance: new (module: object, imports: Imports) => object;
};
type Imports = Record<string, Record<string, unknown>>;

function instantiateBounded(binary: Uint8Array) {
  return (imports: Imports, receive: (instance: object) => void): object => {
    for (const module of Object.values(imports)) {
      for (const [name, value] of Object.entries(module)) {
        if (typeof value !== 'function' || value.name !== '_emscripten_resize_heap') continue;
        const grow = value as (bytes: number) => number;
        module[name] = (bytes: number) => (bytes >>> 0 > MAX_HEAP_BYTES ? 0 : grow(bytes));
      }
    }
    receive(new WebAssembly.Instance(new WebAssembly.Module(binary), imports));
    return {};
  };
}
