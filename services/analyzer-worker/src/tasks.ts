import {
  type Answered,
  Authentication,
  type BlobRef,
  type Finding,
  Findings,
  Indicators,
  MailDocument,
  ProviderAnswer,
  type Resource,
  ResourceSet,
  SluiceError,
  type tasks,
  VisitFacts,
} from '@sluice/contracts';
import { type BlobStore, getDocument, putDocument } from '@sluice/fleet/blobs';
import type { Handlers, TaskContext } from '@sluice/fleet/queue';
import { type Says, type Settings, whyWithheld } from '@sluice/fleet/settings';
import { checkEvidence } from './checks/evidence.ts';
import { checkObservable } from './checks/index.ts';
import type { MailReader } from './mail/reader.ts';
import { extractObservable } from './observable/extract.ts';
import type { Asked, Providers } from './providers/index.ts';
import { rankTargets } from './targets.ts';

export interface AnalysisTools {
  blobs: BlobStore;
  reader: MailReader;
  providers: Providers;
  rules: Pick<Settings, 'tenant'>;
  /** What operators say of their tenants' mails. */
  says: Pick<Says, 'of'>;
  /** Files of YARA rules. */
  ruleFiles: string[];
  /** Links of one scan that are visited. */
  mostVisits: number;
}

const MOST_LOOKUPS = 40;

type Owner = Pick<TaskContext, 'tenant' | 'tlp'>;

/** A model's opinion weighs little. */
const OPINION_DECIDES = 300;

/** When quota is short, what is asked first: the set of a mail, and of a visit, holds the most telling resource first. */
function decidesOf(place: number): number {
  return Math.max(1_000 - 50 * place, 0);
}

/** What the analysis pool does. */
export function createHandlers({
  blobs,
  reader,
  providers,
  rules,
  says,
  ruleFiles,
  mostVisits,
}: AnalysisTools): Handlers<typeof tasks, 'analysis'> {
  const read = createReads(blobs);
  /** The mail is stored under its own hash; where it is not kept any more, nothing is found. */
  async function scan(tenant: string, document: MailDocument, signal: AbortSignal): Promise<Finding[]> {
    if (!document.mails.some(({ attachments }) => attachments.length > 0)) return [];
    try {
      const bytes = await blobs.get(`${tenant}/${document.sha256}`);
      return await reader.scanFiles(bytes, document, ruleFiles, signal);
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'blob-missing') return [];
      throw error;
    }
  }
  const store = createStores(blobs, { providers, rules, mostVisits });

  return {
    async 'mail.parse'({ blob }, { tenant, signal }) {
      const document = await reader.parse(await blobs.get(blob), signal);
      return {
        document: await putDocument(blobs, tenant, MailDocument, document),
        mails: document.mails.length,
        attachments: document.mails.reduce((sum, mail) => sum + mail.attachments.length, 0),
        limits: document.limits.length,
        isSigned: reader.isSigned(document, (await says.of(tenant)).trustedAuthservIds),
      };
    },

    'mail.extract': async ({ document }, context) =>
      store.indicators(context, await reader.extract(await read.document(document), context.signal)),

    async 'mail.check'({ document, indicators }, { tenant, signal }) {
      const mail = { document: await read.document(document), indicators: await read.indicators(indicators) };
      const found = await reader.check(mail.document, mail.indicators, signal);
      const ruled = await reader.tryRules(mail, (await says.of(tenant)).rules, signal);
      const scanned = await scan(tenant, mail.document, signal);
      return store.findings(tenant, { findings: [...found, ...ruled, ...scanned] });
    },

    async 'mail.authenticate'({ blob, document }, { tenant, signal }) {
      const mail = await read.document(document);
      const { trustedAuthservIds } = await says.of(tenant);
      const { authentication, findings } = await reader.authenticate(
        await blobs.get(blob),
        mail,
        signal,
        trustedAuthservIds,
      );
      return {
        authentication: await putDocument(blobs, tenant, Authentication, authentication),
        ...(await store.findings(tenant, { findings })),
      };
    },

    async 'mail.opinion'({ document, indicators }, asker) {
      const mail = { document: await read.document(document), indicators: await read.indicators(indicators) };
      return store.answer(asker.tenant, await providers.opinion(mail, { ...asker, decides: OPINION_DECIDES }));
    },

    async 'provider.lookup'({ provider, resources, id }, asker) {
      const { resource, decides } = await read.resource(resources, id);
      return store.answer(asker.tenant, await providers.lookup(provider, resource, { ...asker, decides }));
    },

    async 'provider.submit'({ provider, resources, id }, asker) {
      const { resource, decides } = await read.resource(resources, id);
      return store.answer(asker.tenant, await providers.submit(provider, resource, { ...asker, decides }));
    },

    async 'evidence.check'({ indicators, visits, answers }, { tenant }) {
      const evidence = {
        indicators: indicators === undefined ? null : await read.indicators(indicators),
        visits: await Promise.all(
          visits.map(async ({ id, visit }) => ({ id, facts: await getDocument(blobs, VisitFacts, visit) })),
        ),
        answers: await Promise.all(answers.map((answer) => getDocument(blobs, ProviderAnswer, answer))),
      };
      return store.findings(tenant, checkEvidence(evidence));
    },

    'observable.extract': (observable, context) => store.indicators(context, extractObservable(observable)),

    'observable.check': async ({ indicators }, { tenant }) =>
      store.findings(tenant, { findings: checkObservable(await read.indicators(indicators)) }),
  };
}

