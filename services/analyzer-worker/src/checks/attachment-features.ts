import type { Attachment, AttachmentFeature, Finding } from '@sluice/contracts';
import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

type Rule = Omit<Finding, 'evidence'> & {
  /** All of them, in one file. */
  has: readonly AttachmentFeature[];
  /** This rule says less than the one named, and is left out where that one speaks of the file. */
  unless?: AttachmentFeature;
};

/** What a file can do, found by reading it, and what that is worth. */
const RULES: readonly Rule[] = [
  {
    id: 'attachment.macro-starts',
    has: ['macro', 'auto-open'],
    severity: 'high',
    weight: 60,
    category: 'malware',
    title: 'A macro starts by itself',
    explanation: 'The attached document holds a program that begins as soon as the document is opened.',
  },
  {
    id: 'attachment.external-template',
    has: ['external-template'],
    severity: 'high',
    weight: 65,
    category: 'malware',
    title: 'A document loads its template from elsewhere',
    explanation:
      'When the attached document is opened it fetches another one from a server, which can carry a harmful program.',
  },
  {
    id: 'attachment.external-object',
    has: ['external-object'],
    severity: 'medium',
    weight: 35,
    category: 'malware',
    title: 'A document loads content from elsewhere',
    explanation: 'When the attached document is opened it fetches something from a server without asking.',
  },
  {
    id: 'attachment.dde',
    has: ['dde'],
    severity: 'high',
    weight: 55,
    category: 'malware',
    title: 'A document can start programs',
    explanation: 'A field in the attached document starts a program or fetches data when the document is opened (DDE).',
  },
  {
    id: 'attachment.launch-action',
    has: ['launch-action'],
    severity: 'medium',
    weight: 40,
    category: 'malware',
    title: 'A document opens another file or program',
    explanation: 'The attached PDF asks the computer to open another file or to start a program.',
  },
  {
    id: 'attachment.script-starts',
    has: ['javascript', 'open-action'],
    severity: 'medium',
    weight: 40,
    category: 'malware',
    title: 'A script in a PDF starts by itself',
    explanation:
      'The attached PDF holds a script, and does something as soon as it is opened. Ordinary documents do not.',
  },
  {
    id: 'attachment.script',
    has: ['javascript'],
    unless: 'open-action',
    severity: 'low',
    weight: 15,
    title: 'A PDF holds a script',
    explanation: 'The attached PDF holds a script. Forms use them; so do harmful files.',
  },
  {
    id: 'attachment.obfuscated',
    has: ['obfuscated'],
    severity: 'high',
    weight: 50,
    category: 'malware',
    title: 'A PDF hides what it does',
    explanation:
      'Commands inside the attached PDF are written in a disguised form, which only helps to get past filters.',
  },
  {
    id: 'attachment.locked-password-given',
    has: ['encrypted', 'password-in-mail'],
    severity: 'medium',
    weight: 40,
    category: 'malware',
    title: 'A locked attachment comes with its password',
    explanation: 'The attachment is locked and the mail gives the password: it keeps filters out and nobody else.',
  },
  {
    id: 'attachment.locked',
    has: ['encrypted'],
    unless: 'password-in-mail',
    severity: 'low',
    weight: 15,
    title: 'An attachment is locked',
    explanation: 'The attachment needs a password, so that it could not be examined.',
  },
  {
    id: 'attachment.smuggling',
    has: ['smuggling'],
    severity: 'high',
    weight: 60,
    category: 'malware',
    title: 'An attached page builds a hidden file',
    explanation:
      'A script in the attached page holds a file or another page in a coded form and puts it together when it is opened.',
  },
  {
    id: 'attachment.asks-password',
    has: ['password-field'],
    severity: 'high',
    weight: 60,
    category: 'phishing',
    title: 'An attached page asks for a password',
    explanation: 'There is a password field inside the attachment. No honest service sends its login page by mail.',
  },
  {
    id: 'attachment.redirects',
    has: ['redirect'],
    severity: 'medium',
    weight: 30,
    category: 'phishing',
    title: 'An attached page leads elsewhere by itself',
    explanation: 'The attached page does nothing but lead to a website, past filters that look at links.',
  },
  {
    id: 'attachment.bomb',
    has: ['bomb'],
    severity: 'medium',
    weight: 40,
    category: 'malware',
    title: 'An archive unpacks to far too much',
    explanation:
      'The attached archive is small and unpacks to an enormous size, which makes programs that examine it fail.',
  },
  {
    id: 'attachment.leads-out',
    has: ['path-traversal'],
    severity: 'high',
    weight: 60,
    category: 'malware',
    title: 'An archive writes outside its folder',
    explanation:
      'A file in the attached archive is named so that it lands in another folder than the one it is unpacked to.',
  },
];

export const attachmentFeatures: MailCheck = ({ document }) => {
  const attachments = document.mails.flatMap((mail) => mail.attachments);
  return RULES.flatMap(({ has, unless, ...finding }) => {
    const isSuch = ({ features = [] }: Attachment): boolean =>
      has.every((feature) => features.includes(feature)) && (unless === undefined || !features.includes(unless));
    return findingFrom({ ...finding, evidence: attachments.filter(isSuch).map(evidenceOf) });
  });
};

function evidenceOf({ fileName, detectedType, declaredType, unread = [] }: Attachment) {
  const holds = unread.length === 0 ? '' : `, holds ${unread.slice(0, 5).join(', ')}`;
  return quoteOf('attachment', `${fileName ?? 'unnamed'} (${detectedType ?? declaredType}${holds})`);
}
