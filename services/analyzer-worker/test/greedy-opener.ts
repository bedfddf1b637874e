/** Reader processes that run out of memory over what lies in the attachments; the rest is the real thing. */
export { outline, parseClosed } from '../src/mail/reader-tasks.ts';
export { hoardStrings as parse } from './workloads.ts';
