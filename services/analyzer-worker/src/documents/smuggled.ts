import { detectType } from '../mail/detect.ts';

export type Smuggled = { name: string; bytes: Uint8Array };

const MAX_SCRIPT_CHARS = 6 * 1024 * 1024;
const MAX_FOUND = 20;
const MIN_CHARS = 64;
const MIN_NUMBERS = 32;
/** Text that was put together out of pieces: `"abc" + "def"`. */
const SEAM = /(["'`])\s{0,20}\+\s{0,20}\1/g;
const BASE64 = new RegExp(String.raw`["'\x60]\s{0,20}([A-Za-z0-9+/_\-\s]{${MIN_CHARS},}={0,2})\s{0,20}["'\x60]`, 'g');
const PERCENT = new RegExp(
  String.raw`["'\x60]([^"'\x60\n]{0,200}%(?:u[0-9a-f]{4}|[0-9a-f]{2})[^"'\x60\n]{${MIN_CHARS},})["'\x60]`,
  'gi',
);
const ESCAPED = new RegExp(
  String.raw`["'\x60]((?:\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|[^"'\x60\\\n]){${MIN_CHARS},})["'\x60]`,
  'gi',
);
const HEX = new RegExp(String.raw`["'\x60]((?:[0-9a-f]{2}){${MIN_CHARS / 2},})["'\x60]`, 'gi');
const NUMBERS = new RegExp(
  String.raw`[(\[]\s{0,20}((?:(?:0x[0-9a-f]{1,4}|\d{1,5})\s{0,5},\s{0,5}){${MIN_NUMBERS},}(?:0x[0-9a-f]{1,4}|\d{1,5}))\s{0,20}[)\]]`,
  'gi',
);
const NAME =
  /\.\s{0,3}download\s{0,3}=\s{0,3}["'`]([^"'`\n]{1,200})["'`]|["']download["']\s{0,3},\s{0,3}["'`]([^"'`\n]{1,200})["'`]|\bdownload\s{0,3}=\s{0,3}["']([^"'\n]{1,200})["']|new\s{1,3}File\s{0,3}\([^)]{0,200}?,\s{0,3}["'`]([^"'`\n]{1,200})["'`]|\b(?:file_?name|fname)\s{0,3}=\s{0,3}["'`]([^"'`\n]{1,200}\.[a-z0-9]{1,8})["'`]/i;

/**
 * The files and pages that the scripts of a page hold in a coded form (base64, percent and backslash escapes, hexadecimal, lists of numbers), decoded
 * without running anything. Coded data that gives neither a known kind of file nor markup or an address is left out.
 */
export async function smuggledIn(scripts: readonly string[]): Promise<Smuggled[]> {
  const found: Smuggled[] = [];
  for (const script of scripts) {
    const code = script.slice(0, MAX_SCRIPT_CHARS).replace(SEAM, '');
    const name = nameIn(code);
    for (const bytes of decodedIn(code)) {
      if (found.length >= MAX_FOUND) return found;
      const kind = await kindOf(bytes);
      if (kind !== null) found.push({ name: name ?? `script.${kind}`, bytes });
    }
  }
  return found;
}

function nameIn(code: string): string | null {
  const match = NAME.exec(code);
  return match === null ? null : (match.slice(1).find((group) => group !== undefined) ?? null);
}

function* decodedIn(code: string): Generator<Uint8Array> {
  for (const [, text = ''] of code.matchAll(HEX)) yield Buffer.from(text, 'hex');
  for (const [, text = ''] of code.matchAll(BASE64)) {
    if (!/^[0-9a-f]*$/i.test(text)) yield Buffer.from(text.replace(/\s+/g, ''), 'base64');
  }
  for (const [, text = ''] of code.matchAll(PERCENT)) yield Buffer.from(unescapePercent(text));
  for (const [, text = ''] of code.matchAll(ESCAPED)) {
    if (text.split('\\').length > MIN_CHARS / 4) yield Buffer.from(unescapeBackslash(text));
  }
  for (const [, text = ''] of code.matchAll(NUMBERS)) yield bytesOfNumbers(text.split(',').map(Number));
}

function unescapePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%u([0-9a-f]{4})|%([0-9a-f]{2})/gi, (_, wide?: string, narrow?: string) =>
      letterOf(wide ?? narrow),
    );
  }
}

function unescapeBackslash(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})|\\u([0-9a-f]{4})/gi, (_, narrow?: string, wide?: string) =>
    letterOf(narrow ?? wide),
  );
}

function letterOf(hex: string | undefined): string {
  return String.fromCharCode(Number.parseInt(hex ?? '0', 16));
}

/** Bytes of a file, or the letters of a text. */
function bytesOfNumbers(numbers: readonly number[]): Uint8Array {
  if (numbers.every((number) => number < 256)) return Uint8Array.from(numbers);
  return Buffer.from(String.fromCharCode(...numbers.slice(0, 60_000)));
}

/** The ending of a name for it; null where it is nothing that anybody would open. */
async function kindOf(bytes: Uint8Array): Promise<string | null> {
  const { extension, type } = await detectType(bytes);
  const isPicture = type?.startsWith('image/') === true && extension !== 'svg';
  if (extension !== null) return isPicture || /^(?:font|audio|video)\//.test(type ?? '') ? null : extension;
  const text = Buffer.from(bytes.subarray(0, 4096)).toString('utf8');
  if (text.includes('\ufffd')) return null;
  if (/<\s{0,3}(?:script|html|body|form|iframe|meta|div|input|a\s|img\s|!doctype)/i.test(text)) return 'html';
  return /https?:\/\/[a-z0-9]|\b(?:document|window|location|eval|atob)\b\s{0,3}[.=(]/i.test(text) ? 'js' : null;
}
