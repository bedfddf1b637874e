import { hasRing } from './ole-chains.ts';

/** A stream of an OLE file (old Office documents, Outlook messages, VBA projects) by its path below the root. */
export type OleStream = { path: string; bytes: Uint8Array };

const STREAM = 2;
const MAX_STREAMS = 2_000;

/** The streams of an OLE file, in its order. Throws on what is none. */
export async function readOle(bytes: Uint8Array): Promise<OleStream[]> {
  const { default: cfb } = await import('cfb');
  const file = Buffer.from(bytes);
  if (hasRing(file)) throw new Error('its sectors are linked in a ring');
  const { FullPaths, FileIndex } = cfb.read(file, { type: 'buffer' });
  return FileIndex.flatMap(({ type, content }, index) => {
    if (type !== STREAM || content === undefined) return [];
    const path = (FullPaths[index] ?? '').replace(/^[^/]*\//, '');
    return [{ path, bytes: content instanceof Uint8Array ? content : Uint8Array.from(content) }];
  }).slice(0, MAX_STREAMS);
}

/** The file inside a `\x01Ole10Native` stream ([MS-OLEDS] 2.3.6 and the packager's own header); null where there is none. */
export function packagedFile(stream: Uint8Array): { name: string; bytes: Uint8Array } | null {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length);
  if (bytes.length < 10) return null;
  let at = 6;
  const words: string[] = [];
  const word = (): void => {
    const end = bytes.indexOf(0, at);
    if (end < 0) throw new Error('cut short');
    words.push(bytes.subarray(at, end).toString('latin1'));
    at = end + 1;
  };
  try {
    word();
    word();
    at += 8;
    word();
    const size = bytes.readUInt32LE(at);
    const content = bytes.subarray(at + 4, at + 4 + size);
    const name = (words[0] || words[1] || 'embedded').replace(/^.*[\\/]/, '');
    return content.length === 0 ? null : { name, bytes: content };
  } catch {
    return null;
  }
}
