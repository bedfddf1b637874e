/** Reader processes whose parser, extractor and checks never end; the outline is the real one. */
export { outline } from '../src/mail/reader-tasks.ts';
export {
  spin as authenticate,
  spin as check,
  spin as extract,
  spin as parse,
  spin as parseClosed,
} from './workloads.ts';
