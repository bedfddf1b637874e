/** A mail of an mbox, or the number of bytes of one that is beyond the cap. */
export type MboxEntry = { mail: Uint8Array } | { tooLargeBytes: number };

const LF = 0x0a;
const CR = 0x0d;
const GREATER = 0x3e;
const LETTER_F = 0x46;
const FROM = Buffer.from('From ');
/** The time of delivery in a separator: asctime, or with a zone before the year. Some mail programs write no time at all. */
const SEPARATOR = /^From (?:- ?)?$|^From (?=.*\b\d{1,2}:\d{2})(?=.*\b\d{4}\b)/;
/** A line longer than this is no separator and is passed on in pieces. */
const PIECE_BYTES = 64 * 1024;

/** Whether bytes begin as an mbox does. */
export function startsLikeMbox(head: Uint8Array): boolean {
  return FROM.equals(head.subarray(0, FROM.byteLength));
}

/**
 * Splits an mbox as its bytes come (mboxrd and mboxo, RFC 4155): a mail begins at a `From ` line that is the first or follows an
 * empty line and names a time. That line and the empty line before it belong to no mail; `>From ` loses one `>`. Holds one mail
 * of at most `capBytes` at a time.
 */
export function createMboxSplitter(capBytes: number) {
  let rest: Buffer = Buffer.alloc(0);
  let isLineStart = true;
  let isAfterEmptyLine = true;
  let isFirstLine = true;
  let mail = createStore(capBytes);

  function take(): MboxEntry[] {
    const entry = mail.entry();
    mail = createStore(capBytes);
    return entry === null ? [] : [entry];
  }

  /** A line with its end, or a part of a long one. */
  function line(piece: Buffer, isWhole: boolean): MboxEntry[] {
    const starts = isLineStart;
    const isSeparator = starts && isAfterEmptyLine && isSeparatorLine(piece, isFirstLine);
    isFirstLine = false;
    isLineStart = isWhole;
    isAfterEmptyLine = starts && isWhole && isEmptyLine(piece);
    if (isSeparator) return take();
    mail.add(starts && isQuotedFrom(piece) ? piece.subarray(1) : piece);
    return [];
  }

  return {
    push(chunk: Uint8Array): MboxEntry[] {
      const found: MboxEntry[] = [];
      const bytes = rest.byteLength === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      let start = 0;
      let added = 0;
      for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
        // Most lines are neither separator nor quoted, and are added together.
        if (isLineStart && (bytes[start] === LETTER_F || bytes[start] === GREATER)) {
          if (start > added) mail.add(bytes.subarray(added, start));
          found.push(...line(bytes.subarray(start, end + 1), true));
          added = end + 1;
        } else {
          isAfterEmptyLine = isLineStart && (end === start || (end === start + 1 && bytes[start] === CR));
          isLineStart = true;
          isFirstLine = false;
        }
        start = end + 1;
      }
      if (start > added) mail.add(bytes.subarray(added, start));
      rest = bytes.subarray(start);
      if (rest.byteLength > PIECE_BYTES) {
        found.push(...line(rest, false));
        rest = Buffer.alloc(0);
      }
      return found;
    },
    end(): MboxEntry[] {
      const found = rest.byteLength === 0 ? [] : line(rest, true);
      rest = Buffer.alloc(0);
      return [...found, ...take()];
    },
  };
}

/** Grows with the mail and forgets it where it is beyond the cap. One buffer: a mail may have millions of lines. */
function createStore(capBytes: number) {
  let buffer = Buffer.alloc(0);
  let bytes = 0;
  return {
    add(piece: Buffer): void {
      const at = bytes;
      bytes += piece.byteLength;
      if (bytes > capBytes) {
        buffer = Buffer.alloc(0);
        return;
      }
      if (bytes > buffer.byteLength) {
        const larger = Buffer.alloc(Math.min(capBytes, Math.max(PIECE_BYTES, bytes * 2)));
        buffer.copy(larger, 0, 0, at);
        buffer = larger;
      }
      piece.copy(buffer, at);
    },
    entry(): MboxEntry | null {
      if (bytes > capBytes) return { tooLargeBytes: bytes };
      const mail = withoutLastEmptyLine(buffer.subarray(0, bytes));
      return mail.byteLength === 0 ? null : { mail };
    },
  };
}

/** The mails of an mbox from its bytes. */
export async function* splitMbox(chunks: AsyncIterable<Uint8Array>, capBytes: number): AsyncGenerator<MboxEntry, void> {
  const splitter = createMboxSplitter(capBytes);
  for await (const chunk of chunks) yield* splitter.push(chunk);
  yield* splitter.end();
}

function isSeparatorLine(line: Buffer, isFirst: boolean): boolean {
  if (!startsLikeMbox(line) || line.byteLength > 1_024) return false;
  return isFirst || SEPARATOR.test(line.toString('latin1').replace(/\r?\n$/, ''));
}

function isEmptyLine(line: Buffer): boolean {
  return line[0] === LF || (line[0] === CR && line[1] === LF);
}

function isQuotedFrom(line: Buffer): boolean {
  let marks = 0;
  while (line[marks] === GREATER) marks += 1;
  return marks > 0 && startsLikeMbox(line.subarray(marks));
}

/** Every writer of an mbox puts an empty line behind a mail. */
function withoutLastEmptyLine(mail: Buffer): Buffer {
  for (const [ending, cutBytes] of [
    ['\r\n\r\n', 2],
    ['\n\n', 1],
  ] as const) {
    if (mail.subarray(-ending.length).equals(Buffer.from(ending))) return mail.subarray(0, -cutBytes);
  }
  return mail;
}
