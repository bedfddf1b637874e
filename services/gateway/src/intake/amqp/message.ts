import { MAIL_CAP_BYTES } from '@sluice/contracts';
import { z } from 'zod';

/** JSON may need six bytes for a byte of the mail; what is larger than this is not even read. */
const CONTENT_CAP_BYTES = 6 * MAIL_CAP_BYTES + 4_096;

/** Python writes bytes that are no UTF-8 as these (PEP 383, `surrogateescape`). A `u` expression finds them only where they stand alone. */
const ESCAPED_BYTE = /[\u{dc80}-\u{dcff}]/u;
const ESCAPED_BYTES = /([\u{dc80}-\u{dcff}]+)/u;
const ESCAPE_BASE = 0xdc00;

const Message = z.object({ message_id: z.int(), email_data: z.string().min(1) });

/** Why a message can never be taken in. */
type PoisonCode = 'not-json' | 'bad-message' | 'too-large';

export type ParsedMessage =
  | { kind: 'mail'; messageId: number; mail: Buffer }
  | { kind: 'poison'; code: PoisonCode; says: string };

/** Reads `{ message_id, email_data }`; other fields are left alone. Never throws. */
export function parseMessage(content: Buffer): ParsedMessage {
  if (content.length > CONTENT_CAP_BYTES) return poison('too-large', 'The message is too large to hold a mail.');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    return poison('not-json', 'The message is not JSON in UTF-8.');
  }
  const parsed = Message.safeParse(value);
  if (!parsed.success) {
    const faults = new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'the message'));
    return poison(
      'bad-message',
      `Wrong or missing: ${[...faults].join(', ')}. It has an integer message_id and a mail as email_data.`,
    );
  }
  const { message_id: messageId, email_data: text } = parsed.data;
  const mail = toBytes(text);
  if (mail.length > MAIL_CAP_BYTES) return poison('too-large', 'The mail may have 25 MB at most.');
  return { kind: 'mail', messageId, mail };
}

function poison(code: PoisonCode, says: string): ParsedMessage {
  return { kind: 'poison', code, says };
}

function toBytes(text: string): Buffer {
  if (!ESCAPED_BYTE.test(text)) return Buffer.from(text);
  const pieces = text
    .split(ESCAPED_BYTES)
    .map((piece) => (ESCAPED_BYTE.test(piece) ? unescape(piece) : Buffer.from(piece)));
  return Buffer.concat(pieces);
}

function unescape(piece: string): Buffer {
  return Buffer.from(Array.from(piece, (character) => character.charCodeAt(0) - ESCAPE_BASE));
}
