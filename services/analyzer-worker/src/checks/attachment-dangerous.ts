import type { Attachment, Evidence } from '@sluice/contracts';
import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

type Danger = { kind: 'program' | 'container' | 'page'; weight: number; extensions: RegExp; detected: RegExp };

/** Strongest first. What a double click runs, what carries that past filters, what asks for it. */
const DANGERS: readonly Danger[] = [
  {
    kind: 'program',
    weight: 75,
    extensions:
      /\.(?:exe|scr|com|pif|cpl|msi|msix|appx|dll|sys|hta|vbs|vbe|js|jse|wsf|wsh|ps1|psm1|bat|cmd|lnk|jar|reg|chm|scf|url|library-ms|settingcontent-ms|application|xll)$/i,
    detected: /^(?:exe|lnk|elf|macho|chm|reg|class|deb|rpm)$/,
  },
  {
    kind: 'container',
    weight: 50,
    extensions: /\.(?:iso|img|vhd|vhdx|udf|dmg|ace|arj|one)$/i,
    detected: /^(?:iso|dmg|ace|arj)$/,
  },
  {
    kind: 'page',
    weight: 35,
    extensions: /\.(?:html?|shtml|xhtml|mht|mhtml|svg|xml\.htm)$/i,
    detected: /^(?:html|svg)$/,
  },
];

export const attachmentDangerous: MailCheck = ({ document }) => {
  const attachments = document.mails.flatMap((mail) => mail.attachments);
  for (const danger of DANGERS) {
    const evidence = attachments.filter((attachment) => isSuch(attachment, danger)).map(evidenceOf);
    if (evidence.length > 0) return findingFrom({ ...describe(danger.weight), evidence });
  }
  return [];
};

/** What a file of this name does when it is opened; null for ordinary ones. */
export function dangerOfName(name: string): Danger['kind'] | null {
  return DANGERS.find(({ extensions }) => extensions.test(name.trimEnd()))?.kind ?? null;
}

function isSuch(attachment: Attachment, danger: Danger): boolean {
  const name = (attachment.fileName ?? '').trimEnd();
  return danger.extensions.test(name) || danger.detected.test(attachment.detectedExtension ?? '');
}

function evidenceOf(attachment: Attachment): Evidence {
  const type = attachment.detectedType ?? attachment.declaredType;
  return quoteOf('attachment', `${attachment.fileName ?? 'unnamed'} (${type}, ${attachment.sizeBytes} bytes)`);
}

function describe(weight: number): Omit<Parameters<typeof findingFrom>[0], 'evidence'> {
  if (weight >= 50) {
    return {
      id: 'attachment.dangerous',
      severity: weight >= 75 ? 'critical' : 'high',
      weight,
      category: 'malware',
      title: 'An attachment can run programs',
      explanation:
        'Opening this kind of file can start a program on the computer. Hardly anyone sends such files by mail.',
    };
  }
  return {
    id: 'attachment.web-page',
    severity: 'medium',
    weight,
    category: 'phishing',
    title: 'A web page is attached',
    explanation:
      'Attached pages often show a false login form that no filter has seen, because it is not on the internet.',
  };
}
