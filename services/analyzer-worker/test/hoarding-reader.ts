/** Reader processes that run out of memory, in the outline too. */
export {
  hoardObjects as check,
  hoardObjects as extract,
  hoardStrings as parse,
  hoardStrings as parseClosed,
  hoardTables as outline,
} from './workloads.ts';