function createReads(blobs: BlobStore) {
  return {
    document: (ref: BlobRef) => getDocument(blobs, MailDocument, ref),
    indicators: (ref: BlobRef) => getDocument(blobs, Indicators, ref),
    async resource(set: BlobRef, id: string): Promise<{ resource: Resource; decides: number }> {
      const { resources } = await getDocument(blobs, ResourceSet, set);
      const place = resources.findIndex((one) => one.id === id);
      const resource = resources[place];
      if (resource !== undefined) return { resource, decides: decidesOf(place) };
      throw new SluiceError('resource-missing', 'The resource that was to be asked about is not in its set.');
    },
  };
}

/** Why links stay closed that a tenant lets be opened. */
function whyUnopened(mostVisits: number): string {
  if (mostVisits === 0) return 'this fleet opens no links';
  return mostVisits === 1
    ? 'only the most telling link is opened'
    : `only the ${mostVisits} most telling links are opened`;
}

function createStores(
  blobs: BlobStore,
  { providers, rules, mostVisits }: Omit<AnalysisTools, 'reader' | 'blobs' | 'says' | 'ruleFiles'>,
) {
  return {
    async findings(tenant: string, found: { findings: Findings['findings']; brands?: Findings['brands'] }) {
      const findings = await putDocument(blobs, tenant, Findings, { v: 1, ...found });
      return { findings, count: found.findings.length };
    },

    /** What may not leave at this moment is not among the targets, and why. */
    async indicators({ tenant, tlp }: Owner, indicators: Indicators) {
      const whyNoVisit = whyWithheld(await rules.tenant(tenant), tlp, 'visit');
      const { enabled, notAsked, submits, withheld } = await providers.permissions(tenant, tlp);
      const visits = whyNoVisit === null ? mostVisits : 0;
      const { resources, unopened, ...ranked } = rankTargets(indicators, { visits, lookups: MOST_LOOKUPS });
      const why = whyNoVisit ?? whyUnopened(mostVisits);
      const { urls, domains, ips, hashes } = indicators;
      const set = await putDocument(blobs, tenant, ResourceSet, { v: 1, resources });
      return {
        indicators: await putDocument(blobs, tenant, Indicators, indicators),
        targets: {
          resources: set,
          ...ranked,
          providers: enabled,
          notAsked,
          submits,
          withheld: [...(unopened === 0 ? [] : [{ what: 'visit' as const, count: unopened, why }]), ...withheld],
        },
        urls: urls.length,
        domains: domains.length,
        ips: ips.length,
        attachments: hashes.length,
      };
    },

    async answer(tenant: string, { answer, source }: Asked): Promise<Answered> {
      return { answer: await putDocument(blobs, tenant, ProviderAnswer, answer), source, isKnown: answer.isKnown };
    },
  };
}
