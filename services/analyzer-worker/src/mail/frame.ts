import type { MailLimits, Notes } from './limits.ts';
import { noteDefect, noteLimit } from './limits.ts';

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const MAX_BOUNDARY_CHARS = 200;

/**
 * The mail as far as the bounds allow, without what mailboxes and editors put before it (byte-order mark, blank lines,
 * an mbox `From ` line). What was cut or taken away is noted.
 */
export function frameMail(bytes: Uint8Array, limits: MailLimits, notes: Notes): Uint8Array {
  let framed = bytes;
  if (framed.length > limits.maxBytes) {
    const message = 'The mail is larger than the bound; only its beginning was read.';
    noteLimit(notes.limits, { limit: 'mail-bytes', allowed: limits.maxBytes, found: bytes.length, message });
    framed = framed.subarray(0, limits.maxBytes);
  }
  return cutBody(cutHeaders(withoutPreamble(framed, notes), limits, notes), limits, notes);
}

function withoutPreamble(bytes: Uint8Array, notes: Notes): Uint8Array {
  let start = 0;
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    noteDefect(notes, 'A byte-order mark stands before the first header.');
    start = 3;
  }
  const afterMark = start;
  while (bytes[start] === LF || bytes[start] === CR) start += 1;
  if (start > afterMark && start < bytes.length) noteDefect(notes, 'Blank lines stand before the first header.');
  while (startsWith(bytes, start, 'From ') || startsWith(bytes, start, '>From ')) {
    noteDefect(notes, 'The mail begins with the "From " line of a mailbox file.');
    start = lineEnd(bytes, start);
  }
  return bytes.subarray(start);
}

/** Where the body begins: after the first empty line, or at the end where there is none. */
export function bodyStart(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const next = lineEnd(bytes, at);
    if (isEmptyLine(bytes, at)) return next;
    at = next;
  }
  return bytes.length;
}

function cutHeaders(bytes: Uint8Array, limits: MailLimits, notes: Notes): Uint8Array {
  const body = bodyStart(bytes);
  let headers = 0;
  let at = 0;
  while (at < body) {
    const next = lineEnd(bytes, at);
    if (bytes[at] !== 0x20 && bytes[at] !== 0x09) headers += 1;
    if (headers > limits.maxHeaders || next > limits.maxHeaderBytes) break;
    at = next;
  }
  if (at >= body) return bytes;
  const message = 'The mail has more or longer headers than the bound; the first ones were read.';
  noteLimit(notes.limits, { limit: 'headers', allowed: limits.maxHeaderBytes, found: body, message });
  return Buffer.concat([bytes.subarray(0, at), Buffer.from('\r\n'), bytes.subarray(body)]);
}

/** Cuts at the line where the mail has had its lines or its parts. A part is a line that some `boundary=` announced. */
function cutBody(bytes: Uint8Array, limits: MailLimits, notes: Notes): Uint8Array {
  const boundaries = announcedBoundaries(bytes);
  let lines = 0;
  let parts = 0;
  for (let at = 0; at < bytes.length; at = lineEnd(bytes, at)) {
    lines += 1;
    if (lines > limits.maxLines) {
      const message = `The mail has more than ${limits.maxLines} lines; only its beginning was read.`;
      noteLimit(notes.limits, { limit: 'mail-bytes', allowed: at, found: bytes.length, message });
      return bytes.subarray(0, at);
    }
    if (bytes[at] !== DASH || bytes[at + 1] !== DASH || boundaries.size === 0) continue;
    if (boundaries.has(boundaryAt(bytes, at))) parts += 1;
    if (parts > limits.maxParts) {
      const message = 'The mail has more parts than the bound; the first ones were read.';
      noteLimit(notes.limits, { limit: 'parts', allowed: limits.maxParts, message });
      return bytes.subarray(0, at);
    }
  }
  return bytes;
}

function announcedBoundaries(bytes: Uint8Array): Set<string> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const announced = new Set<string>();
  for (const match of text.matchAll(
    /boundary(?:\*0?\*?)?[ \t]{0,20}=[ \t]{0,20}(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))/gi,
  )) {
    announced.add((match[1] ?? match[2] ?? '').trimEnd());
  }
  return announced;
}

/** The boundary that an opening delimiter line names; empty for a closing one, which begins no part. */
function boundaryAt(bytes: Uint8Array, at: number): string {
  const end = Math.min(lineEnd(bytes, at), at + 2 + MAX_BOUNDARY_CHARS + 4);
  return Buffer.from(bytes.subarray(at + 2, end))
    .toString('latin1')
    .trimEnd();
}

function lineEnd(bytes: Uint8Array, at: number): number {
  const newline = bytes.indexOf(LF, at);
  return newline < 0 ? bytes.length : newline + 1;
}

function isEmptyLine(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF);
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
