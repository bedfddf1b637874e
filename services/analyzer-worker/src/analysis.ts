/** Reading a mail and judging it without Redis, for benchmarks and training. */
export { examineMail } from './checks/index.ts';
export { voiceOf } from './checks/model-voice.ts';
export { extractIndicators } from './mail/extract.ts';
export { parseMail } from './mail/parse.ts';
export { createMailReader, type MailReader } from './mail/reader.ts';
export { findRuleFiles } from './rules/files.ts';
/** What a reader's process does, in this one; it takes over the global Blob. */
export * as readerTasks from './mail/reader-tasks.ts';
