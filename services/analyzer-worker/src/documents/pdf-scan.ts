import { inflateSync, constants } from 'node:zlib';
import type { AttachmentFeature } from '@sluice/contracts';

/** A picture's dictionary as it is written, and its packed data. */
export type PdfPicture = { dictionary: string; data: Uint8Array };

export type PdfScan = {
  features: AttachmentFeature[];
  /** Targets of links and addresses in scripts, as far as they stand in the open. */
  uris: string[];
  pictures: PdfPicture[];
};

const MAX_STREAMS = 5_000;
const MAX_PICTURES = 40;
const MAX_DICTIONARY_CHARS = 4_000;
/** Of objects that are packed into streams: of one, and of all. */
const MAX_PACKED_BYTES = 2 * 1024 * 1024;
const MAX_ALL_PACKED_BYTES = 8 * 1024 * 1024;
const MAX_URIS = 500;
const MAX_SCRIPT_CHARS = 4_000;
/** Names that say what a file can do; written with `#` escapes they hide from searches. */
const TELLING = /^(?:JavaScript|JS|OpenAction|AA|Launch|EmbeddedFiles?|URI|SubmitForm|ImportData|ObjStm|XFA|AcroForm)$/;
const END = String.raw`(?![A-Za-z0-9])`;
const ACTS = new RegExp(String.raw`/S\s{0,5}/(?:JavaScript|Launch|URI|SubmitForm|GoToR|GoToE|ImportData)${END}`);
const FEATURES: readonly [AttachmentFeature, RegExp][] = [
  ['javascript', new RegExp(`/(?:JavaScript|JS)${END}`)],
  ['launch-action', new RegExp(String.raw`/S\s{0,5}/Launch${END}`)],
  ['embedded-file', new RegExp(`/EmbeddedFiles?${END}`)],
  ['form', new RegExp(`/(?:AcroForm|XFA)${END}`)],
  ['form-submit', new RegExp(String.raw`/S\s{0,5}/(?:SubmitForm|ImportData)${END}`)],
];

/** What a PDF can do and where it leads, by its objects alone: it also works on files that no reader opens. Takes time in proportion to the file. */
export function scanPdf(bytes: Uint8Array): PdfScan {
  const { objects, pictures } = takeObjects(bytes);
  const { text, isObfuscated } = withPlainNames(objects);
  const features = FEATURES.filter(([, pattern]) => pattern.test(text)).map(([feature]) => feature);
  if (opensWithAction(text)) features.push('open-action');
  if (isObfuscated) features.push('obfuscated');
  return { features, uris: urisIn(text), pictures };
}

/** The file without the contents of its streams, but with the objects that are packed in some of them. */
function takeObjects(bytes: Uint8Array): { objects: string; pictures: PdfPicture[] } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const pieces: string[] = [];
  const pictures: PdfPicture[] = [];
  let packedBytes = 0;
  let from = 0;
  for (let streams = 0; streams < MAX_STREAMS; streams += 1) {
    const at = nextStream(text, from);
    if (at < 0) break;
    const dictionary = dictionaryBefore(text, at);
    const start = at + (text[at + 6] === '\r' && text[at + 7] === '\n' ? 8 : 7);
    const found = text.indexOf('endstream', start);
    const end = found < 0 ? text.length : found;
    pieces.push(text.slice(from, at));
    if (/\/Obj(?:#53|S)tm/.test(dictionary) && packedBytes < MAX_ALL_PACKED_BYTES) {
      const unpacked = unpack(bytes.subarray(start, end));
      packedBytes += unpacked.length;
      pieces.push(unpacked);
    } else if (/\/Subtype\s{0,5}\/Image/.test(dictionary) && pictures.length < MAX_PICTURES) {
      pictures.push({ dictionary, data: bytes.subarray(start, end) });
    }
    from = end;
  }
  pieces.push(text.slice(from));
  return { objects: pieces.join('\n'), pictures };
}

function nextStream(text: string, from: number): number {
  for (let at = text.indexOf('stream', from); at >= 0; at = text.indexOf('stream', at + 6)) {
    const after = text[at + 6];
    if ((after === '\r' || after === '\n') && text.slice(at - 3, at) !== 'end') return at;
  }
  return -1;
}

function dictionaryBefore(text: string, at: number): string {
  const near = text.slice(Math.max(0, at - MAX_DICTIONARY_CHARS), at);
  return near.slice(Math.max(0, near.lastIndexOf(' obj'), near.lastIndexOf('endobj')));
}

function unpack(data: Uint8Array): string {
  try {
    const options = { maxOutputLength: MAX_PACKED_BYTES, finishFlush: constants.Z_SYNC_FLUSH };
    return inflateSync(data, options).toString('latin1');
  } catch {
    return '';
  }
}

/** `/J#61vaScript` is `/JavaScript`. */
function withPlainNames(text: string): { text: string; isObfuscated: boolean } {
  let isObfuscated = false;
  const plain = text.replace(/\/[A-Za-z0-9]{0,30}#[0-9a-fA-F]{2}[A-Za-z0-9#]{0,60}/g, (name) => {
    const decoded = name.replace(/#([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    isObfuscated ||= TELLING.test(decoded.slice(1));
    return decoded;
  });
  return { text: plain, isObfuscated };
}

/** Most files only say which page comes first; what is meant here does something. */
function opensWithAction(text: string): boolean {
  const match = /\/OpenAction\s{0,10}(?:<<([^]{0,300})|(\d{1,7})\s{1,5}\d{1,5}\s{1,5}R)/.exec(text);
  if (match === null) return false;
  if (match[2] === undefined) return ACTS.test(match[1] ?? '');
  const at = text.search(new RegExp(String.raw`(?<!\d)${match[2]}\s{1,5}\d{1,5}\s{1,5}obj`));
  return at >= 0 && ACTS.test(text.slice(at, text.indexOf('endobj', at)).slice(0, MAX_DICTIONARY_CHARS));
}

function urisIn(text: string): string[] {
  const found = new Set<string>();
  for (const match of text.matchAll(/\/URI\s{0,10}(?:\(((?:\\[^]|[^\\()]){1,4096})\)|<([0-9a-fA-F\s]{2,8192})>)/g)) {
    if (found.size >= MAX_URIS) break;
    found.add(match[1] === undefined ? fromHex(match[2] ?? '') : fromEscapes(match[1]));
  }
  for (const match of text.matchAll(/\/JS\s{0,10}\(/g)) {
    if (found.size >= MAX_URIS) break;
    const script = text.slice(match.index, match.index + MAX_SCRIPT_CHARS);
    for (const [url] of script.matchAll(/https?:\/\/[^\s"'<>\\)]{4,2000}/gi)) found.add(url);
  }
  return [...found];
}

function fromHex(hex: string): string {
  return Buffer.from(hex.replace(/\s+/g, ''), 'hex').toString('latin1');
}

function fromEscapes(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|\r?\n|([^]))/g, (_, octal?: string, letter?: string) =>
    octal === undefined ? (letter ?? '') : String.fromCharCode(Number.parseInt(octal, 8) & 0xff),
  );
}
