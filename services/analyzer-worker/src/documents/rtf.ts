import { packagedFile, readOle } from './ole.ts';
import type { FileReading, Opener } from './reading.ts';
import { addFeature, emptyReading } from './reading.ts';

const MAX_RTF_CHARS = 8 * 1024 * 1024;
const MAX_OBJECTS = 20;
const OLE_MARK = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/** The class that packs files. */
const PACKAGE = Buffer.from('Package\0', 'latin1');

/** A rich-text file: its words and links, what it loads by itself, and the objects in it. */
export const openRtf: Opener = async ({ bytes }) => {
  const text = Buffer.from(bytes.subarray(0, MAX_RTF_CHARS)).toString('latin1');
  const reading = emptyReading({ text: wordsOf(text) });
  if (/\\\*\\template\s{0,5}[^{}]{0,20}(?:https?:|\\\\\\\\|file:)/i.test(text))
    addFeature(reading, 'external-template');
  if (/\\obj(?:autlink|link|update)\b/i.test(text)) addFeature(reading, 'external-object');
  if (/\bDDE(?:AUTO)?\s{1,5}["\\a-z]/i.test(text)) addFeature(reading, 'dde');
  for (const [value] of text.matchAll(/https?:\/\/[^\s"'<>{}\\]{4,2000}/gi)) {
    reading.links.push({ value, where: 'attachment-document' });
  }
  for (const data of objectsIn(text)) await takeObject(data, reading);
  return reading;
};

/** The data of objects stands in hexadecimal, between which hostile files strew other things. */
function objectsIn(text: string): Buffer[] {
  const objects: Buffer[] = [];
  let at = text.search(/\\objdata/i);
  while (at >= 0 && objects.length < MAX_OBJECTS) {
    const next = text.indexOf('\\objdata', at + 8);
    const group = text.slice(at + 8, next < 0 ? undefined : next);
    const hex = group.replace(/\\[a-z]{1,32}-?\d{0,10} ?|\\'[0-9a-f]{2}|[^0-9a-f}]/gi, '');
    const end = hex.indexOf('}');
    objects.push(Buffer.from(hex.slice(0, end < 0 ? undefined : end), 'hex'));
    at = next;
  }
  return objects;
}

async function takeObject(data: Buffer, reading: FileReading): Promise<void> {
  addFeature(reading, 'embedded-object');
  const ole = data.indexOf(OLE_MARK);
  if (ole >= 0) return takeOle(data.subarray(ole), reading);
  const mark = data.indexOf(PACKAGE);
  // After the class name come two empty names and the size of what follows ([MS-OLEDS] 2.2.5).
  const file = mark < 0 ? null : packagedFile(data.subarray(mark + PACKAGE.length + 8));
  if (file !== null) reading.files.push({ ...file, via: 'document' });
}

async function takeOle(bytes: Buffer, reading: FileReading): Promise<void> {
  try {
    for (const stream of await readOle(bytes)) {
      if (!stream.path.toLowerCase().endsWith('\u0001ole10native')) continue;
      const file = packagedFile(stream.bytes);
      if (file !== null) reading.files.push({ ...file, via: 'document' });
    }
  } catch {
    addFeature(reading, 'unreadable');
  }
}

/** What is left without groups that are not shown, control words and braces. */
function wordsOf(text: string): string {
  return text
    .replace(/\\(?:par|line|cell|row|tab)\b ?/g, '\n')
    .replace(/\{\\\*[^{}]{0,2000}\}/g, '')
    .replace(/\{\\(?:fonttbl|colortbl|stylesheet|info|pict)[^{}]{0,4000}/g, '')
    .replace(/\\u(-?\d{1,6})\??/g, (_, code: string) => String.fromCharCode(Number(code) & 0xffff))
    .replace(/\\'([0-9a-f]{2})/gi, (_, hex: string) => new TextDecoder('windows-1252').decode(Buffer.from(hex, 'hex')))
    .replace(/[0-9a-f]{100,}/gi, '')
    .replace(/\\[a-z]{1,32}-?\d{0,10} ?|[{}\\]/gi, '')
    .slice(0, 256 * 1024);
}
