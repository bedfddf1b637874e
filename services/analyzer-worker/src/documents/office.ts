import { unpackArchive } from './archive.ts';
import { codesInPicture } from './codes.ts';
import { readMacros } from './macros.ts';
import { attributeOf, unescapeXml } from './markup.ts';
import { readOle } from './ole.ts';
import type { FileReading, FoundFile, Opener } from './reading.ts';
import { addFeature, emptyReading } from './reading.ts';

const MACROS = /(?:^|\/)vbaproject[^/]{0,20}\.bin$/i;
/** Excel's old macros, in sheets of their own. */
const MACRO_SHEETS = /(?:^|\/)xl\/(?:macrosheets|intlmacrosheets)\//i;
const EMBEDDED = /\/(?:embeddings|activex)\/[^/]{1,200}$/i;
const PICTURES = /\/media\/[^/]{1,200}\.(?:png|jpe?g|gif|bmp)$/i;
const WORDS =
  /^(?:word\/(?:document|footnotes|endnotes|comments|header\d{0,3}|footer\d{0,3})\.xml|xl\/(?:sharedstrings|externallinks\/[^/]{1,80}|worksheets\/[^/]{1,80})\.xml|ppt\/(?:slides|notesslides)\/[^/]{1,80}\.xml|content\.xml)$/i;
const MAX_PICTURES = 10;
const MAX_XML_CHARS = 4 * 1024 * 1024;
/** Relationships that are followed when the document is opened, without a click. */
const TEMPLATE = /\/attachedTemplate$/i;
const LOADED = /\/(?:oleObject|frame|subDocument|externalLinkPath|xlExternalLinkPath|control|package|mailMergeSource)/i;

/** A document of today's Office or of LibreOffice: a zip of XML. */
export const openOffice: Opener = async ({ bytes }, { budget }) => {
  const wants = (name: string): boolean =>
    /\.rels$/i.test(name) || [MACROS, MACRO_SHEETS, EMBEDDED, PICTURES, WORDS].some((kind) => kind.test(name));
  const { files, features } = await unpackArchive(bytes, { budget, password: null, wants });
  const reading = emptyReading({ features });
  for (const file of files) takePart(file, reading);
  for (const picture of files.filter(({ name }) => PICTURES.test(name)).slice(0, MAX_PICTURES)) {
    if (!budget.isSpent()) reading.codes.push(...(await codesInPicture(picture.bytes, budget)));
  }
  for (const project of files.filter(({ name }) => MACROS.test(name))) await takeMacros(project, reading);
  return reading;
};

function takePart(file: FoundFile, reading: FileReading): void {
  if (MACRO_SHEETS.test(file.name)) addFeature(reading, 'macro');
  if (EMBEDDED.test(file.name)) {
    addFeature(reading, 'embedded-object');
    if (!/\.xml$|\.rels$/i.test(file.name)) reading.files.push({ ...file, via: 'document' });
  }
  const isXml = WORDS.test(file.name) || /\.rels$/i.test(file.name);
  if (!isXml) return;
  const xml = Buffer.from(file.bytes).toString('utf8').slice(0, MAX_XML_CHARS);
  if (/\.rels$/i.test(file.name)) return takeRelationships(xml, reading);
  takeFields(xml, reading);
  reading.text += wordsOf(xml);
}

async function takeMacros(project: FoundFile, reading: FileReading): Promise<void> {
  addFeature(reading, 'macro');
  const streams = await readOle(project.bytes);
  const { features, links } = readMacros(streams.map(({ bytes }) => bytes));
  for (const feature of features) addFeature(reading, feature);
  for (const value of links) reading.links.push({ value, where: 'attachment-document' });
}

function takeRelationships(xml: string, reading: FileReading): void {
  for (const [tag] of xml.matchAll(/<(?:[a-z0-9]{1,20}:)?Relationship\s[^>]{1,9000}>/gi)) {
    if (attributeOf(tag, 'TargetMode')?.toLowerCase() !== 'external') continue;
    const target = attributeOf(tag, 'Target') ?? '';
    const type = attributeOf(tag, 'Type') ?? '';
    const isElsewhere = /^(?:https?|ftp|file|mhtml|x-usc|ms-[a-z]+):|^\\\\|^\/\//i.test(target);
    if (TEMPLATE.test(type) && isElsewhere) addFeature(reading, 'external-template');
    if (LOADED.test(type) && isElsewhere) addFeature(reading, 'external-object');
    reading.links.push({ value: target.replace(/^(?:mhtml|x-usc):/i, ''), where: 'attachment-document' });
  }
}

/** What fields do stands in pieces between other markup. */
function takeFields(xml: string, reading: FileReading): void {
  const pieces = Array.from(
    xml.matchAll(/<w:instrText(?:\s[^>]{0,200})?>([^<]{0,4000})<|\sw:instr="([^"]{0,4000})"/g),
    (match) => match[1] ?? match[2] ?? '',
  );
  const fields = unescapeXml(pieces.join(''));
  const formulas = /<ddeLink\s|<f(?:\s[^>]{0,200})?>[^<]{0,200}(?:\bcmd|mshta|powershell)[^<]{0,20}\|/i;
  if (/\bDDE(?:AUTO)?\b/i.test(fields) || formulas.test(xml)) addFeature(reading, 'dde');
  if (/\bINCLUDE(?:PICTURE|TEXT)\s{1,5}"?(?:https?:|\\\\)/i.test(fields)) addFeature(reading, 'external-object');
  for (const [value] of fields.matchAll(/https?:\/\/[^\s"'<>\\]{4,2000}/gi)) {
    reading.links.push({ value, where: 'attachment-document' });
  }
}

/** Paragraphs, cells and slides become lines. */
function wordsOf(xml: string): string {
  const words: string[] = [];
  for (const match of xml.matchAll(
    /<(?:w:|a:|x:)?t(?:\s[^>]{0,200})?>([^<]{0,20000})<|<\/(?:w:p|a:p|si|text:p|text:h)>|<(?:w:tab|w:br)\b/g,
  )) {
    words.push(match[1] === undefined ? '\n' : unescapeXml(match[1]));
  }
  const isOpenDocument = xml.includes('<office:document-content');
  return isOpenDocument ? openDocumentWords(xml) : words.join('');
}

function openDocumentWords(xml: string): string {
  return unescapeXml(xml.replace(/<\/text:(?:p|h)>/g, '\n').replace(/<[^>]{1,9000}>/g, ''));
}
