const MAX_EDITS = 12;
const MAX_BYTES = 4 * 1024 * 1024;
/** What parsers trip over. */
const TRICKS = [
  '\r\n\r\n',
  '\r\n--',
  '\u0000',
  '=?utf-8?B?',
  '--boundary--',
  'Content-Type: multipart/mixed; boundary=""',
  'Content-Transfer-Encoding: base64\r\n',
  'Content-Type: message/rfc822\r\n\r\n',
  '<<<<<<',
  '"\\"\\',
  '%PDF-',
  'endstream',
  'PK\u0003\u0004',
  '4294967295',
  '-1',
];

/** A damaged copy: bytes flipped, pieces cut out, repeated, moved in from another file, or traps set. The numbers in [0, 1) decide everything. */
export function mutate(original: Buffer, other: Buffer, random: () => number): Buffer {
  let bytes: Buffer = Buffer.from(original);
  const edits = 1 + Math.floor(random() * MAX_EDITS);
  for (let edit = 0; edit < edits; edit += 1) bytes = edited(bytes, other, random).subarray(0, MAX_BYTES);
  return bytes;
}

function edited(bytes: Buffer, other: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * bytes.length);
  const length = Math.floor(random() ** 3 * Math.min(bytes.length - at, 20_000));
  const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)];
  switch (Math.floor(random() * 6)) {
    case 0:
      return flipped(bytes, random);
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, piece, piece, piece, after]);
    case 3:
      return Buffer.concat([before, pieceOf(other, random), after]);
    case 4:
      return Buffer.concat([before, Buffer.from(TRICKS[Math.floor(random() * TRICKS.length)] ?? ''), piece, after]);
    default:
      return random() < 0.2 ? before : flipped(bytes, random);
  }
}

function flipped(bytes: Buffer, random: () => number): Buffer {
  const copy = Buffer.from(bytes);
  const count = 1 + Math.floor(random() * 20);
  for (let flip = 0; flip < count && copy.length > 0; flip += 1) {
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  }
  return copy;
}

function pieceOf(other: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * other.length);
  return other.subarray(at, at + Math.floor(random() * 5_000));
}
