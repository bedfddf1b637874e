import { describe, expect, test } from '@jest/globals';
import { referencesOf } from './payload.ts';

const BLOB = `default/${'a'.repeat(64)}`;

describe('what a dead letter keeps of a payload', () => {
  test('is references, ids, providers, numbers and switches', () => {
    const payload = {
      blob: BLOB,
      ids: ['0123456789abcdef'],
      provider: 'shodan',
      revision: 2,
      isSigned: true,
      to: null,
    };
    expect(referencesOf(payload)).toEqual(payload);
  });

  test('is nothing that may be content of a mail', () => {
    const payload = { kind: 'url', value: 'https://victim@evil.example/?token=1', parts: [{ note: 'Dear Bob' }] };
    expect(referencesOf(payload)).toEqual({ kind: '…', value: '…', parts: [{ note: '…' }] });
  });

  test('has an end, however deep the payload goes', () => {
    let deep: unknown = 'secret';
    for (let n = 0; n < 50; n++) deep = { deep };
    expect(JSON.stringify(referencesOf(deep)).length).toBeLessThan(120);
  });
});
