import { expect, test } from '@jest/globals';
import { chooseSeed, seededRandom } from '@sluice/testkit';
import { createMemory } from './memory.ts';

const copy = (text: string, tags: string[] = []) => ({ text, tags, keptAtMs: 0 });

test('memory never weighs more than its cap, in bytes and not in items, and counts rightly', () => {
  const random = seededRandom(chooseSeed('memory'));
  const capBytes = 100_000;
  let told = 0;
  const memory = createMemory(capBytes, () => (told += 1));
  const least = new Map<string, number>();
  for (let step = 0; step < 5_000; step += 1) {
    const key = `n${Math.floor(random() * 3)}:1::${Math.floor(random() * 200)}`;
    const text = (random() < 0.2 ? 'ü' : 'u').repeat(Math.floor(random() * 4_000));
    if (random() < 0.1) memory.drop(key);
    else memory.keep(key, copy(text));
    least.set(key, text.startsWith('ü') ? 2 * text.length : text.length);
    expect(memory.bytes()).toBeLessThanOrEqual(capBytes);
  }
  const held = [...least].filter(([key]) => memory.read(key) !== undefined);
  expect(memory.entries()).toBe(held.length);
  expect(memory.bytes()).toBeGreaterThan(held.reduce((sum, [, bytes]) => sum + bytes, 0));
  expect(memory.bytes()).toBe(['n0', 'n1', 'n2'].reduce((sum, name) => sum + memory.held(name).bytes, 0));
  expect(memory.evictions()).toBe(told);
  for (const name of ['n0', 'n1', 'n2']) memory.dropAll(name);
  expect([memory.bytes(), memory.entries()]).toEqual([0, 0]);
});

test('the least recently used goes first, and what is larger than the cap is not kept', () => {
  const memory = createMemory(2_500, () => undefined);
  memory.keep('n:1::a', copy('a'.repeat(700)));
  memory.keep('n:1::b', copy('b'.repeat(700)));
  memory.read('n:1::a');
  memory.keep('n:1::c', copy('c'.repeat(700)));
  expect(['a', 'b', 'c'].map((name) => memory.read(`n:1::${name}`) !== undefined)).toEqual([true, false, true]);
  memory.keep('n:1::d', copy('d'.repeat(2_500)));
  expect(memory.read('n:1::d')).toBeUndefined();
  expect(memory.entries()).toBe(2);
});

test('a tag and a namespace are dropped whole, and nothing beside them', () => {
  const memory = createMemory(100_000, () => undefined);
  memory.keep('n:1::a', copy('a', ['=x', '@acme']));
  memory.keep('n:1::b', copy('b', ['=y']));
  memory.keep('m:1::a', copy('c', ['=x']));
  memory.dropTag('n', '=x');
  expect(['n:1::a', 'n:1::b', 'm:1::a'].map((key) => memory.read(key)?.text)).toEqual([undefined, 'b', 'c']);
  memory.dropAll('n');
  expect(['n:1::b', 'm:1::a'].map((key) => memory.read(key)?.text)).toEqual([undefined, 'c']);
});
