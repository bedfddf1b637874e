/** Runs before everything else: schemas are then checked without code made at run time, which the page's policy forbids. */
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
