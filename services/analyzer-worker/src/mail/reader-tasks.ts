import type { Finding, Indicators, LimitHit, MailDocument } from '@sluice/contracts';
import { checkMail } from '../checks/index.ts';
import { extractIndicators } from './extract.ts';
import { outlineMail, parseMail } from './parse.ts';

/** The tasks of a reader's processes; what they take and give is copied between processes. */
export type ParseInput = { bytes: Uint8Array };
export type OutlineInput = { bytes: Uint8Array; reason: LimitHit };
export type ExtractInput = { document: MailDocument };
export type CheckInput = { document: MailDocument; indicators: Indicators };

export async function parse({ bytes }: ParseInput): Promise<MailDocument> {
  return await parseMail(bytes);
}

export async function outline({ bytes, reason }: OutlineInput): Promise<MailDocument> {
  return await outlineMail(bytes, reason);
}

export function extract({ document }: ExtractInput): Indicators {
  return extractIndicators(document);
}

export function check({ document, indicators }: CheckInput): Finding[] {
  return checkMail(document, indicators);
}
