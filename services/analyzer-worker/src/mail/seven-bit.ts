/** Encodings that write other alphabets in ASCII and that TextDecoder does not know; read as something else they come out as the ASCII they are. */
export type SevenBit = 'utf-7' | 'hz' | 'iso-2022-kr';

const NAMES: Record<SevenBit, string[]> = {
  'utf-7': ['utf-7', 'unicode-1-1-utf-7'],
  hz: ['hz-gb-2312'],
  'iso-2022-kr': ['iso-2022-kr'],
};
const ALL = Object.keys(NAMES) as SevenBit[];
const ANY_NAME = Object.values(NAMES)
  .flat()
  .flatMap((name) => [name, name.toUpperCase()])
  .join('|');
const DECLARED = new RegExp(`=(?:(?:${ANY_NAME})|"(?:${ANY_NAME})")`, 'g');

/** Which of them a mail declares for any of its parts; nearly always none. */
export function sevenBitIn(bytes: Uint8Array): SevenBit[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const declared = new Set(text.match(DECLARED)?.map((found) => found.replace(/[="]/g, '').toLowerCase()));
  return ALL.filter((encoding) => NAMES[encoding].some((name) => declared.has(name)));
}

/** Which of them the encoded words of a header name. */
export function sevenBitOf(header: string): SevenBit[] {
  const lower = header.toLowerCase();
  return ALL.filter((encoding) => NAMES[encoding].some((name) => lower.includes(`=?${name}?`)));
}

/** The text as it is meant. What is not in the encoding stays as it is. */
export function decodeSevenBit(text: string, encodings: readonly SevenBit[]): string {
  return encodings.reduce((read, encoding) => DECODERS[encoding](read), text);
}

const DECODERS: Record<SevenBit, (text: string) => string> = {
  /** RFC 2152: `+` begins base64 of UTF-16, `+-` is a plus. */
  'utf-7': (text) =>
    text.replace(/\+([A-Za-z0-9+/]{0,10000})-?/g, (_, packed: string) =>
      packed === '' ? '+' : new TextDecoder('utf-16be').decode(whole(Buffer.from(packed, 'base64'))),
    ),
  /** RFC 1843: GB 2312 without its high bits between `~{` and `~}`. */
  hz: (text) =>
    text.replace(/~\{([\x21-\x7e]{0,10000}?)~\}|~(~|\n)/g, (_, packed?: string, other?: string) =>
      packed === undefined ? (other === '~' ? '~' : '') : withHighBits(packed, 'gbk'),
    ),
  /** RFC 1557: KS X 1001 without its high bits between SO and SI. */
  'iso-2022-kr': (text) => {
    const [before = '', ...shifted] = text.replaceAll('\u001b$)C', '').split('\u000e');
    const meant = shifted.map((piece) => {
      const [packed = '', ...after] = piece.split('\u000f');
      return withHighBits(packed, 'euc-kr') + after.join('');
    });
    return before + meant.join('');
  },
};

function whole(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length - (bytes.length % 2));
}

function withHighBits(packed: string, charset: string): string {
  return new TextDecoder(charset).decode(Buffer.from(packed, 'latin1').map((byte) => byte | 0x80));
}
