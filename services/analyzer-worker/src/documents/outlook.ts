import { readHtml } from '../mail/html.ts';
import type { OleStream } from './ole.ts';
import type { FileReading } from './reading.ts';
import { emptyReading } from './reading.ts';

const MAX_TAGS = 10_000;
/** Properties of [MS-OXPROPS], as the names of streams end. */
const SUBJECT = '0037';
const SENDER = '0C1F';
const BODY = '1000';
const HTML = '1013';
const FILE_NAME = '3707';
const FILE_DATA = '3701';

/** An Outlook message (`.msg`): what it says, its links and its attachments; null where the file is none. */
export function messageIn(streams: readonly OleStream[]): FileReading | null {
  if (!streams.some(({ path }) => /^__properties_version1\.0$/i.test(path))) return null;
  const outer = streams.filter(({ path }) => !path.includes('/'));
  const reading = emptyReading();
  reading.text = [SUBJECT, SENDER, BODY].map((property) => textOf(outer, property)).join('\n');
  const { text, references } = readHtml(textOf(outer, HTML), MAX_TAGS);
  reading.text += text;
  for (const { value, label } of references) {
    reading.links.push({ value, where: 'attachment', ...(label === '' ? {} : { label }) });
  }
  for (const folder of foldersOf(streams)) {
    const inner = streams.filter(
      ({ path }) => path.startsWith(`${folder}/`) && path.lastIndexOf('/') === folder.length,
    );
    const data = streamOf(inner, FILE_DATA);
    if (data !== null)
      reading.files.push({ name: textOf(inner, FILE_NAME) || 'attached', via: 'document', bytes: data });
  }
  return reading;
}

function foldersOf(streams: readonly OleStream[]): string[] {
  const folders = streams.flatMap(({ path }) => /^__attach_version1\.0_#[0-9a-f]{8}(?=\/)/i.exec(path)?.[0] ?? []);
  return [...new Set(folders)];
}

function textOf(streams: readonly OleStream[], property: string): string {
  const found = find(streams, property);
  if (found === undefined) return '';
  return Buffer.from(found.bytes).toString(/001F$/i.test(found.path) ? 'utf16le' : 'utf8');
}

function streamOf(streams: readonly OleStream[], property: string): Uint8Array | null {
  return find(streams, property)?.bytes ?? null;
}

function find(streams: readonly OleStream[], property: string): OleStream | undefined {
  const name = new RegExp(`__substg1\\.0_${property}(?:001F|001E|0102)$`, 'i');
  return streams.find(({ path }) => name.test(path));
}
