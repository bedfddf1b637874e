import { readMacros } from './macros.ts';
import type { OleStream } from './ole.ts';
import { packagedFile, readOle } from './ole.ts';
import { messageIn } from './outlook.ts';
import { wordsIn } from './plain-text.ts';
import type { FileReading, Opener } from './reading.ts';
import { addFeature, emptyReading } from './reading.ts';

const MACROS = /(?:^|\/)(?:_VBA_PROJECT(?:_CUR)?|VBA)\//i;
const MAX_RECORDS = 20_000;

/** An OLE file: a document of Office 97–2003, a locked one of any age, or an Outlook message. */
export const openOldOffice: Opener = async ({ bytes }) => {
  const streams = await readOle(bytes);
  const message = messageIn(streams);
  if (message !== null) return message;
  const reading = emptyReading();
  const project = streams.filter(({ path }) => MACROS.test(path));
  if (project.length > 0) takeMacros(project, reading);
  for (const stream of streams) takeStream(stream, reading);
  return reading;
};

function takeMacros(project: readonly OleStream[], reading: FileReading): void {
  const { features, links } = readMacros(project.map(({ bytes }) => bytes));
  for (const feature of features) addFeature(reading, feature);
  for (const value of links) reading.links.push({ value, where: 'attachment-document' });
}

function takeStream({ path, bytes }: OleStream, reading: FileReading): void {
  const name = path.split('/').at(-1)?.toLowerCase() ?? '';
  if (name === 'encryptedpackage' || name === 'encryptioninfo') addFeature(reading, 'encrypted');
  else if (name === '\u0001ole10native') takePackage(bytes, reading);
  else if (name === 'package') {
    addFeature(reading, 'embedded-object');
    reading.files.push({ name: 'embedded', via: 'document', bytes });
  } else if (name === 'worddocument') takeWord(bytes, reading);
  else if (name === 'workbook' || name === 'book') takeWorkbook(bytes, reading);
  else if (name === 'powerpoint document') reading.text += wordsIn(bytes);
}

function takePackage(bytes: Uint8Array, reading: FileReading): void {
  addFeature(reading, 'embedded-object');
  const file = packagedFile(bytes);
  if (file !== null) reading.files.push({ ...file, via: 'document' });
}

/** Of [MS-DOC] only the flag that says that the text is encrypted; the words are found as they lie. */
function takeWord(bytes: Uint8Array, reading: FileReading): void {
  if (((bytes[11] ?? 0) & 1) !== 0) return addFeature(reading, 'encrypted');
  reading.text += wordsIn(bytes);
  if (/\bDDE(?:AUTO)?\b/.test(reading.text)) addFeature(reading, 'dde');
}

/** Of [MS-XLS] the records that say: locked, a macro sheet, a name that starts by itself. */
function takeWorkbook(stream: Uint8Array, reading: FileReading): void {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length);
  let at = 0;
  for (let count = 0; count < MAX_RECORDS && at + 4 <= bytes.length; count += 1) {
    const kind = bytes.readUInt16LE(at);
    const body = bytes.subarray(at + 4, at + 4 + bytes.readUInt16LE(at + 2));
    if (kind === 0x2f) return addFeature(reading, 'encrypted');
    if (kind === 0x85 && body[5] === 1) addFeature(reading, 'macro');
    if (kind === 0x18 && ((body[0] ?? 0) & 0x20) !== 0 && body[15] === 1) addFeature(reading, 'auto-open');
    at += 4 + body.length;
  }
  reading.text += wordsIn(bytes);
}
