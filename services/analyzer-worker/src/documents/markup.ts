const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Text and attributes of XML as they are meant. */
export function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,4}));/gi,
    (all, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? all;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
    },
  );
}

/** An attribute of a start tag, whatever its prefix; null where it is missing. */
export function attributeOf(tag: string, name: string): string | null {
  const match = new RegExp(
    String.raw`\s(?:[a-z0-9]{1,20}:)?${name}\s{0,3}=\s{0,3}(?:"([^"]{0,8192})"|'([^']{0,8192})')`,
    'i',
  ).exec(tag);
  return match === null ? null : unescapeXml(match[1] ?? match[2] ?? '');
}
