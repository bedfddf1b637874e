import type { Finding, Indicators, MailDocument } from '@sluice/contracts';

export const EMPTY_INDICATORS: Indicators = {
  v: 1,
  urls: [],
  domains: [],
  ips: [],
  addresses: [],
  hashes: [],
  received: [],
  limits: [],
};

/** A plain mail, parsed. */
export function documentOf(): MailDocument {
  const ann = { address: 'ann@sender.example', name: 'Ann' };
  return {
    v: 1,
    sizeBytes: 100,
    md5: '0'.repeat(32),
    sha1: '0'.repeat(40),
    sha256: '0'.repeat(64),
    mails: [
      {
        parent: null,
        depth: 0,
        headers: [],
        messageId: '<1@sender.example>',
        subject: 'Hello',
        date: null,
        from: [ann],
        sender: null,
        replyTo: [],
        returnPath: null,
        to: [],
        cc: [],
        text: 'Nothing of note.',
        html: null,
        attachments: [],
      },
    ],
    limits: [],
    defects: [],
  };
}

export function findingOf(id: string, weight: number, quote: string): Finding {
  const words = { title: 'A title', explanation: 'What it means.' };
  return { id, severity: 'low', weight, ...words, evidence: [{ where: 'text', quote }] };
}
