/** Reading a mail and judging it without Redis, for benchmarks and training. */
export { checkMail, examineMail } from './checks/index.ts';
export { voiceOf } from './checks/model-voice.ts';
export { extractIndicators } from './mail/extract.ts';
export { parseMail } from './mail/parse.ts';
export { createMailReader, type MailReader } from './mail/reader.ts';
export { findRuleFiles } from './rules/files.ts';

/** What a reader's process does, in this one. From then on the global Blob of this process is the reader's. */
export async function loadReaderTasks() {
  return await import('./mail/reader-tasks.ts');
}
