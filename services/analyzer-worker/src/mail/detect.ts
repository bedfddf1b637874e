import { fileTypeFromBuffer } from 'file-type';

export type Detected = { type: string | null; extension: string | null };

/** Archives and disk images carry their marks early; file-type is not given more of a hostile file than this. */
const LOOK_BYTES = 256 * 1024;
const TNEF_MARK = [0x78, 0x9f, 0x3e, 0x22];
const HTML_START =
  /^\s{0,200}(?:<!--[^]{0,500}?-->\s{0,200})?<(?:!doctype\s+html|html|head|body|script|meta|iframe|form)\b/i;
const SVG_START =
  /^\s{0,200}(?:<\?xml[^>]{0,200}>\s{0,200})?(?:<!--[^]{0,500}?-->\s{0,200})?(?:<!doctype\s+svg[^>]{0,300}>\s{0,200})?<svg\b/i;

/** What the bytes are by their signature; nulls where they have no known one. Never throws. */
export async function detectType(bytes: Uint8Array): Promise<Detected> {
  const head = bytes.subarray(0, LOOK_BYTES);
  if (TNEF_MARK.every((mark, index) => head[index] === mark)) return { type: 'application/ms-tnef', extension: 'dat' };
  const start = Buffer.from(head.subarray(0, 2048))
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '');
  // Readers of PDF pass over what stands before it.
  if (start.slice(0, 1024).includes('%PDF-')) return { type: 'application/pdf', extension: 'pdf' };
  if (HTML_START.test(start)) return { type: 'text/html', extension: 'html' };
  if (SVG_START.test(start)) return { type: 'image/svg+xml', extension: 'svg' };
  return bySignature(head);
}

async function bySignature(head: Uint8Array): Promise<Detected> {
  try {
    const found = await fileTypeFromBuffer(head);
    return { type: found?.mime ?? null, extension: found?.ext ?? null };
  } catch {
    return { type: null, extension: null };
  }
}
