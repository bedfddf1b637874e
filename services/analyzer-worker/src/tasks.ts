import { type BlobRef, Findings, Indicators, MailDocument, type tasks } from '@sluice/contracts';
import { type BlobStore, getDocument, putDocument } from '@sluice/fleet/blobs';
import type { Handlers } from '@sluice/fleet/queue';
import { checkObservable } from './checks/index.ts';
import type { MailReader } from './mail/reader.ts';
import { extractObservable } from './observable/extract.ts';

export interface AnalysisTools {
  blobs: BlobStore;
  reader: MailReader;
}

/** What the analysis pool does. */
export function createHandlers({ blobs, reader }: AnalysisTools): Handlers<typeof tasks, 'analysis'> {
  async function storeFindings(tenant: string, findings: Findings['findings']) {
    return { findings: await putDocument(blobs, tenant, Findings, { v: 1, findings }), count: findings.length };
  }

  async function storeIndicators(tenant: string, indicators: Indicators) {
    const ref: BlobRef = await putDocument(blobs, tenant, Indicators, indicators);
    const { urls, domains, ips, hashes } = indicators;
    return { indicators: ref, urls: urls.length, domains: domains.length, ips: ips.length, attachments: hashes.length };
  }

  return {
    async 'mail.parse'({ blob }, { tenant, signal }) {
      const document = await reader.parse(await blobs.get(blob), signal);
      const ref = await putDocument(blobs, tenant, MailDocument, document);
      const attachments = document.mails.reduce((sum, mail) => sum + mail.attachments.length, 0);
      return { document: ref, mails: document.mails.length, attachments, limits: document.limits.length };
    },

    async 'mail.extract'({ document }, { tenant, signal }) {
      const mail = await getDocument(blobs, MailDocument, document);
      return storeIndicators(tenant, await reader.extract(mail, signal));
    },

    async 'mail.check'({ document, indicators }, { tenant, signal }) {
      const mail = await getDocument(blobs, MailDocument, document);
      const found = await getDocument(blobs, Indicators, indicators);
      return storeFindings(tenant, await reader.check(mail, found, signal));
    },

    async 'observable.extract'(observable, { tenant }) {
      return storeIndicators(tenant, extractObservable(observable));
    },

    async 'observable.check'({ indicators }, { tenant }) {
      return storeFindings(tenant, checkObservable(await getDocument(blobs, Indicators, indicators)));
    },
  };
}
