import { describe, expect, test } from '@jest/globals';
import { NoAnswer } from './resolve.ts';
import { limited } from './system-lookup.ts';

const codedError = (code: string) => Object.assign(new Error('failed'), { code });
const silent = () => new Promise<readonly string[]>(() => {});

describe('a limited lookup', () => {
  test('tells a name that does not exist from a resolver that cannot say', async () => {
    const failing = (code: string) => limited(() => Promise.reject(codedError(code)), { atOnce: 1, answerMs: 10_000 });
    await expect(failing('ENOTFOUND')('gone.example')).rejects.not.toBeInstanceOf(NoAnswer);
    await expect(failing('EAI_AGAIN')('away.example')).rejects.toBeInstanceOf(NoAnswer);
  });

  test('gives up a resolver that is silent, and those who wait for their turn give up too', async () => {
    const asked: string[] = [];
    const lookup = limited((host) => (asked.push(host), silent()), { atOnce: 2, answerMs: 50 });
    const answers = await Promise.allSettled(['a', 'b', 'c', 'd'].map((host) => lookup(host)));
    for (const answer of answers) expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(NoAnswer) });
    expect(asked).toEqual(['a', 'b']);
  });

  test('asks no more at once than it may, and everyone in turn', async () => {
    let open = 0;
    let most = 0;
    const slow = async (host: string) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return [host];
    };
    const lookup = limited(slow, { atOnce: 2, answerMs: 10_000 });
    const names = ['a', 'b', 'c', 'd', 'e'];
    expect(await Promise.all(names.map((name) => lookup(name)))).toEqual(names.map((name) => [name]));
    expect(most).toBe(2);
  });
});
