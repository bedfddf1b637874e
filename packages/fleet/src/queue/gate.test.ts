import { describe, expect, test } from '@jest/globals';
import { createGate } from './gate.ts';

const forever = new AbortController().signal;

/** Who has been let in by now, in order. */
function visitors(gate: ReturnType<typeof createGate>) {
  const entered: string[] = [];
  const leave = new Map<string, () => void>();
  const come = (name: string, isAlone: boolean, signal = forever) => {
    const entering = gate.enter(isAlone, signal).then((way) => {
      entered.push(way === null ? `${name} gave up` : name);
      if (way !== null) leave.set(name, way);
    });
    return entering;
  };
  const go = async (name: string) => {
    leave.get(name)?.();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { entered, come, go };
}

describe('the gate', () => {
  test('lets many in at once; who wants to be alone waits for them, and those who come later wait for it', async () => {
    const { entered, come, go } = visitors(createGate());
    await Promise.all([come('a', false), come('b', false)]);
    const rest = [come('alone', true), come('c', false), come('d', false)];
    await go('a');
    expect(entered).toEqual(['a', 'b']);
    await go('b');
    expect(entered).toEqual(['a', 'b', 'alone']);
    await go('alone');
    await Promise.all(rest);
    expect(entered).toEqual(['a', 'b', 'alone', 'c', 'd']);
  });

  test('two that want to be alone come one after the other', async () => {
    const { entered, come, go } = visitors(createGate());
    const both = [come('first', true), come('second', true)];
    await Promise.resolve();
    await Promise.resolve();
    expect(entered).toEqual(['first']);
    await go('first');
    await Promise.all(both);
    expect(entered).toEqual(['first', 'second']);
  });

  test('who gives up waiting holds nobody up', async () => {
    const { entered, come } = visitors(createGate());
    const patience = new AbortController();
    await come('a', false);
    const rest = [come('alone', true, patience.signal), come('b', false)];
    patience.abort();
    await Promise.all(rest);
    expect(entered.toSorted()).toEqual(['a', 'alone gave up', 'b']);
    await come('late', true, patience.signal);
    expect(entered).toContain('late gave up');
  });
});
