import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist';
import { codesInPdf } from './pdf-pictures.ts';
import { scanPdf } from './pdf-scan.ts';
import type { FileReading, Means, Opener } from './reading.ts';
import { addFeature, emptyReading } from './reading.ts';

const MAX_FILES = 50;

/** A PDF: its words, links, scripts, forms, the files in it and the codes in its pictures. Nothing of it is run or drawn. */
export const openPdf: Opener = async ({ bytes }, means) => {
  const { features, uris, pictures } = scanPdf(bytes);
  const reading = emptyReading({ features });
  await readPages(bytes, means, reading);
  for (const value of uris) addLink(value, '', reading);
  reading.codes.push(...(await codesInPdf(pictures, means.budget)));
  return reading;
};

async function readPages(bytes: Uint8Array, means: Means, reading: FileReading): Promise<void> {
  const opened = await openDocument(bytes, means, reading);
  if (opened === null) return;
  try {
    await readDocument(opened, means, reading);
  } catch {
    addFeature(reading, 'unreadable');
  } finally {
    await opened.loadingTask.destroy();
  }
}

/** With the passwords of the mail where it needs one; null where it cannot be opened. */
async function openDocument(bytes: Uint8Array, means: Means, reading: FileReading): Promise<PDFDocumentProxy | null> {
  for (const password of [undefined, ...means.passwords()]) {
    if (password !== undefined) addFeature(reading, 'encrypted');
    const opened = await tryOpening(bytes, password, means);
    if (opened === 'broken') addFeature(reading, 'unreadable');
    if (opened === 'broken' || means.budget.isSpent()) return null;
    if (opened === 'locked') continue;
    if (password !== undefined) addFeature(reading, 'password-in-mail');
    return opened;
  }
  return null;
}

type Password = string | undefined;

async function tryOpening(
  bytes: Uint8Array,
  password: Password,
  { budget }: Means,
): Promise<PDFDocumentProxy | 'locked' | 'broken'> {
  const pdfjs = await loadPdfjs();
  const task = pdfjs.getDocument({
    // The library takes what it is given for its own.
    data: Uint8Array.from(bytes),
    ...(password === undefined ? {} : { password }),
    ...FOLDERS,
    ...SETTINGS,
    maxImageSize: budget.limits.maxPixels,
  });
  try {
    return await task.promise;
  } catch (error) {
    await task.destroy();
    return error instanceof Error && error.name === 'PasswordException' ? 'locked' : 'broken';
  }
}

async function readDocument(document: PDFDocumentProxy, { budget }: Means, reading: FileReading): Promise<void> {
  reading.pages = document.numPages;
  const { maxPages, maxTextChars } = budget.limits;
  if (document.numPages > maxPages) {
    const message = 'A document has more pages than the bound; the first ones were read.';
    budget.note({ limit: 'attachment-pages', allowed: maxPages, found: document.numPages, message });
  }
  await takeFiles(document, reading);
  await takeScripts(document, reading);
  for (let number = 1; number <= Math.min(document.numPages, maxPages); number += 1) {
    if (budget.isSpent() || reading.text.length >= maxTextChars) break;
    const page = await document.getPage(number);
    await takeAnnotations(page, document, reading);
    reading.text += await wordsOf(page, maxTextChars - reading.text.length);
  }
}

async function takeFiles(document: PDFDocumentProxy, reading: FileReading): Promise<void> {
  const files = ((await document.getAttachments()) ?? new Map()) as unknown as Map<string, { filename?: string }>;
  for (const [id, { filename }] of files) await takeFile(id, filename ?? id, document, reading);
}

async function takeFile(id: string, name: string, document: PDFDocumentProxy, reading: FileReading): Promise<void> {
  addFeature(reading, 'embedded-file');
  if (reading.files.length >= MAX_FILES) return;
  const content = await document.getAttachmentContent(id);
  if (content !== null && content.length > 0) reading.files.push({ name, via: 'document', bytes: content });
}

async function takeScripts(document: PDFDocumentProxy, reading: FileReading): Promise<void> {
  const scripts = ((await document.getJSActions()) ?? {}) as Record<string, string[]>;
  const codes = Object.values(scripts).flat();
  if (codes.length > 0) addFeature(reading, 'javascript');
  for (const url of codes.join('\n').match(/https?:\/\/[^\s"'`<>\\)]{4,2000}/gi) ?? []) addLink(url, '', reading);
}

type Annotation = {
  url?: string;
  unsafeUrl?: string;
  overlaidText?: string;
  password?: boolean;
  fieldType?: string;
  contentsObj?: { str?: string };
  fileId?: string;
  file?: { filename?: string };
};

async function takeAnnotations(page: PDFPageProxy, document: PDFDocumentProxy, reading: FileReading): Promise<void> {
  for (const annotation of (await page.getAnnotations()) as Annotation[]) {
    const { url, unsafeUrl, overlaidText, contentsObj, fileId, file } = annotation;
    const target = url ?? unsafeUrl;
    if (target !== undefined) addLink(target, overlaidText ?? '', reading);
    if (annotation.password === true) addFeature(reading, 'password-field');
    if (annotation.fieldType !== undefined) addFeature(reading, 'form');
    if (contentsObj?.str) reading.text += `${contentsObj.str}\n`;
    if (fileId !== undefined) await takeFile(fileId, file?.filename ?? 'attached', document, reading);
  }
}

function addLink(value: string, words: string, reading: FileReading): void {
  if (reading.links.some((link) => link.value === value)) return;
  const label = words.replace(/\s+/g, ' ').trim().slice(0, 200);
  reading.links.push({ value, where: 'attachment-pdf', ...(label === '' ? {} : { label }) });
}

/** Piece by piece, so that an endless page ends at the bound. */
async function wordsOf(page: PDFPageProxy, maxChars: number): Promise<string> {
  const reader = page.streamTextContent({ includeMarkedContent: false }).getReader() as ReadableStreamDefaultReader<{
    items: { str?: string; hasEOL?: boolean }[];
  }>;
  let words = '';
  while (words.length < maxChars) {
    const { value, done } = await reader.read();
    if (done) return `${words}\n`;
    for (const { str = '', hasEOL } of value.items) words += hasEOL === true ? `${str}\n` : str;
  }
  await reader.cancel(new Error('enough'));
  return words.slice(0, maxChars);
}

const FOLDER = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
/** Tables of Asian characters, metrics of standard fonts, decoders: read from the package's own files. */
const FOLDERS = {
  cMapUrl: `${join(FOLDER, 'cmaps')}/`,
  cMapPacked: true,
  standardFontDataUrl: `${join(FOLDER, 'standard_fonts')}/`,
  wasmUrl: `${join(FOLDER, 'wasm')}/`,
};
const SETTINGS = {
  verbosity: 0,
  disableFontFace: true,
  useSystemFonts: false,
  useWorkerFetch: false,
  isOffscreenCanvasSupported: false,
  isImageDecoderSupported: false,
  enableXfa: false,
};

/** A module without types. */
const WORKER: string = 'pdfjs-dist/legacy/build/pdf.worker.mjs';

type Pdfjs = typeof import('pdfjs-dist');
let loaded: Promise<Pdfjs> | null = null;

/** The build for Node. Its worker's code runs in this process, which is a bounded one already. */
async function loadPdfjs(): Promise<Pdfjs> {
  loaded ??= (async () => {
    const worker: unknown = await import(WORKER);
    Object.assign(globalThis, { pdfjsWorker: worker });
    return await import('pdfjs-dist/legacy/build/pdf.mjs');
  })();
  return await loaded;
}
