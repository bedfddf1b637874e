import { describe, expect, test } from '@jest/globals';
import { parseQuotas } from './quota.ts';

const minute = { kind: 'sliding', seconds: 60, limit: 4 };

describe('a configuration of quotas', () => {
  test('has a cooldown of a minute where none is given', () => {
    const [quota] = parseQuotas([{ name: 'virustotal', windows: [minute], marginMs: 500 }]);
    expect(quota).toEqual({ name: 'virustotal', windows: [minute], marginMs: 500, cooldownSeconds: 60 });
  });

  test('that is wrong has every fault named at once', () => {
    const windows = [
      { ...minute, limit: 0 },
      { kind: 'weekly', seconds: 1, limit: 1 },
    ];
    const parse = () =>
      parseQuotas([
        { name: 'Virus Total', windows, marginMs: -1 },
        { name: 'x', windows: [] },
      ]);
    expect(parse).toThrow(expect.objectContaining({ code: 'bad-quotas' }));
    expect(parse).toThrow(/0 name is not a quota name/);
    expect(parse).toThrow(/0 windows 0 limit is below 1/);
    expect(parse).toThrow(/0 windows 1 kind is no known kind of window/);
    expect(parse).toThrow(/0 marginMs is below 0/);
    expect(parse).toThrow(/1 windows has no window/);
    expect(parse).toThrow(/1 marginMs/);
  });

  test('names no quota twice and gives none two windows of one length', () => {
    const quota = { name: 'x', windows: [minute], marginMs: 0 };
    expect(() => parseQuotas([quota, quota])).toThrow(/two quotas have one name/);
    expect(() => parseQuotas([{ ...quota, windows: [minute, minute] }])).toThrow(/0 windows has two windows of one/);
  });
});
