import type { Finding, Indicators, LimitHit, MailDocument, SayRule } from '@sluice/contracts';
import { type Model, readModel } from '@sluice/judgement';
import { openRules } from '@sluice/judgement/say';
import type { DNSResolver } from 'mailauth';
import type { MailAuthentication } from '../checks/auth-mail.ts';
import { authenticateMail } from '../checks/auth-mail.ts';
import { checkMail } from '../checks/index.ts';
import type { ScanInput } from '../rules/scan.ts';
import { createDnsResolver } from './dns.ts';
import { extractIndicators } from './extract.ts';
import { useLightBlobs } from './light-blob.ts';
import { DEFAULT_MAIL_LIMITS } from './limits.ts';
import { outlineMail, parseMail } from './parse.ts';

useLightBlobs();

/** The tasks of a reader's processes; what they take and give is copied between processes. */
export type ParseInput = { bytes: Uint8Array };
export type OutlineInput = { bytes: Uint8Array; reason: LimitHit };
export type ExtractInput = { document: MailDocument };
/** `model`: `shipped`, `off`, or the path of a file. */
export type CheckInput = { document: MailDocument; indicators: Indicators; model: string };
export type TryRulesInput = { document: MailDocument; indicators: Indicators; rules: readonly SayRule[] };
export type AuthenticateInput = {
  bytes: Uint8Array;
  document: MailDocument;
  trustedAuthservIds: string[];
  /** None: DNS is not asked. */
  dnsServers: string[];
  timeLimitMs: number;
};

export async function parse({ bytes }: ParseInput): Promise<MailDocument> {
  return await parseMail(bytes);
}

/** The same without opening its attachments. */
export async function parseClosed({ bytes }: ParseInput): Promise<MailDocument> {
  return await parseMail(bytes, DEFAULT_MAIL_LIMITS, null);
}

export async function outline({ bytes, reason }: OutlineInput): Promise<MailDocument> {
  return await outlineMail(bytes, reason);
}

export function extract({ document }: ExtractInput): Indicators {
  return extractIndicators(document);
}

export function check({ document, indicators, model }: CheckInput): Finding[] {
  return checkMail(document, indicators, modelOf(model));
}

/** What YARA rules find in the attachments. Loaded with the first mail that has any. */
export async function scanFiles(input: ScanInput): Promise<Finding[]> {
  return (await import('../rules/scan.ts')).scanFiles(input);
}

/** What the rules of the tenant's operator find. Their expressions were looked at when they were set; one that cannot be used is a fault of ours. */
export function tryRules({ rules, ...mail }: TryRulesInput): Finding[] {
  return openRules(rules)(mail);
}

/** Read once a process. */
let keptModel: { name: string; model: Model | null } | null = null;

function modelOf(name: string): Model | null {
  if (name === 'off') return null;
  if (keptModel?.name !== name) keptModel = { name, model: readModel(name === 'shipped' ? null : name) };
  return keptModel.model;
}

export async function authenticate(input: AuthenticateInput): Promise<MailAuthentication> {
  const { bytes, document, dnsServers, ...config } = input;
  return await authenticateMail(bytes, document, { ...config, resolver: resolverOf(dnsServers) });
}

/** Kept from mail to mail, because it knows whether its servers answer. */
let kept: { key: string; resolver: DNSResolver } | null = null;

function resolverOf(servers: readonly string[]): DNSResolver | null {
  if (servers.length === 0) return null;
  const key = servers.join(' ');
  if (kept?.key !== key) kept = { key, resolver: createDnsResolver({ servers }) };
  return kept.resolver;
}
