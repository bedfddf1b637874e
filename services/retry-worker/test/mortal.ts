/** What a process does until it is killed: so many steps, and then nothing any more. */
export interface Mortal {
  /** These functions are steps of the part; each of them is done whole, or not at all. */
  wrap<Part extends object>(part: Part, steps: readonly (keyof Part & string)[]): Part;
  isDead(): boolean;
  /** Steps that were done. */
  taken(): number;
}

/** After `steps` steps it is dead: whatever it wants to do then, fails. */
export function mortal(steps: number): Mortal {
  let taken = 0;
  let isDead = false;

  function step(): void {
    if (isDead || taken >= steps) {
      isDead = true;
      throw new Error('this process is dead');
    }
    taken += 1;
  }

  return {
    wrap: (part, names) =>
      new Proxy(part, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          const counts = (names as readonly (string | symbol)[]).includes(name);
          return async (...args: unknown[]): Promise<unknown> => {
            if (isDead) throw new Error('this process is dead');
            if (counts) step();
            return (await Reflect.apply(value, target, args)) as unknown;
          };
        },
      }),
    isDead: () => isDead,
    taken: () => taken,
  };
}
