import type { Entry } from './entry.ts';
import { namespaceOf } from './keys.ts';
import { createMemory } from './memory.ts';
import { memoryEvictions } from './metrics.ts';
import type { Clock, Forgotten } from './notices.ts';

/** The copies of this process, and what it has heard about them. */
export function createCopies(memoryBytes: number) {
  const memory = createMemory(memoryBytes, () => memoryEvictions.inc());
  /** By namespace, the clock up to which every notice was heard. */
  const clocks = new Map<string, Clock>();
  const counts = new Map<string, number>();
  const heard = (namespace: string): number => counts.get(namespace) ?? 0;
  const hearMore = (namespace: string) => counts.set(namespace, heard(namespace) + 1);

  function dropAll(namespace: string, clock?: Clock): void {
    memory.dropAll(namespace);
    hearMore(namespace);
    if (clock === undefined) clocks.delete(namespace);
    else clocks.set(namespace, clock);
  }

  function forget(what: Forgotten): void {
    hearMore(what.namespace);
    if ('key' in what) memory.drop(what.key);
    else if ('tag' in what) memory.dropTag(what.namespace, what.tag);
    else memory.dropAll(what.namespace);
  }

  return {
    memory,
    heard,
    forget,

    read(key: string, heardAtMs: number, blindMs: number): Entry | undefined {
      const copy = memory.read(key);
      if (copy === undefined) return undefined;
      const isTrusted = performance.now() - Math.max(heardAtMs, copy.keptAtMs) < blindMs;
      return isTrusted ? (JSON.parse(copy.text) as Entry) : undefined;
    },

    /** Not kept when anything of the namespace was forgotten since `heardBefore`: it may be just that. */
    keep(key: string, text: string, tags: readonly string[], heardBefore: number): void {
      if (heard(namespaceOf(key)) === heardBefore) memory.keep(key, { text, tags, keptAtMs: performance.now() });
    },

    /** The server's clock in a reply; notices on their way may still say how it came to that. */
    see(namespace: string, clock: Clock): void {
      const known = clocks.get(namespace);
      if (known === undefined) clocks.set(namespace, clock);
      else if (known.epoch !== clock.epoch) dropAll(namespace, clock);
    },

    hear(what: Forgotten, clock: Clock): void {
      const known = clocks.get(what.namespace);
      const isGapless = known === undefined || (known.epoch === clock.epoch && clock.n <= known.n + 1);
      if (!isGapless) {
        dropAll(what.namespace, clock);
        return;
      }
      forget(what);
      if (known === undefined || clock.n > known.n) clocks.set(what.namespace, clock);
    },

    /** After a time without notices: what may have been forgotten unheard goes. */
    confirm(namespace: string, clock: Clock | undefined): void {
      const known = clocks.get(namespace);
      if (known === undefined || known.epoch !== clock?.epoch || known.n < clock.n) dropAll(namespace);
    },
  };
}
