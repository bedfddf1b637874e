// Stands in for `fast-check` in all tests: SLUICE_SEED, where it is set, chooses the examples of every property.
import * as fc from '../node_modules/fast-check/lib/fast-check.js';

const seed = process.env.SLUICE_SEED;
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });

export * from '../node_modules/fast-check/lib/fast-check.js';
// oxlint-disable-next-line import/no-default-export -- as the library has it.
export default fc;
