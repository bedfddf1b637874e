import type { Head } from './exchange.ts';

const NAME_CHARS = 255;
const SHOWN = /^(?:text\/|image\/|application\/(?:xhtml\+xml|xml|json|javascript)$)/;

/** The content type without its parameters, in lower case; empty when none was sent. */
export function contentTypeOf(head: Head): string {
  return (head.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase().slice(0, NAME_CHARS) ?? '';
}

/** True when a browser would save the answer instead of showing it. */
export function isDownload(head: Head): boolean {
  if (/^\s*attachment\b/i.test(head.header('content-disposition') ?? '')) return true;
  const type = contentTypeOf(head);
  return type !== '' && !SHOWN.test(type);
}

/** The name that the server proposes (RFC 6266, also its `filename*`), without any path; null when there is none. */
export function fileNameOf(head: Head): string | null {
  const header = (head.header('content-disposition') ?? '').slice(0, 2048);
  const extended = /filename\*\s*=\s*[\w-]*'[^']*'([^;\s]+)/i.exec(header)?.[1];
  const plain = /filename\s*=\s*(?:"([^"]*)"|([^;\s]+))/i.exec(header);
  const name = extended === undefined ? (plain?.[1] ?? plain?.[2]) : percentDecoded(extended);
  return (
    name
      ?.replace(/^.*[/\\]/s, '')
      .slice(0, NAME_CHARS)
      .toWellFormed() || null
  );
}

/** The page's text: by its declared charset, by the byte-order mark, by a meta element, else UTF-8. Never throws. */
export function decodeText(bytes: Buffer, head: Head): string {
  const declared = /charset\s*=\s*["']?([\w:-]{1,40})/i;
  const label =
    declared.exec(head.header('content-type') ?? '')?.[1] ??
    declared.exec(bytes.toString('latin1', 0, 1024))?.[1] ??
    'utf-8';
  return decodeAs(label, bytes);
}

function decodeAs(label: string, bytes: Buffer): string {
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
