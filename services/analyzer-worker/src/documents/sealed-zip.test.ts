import { describe, expect, test } from '@jest/globals';
import { BY_7ZIP } from '../../test/files.ts';
import { sealedEntries, unseal } from './sealed-zip.ts';

const zip = Buffer.from(BY_7ZIP.sealedZip, 'base64');

function textOf(bytes: Uint8Array, password: string, maxBytes = 1000): string | null {
  const [entry] = sealedEntries(bytes, 10);
  const content = entry === undefined ? null : unseal(entry, password, maxBytes);
  return content === null ? null : Buffer.from(content).toString();
}

describe('a zip that is locked with AES', () => {
  test('opens with its password only, also behind a program that unpacks it', () => {
    expect(textOf(zip, 'Xy7Xq')).toContain('https://seven.example/');
    expect(textOf(Buffer.concat([Buffer.alloc(5000), zip]), 'Xy7Xq')).toContain('https://seven.example/');
    expect(textOf(zip, 'xy7xq')).toBeNull();
  });

  test('gives nothing beyond the bound on size', () => {
    expect(textOf(zip, 'Xy7Xq', 20)).toBeNull();
  });

  test('cut short, with a byte changed or with sizes that are a lie gives its text or nothing, and reads nothing beside itself', () => {
    const text = textOf(zip, 'Xy7Xq');
    const room = Buffer.concat([zip, Buffer.alloc(4096, 0x50)]);
    for (let at = 0; at < zip.length; at += 1) {
      expect([text, null]).toContain(textOf(room.subarray(0, at), 'Xy7Xq'));
      const changed = Buffer.from(room).subarray(0, zip.length);
      changed[at] = 0xff;
      expect([text, null]).toContain(textOf(changed, 'Xy7Xq'));
    }
  });
});
