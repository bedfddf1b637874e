import { bodyStart } from './frame.ts';

const MAIL_HEADERS = new Set([
  'from',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'received',
  'return-path',
  'reply-to',
  'mime-version',
  'content-type',
  'dkim-signature',
  'delivered-to',
  'sender',
]);
const LOOK_BYTES = 16 * 1024;

/** How many different well-known mail headers the bytes begin with. */
export function mailHeaderCount(bytes: Uint8Array): number {
  const head = bytes.subarray(0, Math.min(LOOK_BYTES, bodyStart(bytes.subarray(0, LOOK_BYTES))));
  const seen = new Set<string>();
  for (const line of Buffer.from(head).toString('latin1').split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd().toLowerCase();
    if (MAIL_HEADERS.has(name)) seen.add(name);
  }
  return seen.size;
}

/** True where the bytes are HTML without any mail header before it. */
export function isBareHtml(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  return /^\s*<(?:!doctype|!--|html|head|body|[a-z]{1,10}[\s>])/i.test(start);
}

/** True where the bytes hold what no text holds. */
export function isBinary(bytes: Uint8Array): boolean {
  let strange = 0;
  const head = bytes.subarray(0, 1024);
  for (const byte of head) {
    if (byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b)) strange += 1;
  }
  return strange > head.length / 20;
}
