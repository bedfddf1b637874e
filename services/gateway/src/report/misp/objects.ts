import type { Attachment, Report } from '@sluice/contracts';
import { isAddress } from './clues.ts';
import { type Frame, type MispObject, objectOf, refer, type RelatedClue, type Template } from './parts.ts';

const EMAIL: Template = {
  name: 'email',
  'meta-category': 'network',
  description: 'Email object describing an email with meta-information',
  template_uuid: 'a0c666e0-fc65-4be8-b48f-3423d788b552',
  template_version: '15',
};
const FILE: Template = {
  name: 'file',
  'meta-category': 'file',
  description: 'File object describing a file with meta-information',
  template_uuid: '688c46fb-5edb-40a3-8273-1af7923e2215',
  template_version: '23',
};
const DELIVERY = 'Payload delivery';

/** The mail and its files, the mail first; none for an observable. */
export function objectsOf(report: Report, frame: Frame): MispObject[] {
  const { subject } = report;
  if (subject.kind !== 'mail') return [];
  const mail = objectOf(EMAIL, subject.sha256, mailClues(report, subject), frame);
  const badHashes = hashesCalledBad(report);
  const files = subject.attachments.flatMap((file, at) => {
    return objectOf(FILE, `${at} ${file.sha256}`, fileClues(file, badHashes.has(file.sha256)), frame) ?? [];
  });
  if (mail !== null) for (const file of files) refer(mail, file, 'includes');
  return [...(mail === null ? [] : [mail]), ...files];
}

type Mail = Extract<Report['subject'], { kind: 'mail' }>;

/** By the names of the template. Recipients are left out: they are those who were attacked. */
function mailClues({ indicators }: Report, mail: Mail): RelatedClue[] {
  const of = (relation: string, type: string, values: readonly (string | null)[], category = DELIVERY) =>
    values.flatMap((value) => (value === null ? [] : [{ relation, type, category, value }]));
  const withRole = (role: 'reply-to' | 'return-path') =>
    indicators.addresses
      .filter(({ roles }) => roles.includes(role))
      .map(({ address }) => address)
      .filter(isAddress);
  const once = (values: readonly string[]) => values.slice(0, 1);
  return [
    ...of('from', 'email-src', unique(mail.from.map(({ address }) => address).filter(isAddress))),
    ...of('from-display-name', 'email-src-display-name', unique(mail.from.map(({ name }) => name))),
    ...of('subject', 'email-subject', [mail.subject]),
    ...of('message-id', 'email-message-id', [mail.messageId]),
    ...of('send-date', 'datetime', [momentOf(mail.date)], 'Other'),
    ...of('reply-to', 'email-reply-to', once(withRole('reply-to'))),
    ...of('return-path', 'email-src', once(withRole('return-path'))),
    ...of('attachment', 'email-attachment', unique(mail.attachments.flatMap(({ fileName }) => fileName ?? []))),
  ];
}

/** As ISO 8601; null where the mail's own word for it is no date: MISP takes nothing else. */
function momentOf(date: string | null): string | null {
  const atMs = date === null ? Number.NaN : Date.parse(date);
  return Number.isNaN(atMs) ? null : new Date(atMs).toISOString();
}

function fileClues(file: Attachment, toIds: boolean): RelatedClue[] {
  const { fileName, sizeBytes, md5, sha1, sha256, detectedType, declaredType } = file;
  const name =
    fileName === null ? [] : [{ relation: 'filename', type: 'filename', category: DELIVERY, value: fileName }];
  return [
    ...name,
    { relation: 'size-in-bytes', type: 'size-in-bytes', category: 'Other', value: String(sizeBytes) },
    { relation: 'mimetype', type: 'mime-type', category: DELIVERY, value: detectedType ?? declaredType },
    { relation: 'md5', type: 'md5', category: DELIVERY, value: md5, toIds },
    { relation: 'sha1', type: 'sha1', category: DELIVERY, value: sha1, toIds },
    { relation: 'sha256', type: 'sha256', category: DELIVERY, value: sha256, toIds },
  ];
}

function hashesCalledBad({ answers }: Report): Set<string> {
  return new Set(
    answers.flatMap(({ opinion, resource }) =>
      opinion === 'malicious' && resource?.kind === 'hash' ? [resource.value] : [],
    ),
  );
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
