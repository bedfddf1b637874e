import { MAIL_CAP_BYTES, SluiceError, visible } from '@sluice/contracts';
import { splitMbox, startsLikeMbox } from '@sluice/contracts/mbox';
import { faultOf, HEAD_BYTES, isZip } from '../not-a-mail.ts';
import { type ByteReader, createByteReader } from './bytes.ts';
import { faults } from './faults.ts';
import { readZip, type ZipEntry, type ZipLimits } from './zip.ts';

const NAME_CHARS = 200;
const ZIP_LIMITS: ZipLimits = { unpackedBytes: 1_024 ** 3, ratio: 200, freeBytes: 10 * 1_024 * 1_024 };

/** A mail of a batch, or why it is none. */
export type Item = { name: string } & ({ mail: Buffer } | { error: SluiceError });

/** A file as it came; the name is the sender's and may say anything. */
export interface IncomingFile {
  name: string;
  chunks: AsyncIterable<Uint8Array>;
  /** What the sender says that it is; else its first bytes say it. */
  kind?: 'mbox' | 'zip';
}

/** What archivers put beside the files. */
const BESIDE = /(^|\/)(__MACOSX\/|\._[^/]*$|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

/** The mails of a file: itself, or those in an mbox or zip. Throws where its bytes do not come, or nothing more of it can be read. */
export async function* mailsOf({ name, chunks, kind }: IncomingFile): AsyncGenerator<Item, void> {
  const reader = createByteReader(chunks);
  const head = await reader.peek(HEAD_BYTES);
  if (kind === 'zip' || isZip(head)) yield* ofZip(reader, name);
  else yield* ofPlain({ name, reader, isMbox: kind === 'mbox' });
}

interface PlainFile {
  name: string;
  reader: ByteReader;
  isMbox: boolean;
}

async function* ofPlain({ name, reader, isMbox }: PlainFile): AsyncGenerator<Item, void> {
  const head = await reader.peek(HEAD_BYTES);
  const error = faultOf(head);
  if (error !== null) yield { name: shown(name), error };
  else if (isMbox || (startsLikeMbox(head) && !/\.eml$/i.test(name))) yield* ofMbox(reader, name);
  else yield { name: shown(name), ...(await collect(reader.rest())) };
}

async function* ofMbox(reader: ByteReader, name: string): AsyncGenerator<Item, void> {
  let number = 0;
  for await (const entry of splitMbox(reader.rest(), MAIL_CAP_BYTES)) {
    number += 1;
    const found = 'mail' in entry ? { mail: Buffer.from(entry.mail) } : { error: faults.mailTooLarge() };
    yield { name: shown(`${name}#${number}`), ...found };
  }
  if (number === 0) yield { name: shown(name), error: faults.empty() };
}

async function* ofZip(reader: ByteReader, name: string): AsyncGenerator<Item, void> {
  let files = 0;
  for await (const entry of readZip(reader, ZIP_LIMITS)) {
    if (entry.isFolder || BESIDE.test(entry.name)) continue;
    files += 1;
    yield* ofEntry(entry);
  }
  // The directory at the end says nothing new.
  for await (const _ of reader.rest());
  if (files === 0) yield { name: shown(name), error: faults.empty() };
}

/** What is wrong with one file of an archive is said of that file. */
async function* ofEntry({ name, content }: ZipEntry): AsyncGenerator<Item, void> {
  try {
    const reader = createByteReader(content());
    const head = await reader.peek(HEAD_BYTES);
    if (isZip(head)) yield { name: shown(name), error: faults.nested() };
    else yield* ofPlain({ name, reader, isMbox: /\.mbox$/i.test(name) });
  } catch (error) {
    if (!(error instanceof SluiceError) || !isOfEntry(error)) throw error;
    yield { name: shown(name), error };
  }
}

/** Else the bytes of the archive itself do not come. */
function isOfEntry({ httpStatus }: SluiceError): boolean {
  return httpStatus === 422;
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<{ mail: Buffer } | { error: SluiceError }> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of chunks) {
    bytes += piece.byteLength;
    if (bytes > MAIL_CAP_BYTES) return { error: faults.mailTooLarge() };
    pieces.push(piece);
  }
  return bytes === 0 ? { error: faults.empty() } : { mail: Buffer.concat(pieces) };
}

/** A name as it may be shown and logged: one short line. */
export function shown(name: string): string {
  const text = visible(name);
  return text.length <= NAME_CHARS ? text : `…${text.slice(1 - NAME_CHARS)}`;
}
