import type { Finding, MailDocument } from '@sluice/contracts';
import { createBudget, processSpentMs } from '../documents/budget.ts';
import { type FileKind, kindOf } from '../documents/kinds.ts';
import { DEFAULT_DOCUMENT_LIMITS } from '../documents/limits.ts';
import { openFile } from '../documents/open.ts';
import { passwordsIn } from '../documents/passwords.ts';
import type { Means } from '../documents/reading.ts';
import { type Detected, detectType } from '../mail/detect.ts';
import { DEFAULT_MAIL_LIMITS, type Notes } from '../mail/limits.ts';
import { takeApart } from '../mail/take-apart.ts';
import { compileTogether, type Engine } from './engine.ts';
import { isOwnFile } from './files.ts';
import { findingsOf, type FileMatch } from './findings.ts';

export type ScanInput = { bytes: Uint8Array; document: MailDocument; files: string[] };

interface MailFile {
  name: string;
  type: string;
  bytes: Uint8Array;
  depth: number;
}

const MOST_FILES = 60;
const MOST_FILE_BYTES = 10 * 1024 * 1024;
const MOST_DEPTH = 3;
/** Processor time of all files of a mail together. */
const MOST_SPENT_MS = 6_000;
/** What holds other files as they are; programs inside documents are read by the checks. */
const HOLDERS = new Set(['archive', 'gzip', 'page']);

/** What YARA rules find in a mail's attachments and in what is packed in them. Never rejects over a file: one that cannot be read or takes too long is passed over. */
export async function scanFiles({ bytes, document, files }: ScanInput): Promise<Finding[]> {
  const engines = enginesOf(files);
  const beganMs = processSpentMs();
  const open: MailFile[] = await attachmentsOf(bytes, 0);
  const means = meansOf(document);
  const found: FileMatch[] = [];
  for (let count = 0; count < MOST_FILES; count += 1) {
    const file = open.shift();
    if (file === undefined || processSpentMs() - beganMs > MOST_SPENT_MS) break;
    const known = await lookAt(file);
    found.push(...matchesOf(engines, file, known.kind));
    if (file.depth < MOST_DEPTH) open.push(...(await filesIn(file, known, means)));
  }
  return findingsOf(found);
}

/** Ours, and those of the operator. */
interface Engines {
  own: Engine;
  others: Engine[];
}

/** Compiled once a process. */
let kept: { key: string; engines: Engines } | null = null;

function enginesOf(files: readonly string[]): Engines {
  const key = files.join('\n');
  if (kept?.key !== key) {
    const others = files.filter((file) => !isOwnFile(file)).map((file) => compileTogether([file]));
    kept = { key, engines: { own: compileTogether(files.filter(isOwnFile)), others } };
  }
  return kept.engines;
}

/** None of ours is about pictures, and most attachments are. */
function matchesOf({ own, others }: Engines, { name, bytes }: MailFile, kind: FileKind | null): FileMatch[] {
  if (bytes.length === 0) return [];
  return [...(kind === 'picture' ? [] : [own]), ...others].flatMap((engine) => matchesBy(engine, name, bytes));
}

function matchesBy(engine: Engine, name: string, bytes: Uint8Array): FileMatch[] {
  try {
    return engine(bytes.subarray(0, MOST_FILE_BYTES)).map((match) => ({ ...match, file: name }));
  } catch {
    return [];
  }
}

async function attachmentsOf(mail: Uint8Array, depth: number): Promise<MailFile[]> {
  const notes: Notes = { limits: [], defects: [] };
  const { attachments } = await takeApart(mail, DEFAULT_MAIL_LIMITS, notes);
  return attachments.map(({ filename, mimeType, content }) => ({
    name: filename ?? '',
    type: mimeType,
    depth,
    bytes: typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content),
  }));
}

interface Known {
  kind: FileKind | null;
  detected: Detected;
}

async function lookAt({ name, type, bytes }: MailFile): Promise<Known> {
  const detected = await detectType(bytes);
  const { type: detectedType, extension: detectedExtension } = detected;
  return { detected, kind: kindOf({ fileName: name, declaredType: type, detectedType, detectedExtension }) };
}

async function filesIn({ name, type, bytes, depth }: MailFile, known: Known, means: Means): Promise<MailFile[]> {
  if (type === 'message/rfc822' || /\.eml$/i.test(name)) return attachmentsOf(bytes, depth + 1);
  if (known.kind === null || !HOLDERS.has(known.kind)) return [];
  const reading = await openFile({ name, declaredType: type, detected: known.detected, bytes }, means);
  const inner = reading?.files ?? [];
  return inner.map((file) => ({ name: file.name, type: file.declaredType ?? '', bytes: file.bytes, depth: depth + 1 }));
}

function meansOf({ mails }: MailDocument): Means {
  const notes: Notes = { limits: [], defects: [] };
  return { budget: createBudget(DEFAULT_DOCUMENT_LIMITS, notes, processSpentMs), passwords: () => passwordsIn(mails) };
}
