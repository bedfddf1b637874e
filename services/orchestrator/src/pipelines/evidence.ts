import {
  type BlobRef,
  LOOKUP_KINDS,
  type Provider,
  type ResourceEntry,
  type Targets,
  type tasks,
  type Withheld,
} from '@sluice/contracts';
import type { z } from 'zod';
import type { JobView, WantedTask } from '../engine/index.ts';
import { resultsOf, settledOf, task } from './report.ts';

/** What one scan may ask of a provider about the mail's own resources: the scarcest quota is four calls a minute. */
const MOST_LOOKUPS: Readonly<Record<Provider, number>> = {
  virustotal: 3,
  abuseipdb: 2,
  urlscan: 2,
  shodan: 1,
  gemini: 0,
};
/** And about what each visit discovered. A bound for each source keeps the plan the same, whichever visit settles first. */
const MOST_LOOKUPS_OF_A_VISIT = 1;
/** Of one scan, to one provider: each hands something over. */
const MOST_SUBMISSIONS = 1;

/** What the mail itself, or the observable, gives to visit and to ask about. */
function targetsOf(job: JobView<unknown>): Targets | null {
  const [extracted] = [...resultsOf(job, 'mail.extract'), ...resultsOf(job, 'observable.extract')];
  return extracted?.targets ?? null;
}

function plannedVisits(job: JobView<unknown>): WantedTask[] {
  const targets = targetsOf(job);
  if (targets === null) return [];
  const { resources, visits } = targets;
  return visits.map((id) => task('sandbox.visit', { resources, id }, { key: `visit.${id}`, optional: true }));
}

/** Lookups of what is known so far; a visit adds what it discovered as soon as it settles. What several sources found is asked about once. */
function plannedLookups(job: JobView<unknown>): WantedTask[] {
  const targets = targetsOf(job);
  if (targets === null) return [];
  const visits = resultsOf(job, 'sandbox.visit');
  return targets.providers.flatMap((provider) => {
    const wanted = [
      ...lookupsOf(provider, targets, MOST_LOOKUPS[provider]),
      ...visits.flatMap((visit) => lookupsOf(provider, visit, MOST_LOOKUPS_OF_A_VISIT)),
    ];
    return [...new Map(wanted.map((lookup) => [lookup.key, lookup])).values()];
  });
}

function lookupsOf(
  provider: Provider,
  { resources, lookups }: { resources: BlobRef; lookups: ResourceEntry[] },
  most: number,
): WantedTask[] {
  const kinds = LOOKUP_KINDS[provider];
  return lookups
    .filter(({ kind }) => kinds.includes(kind))
    .slice(0, most)
    .map(({ id }) =>
      task('provider.lookup', { provider, resources, id }, { key: `${provider}.${id}`, optional: true }),
    );
}

/** URLs that a provider does not know, handed over where that is permitted. */
function plannedSubmissions(job: JobView<unknown>): WantedTask[] {
  const targets = targetsOf(job);
  if (targets === null) return [];
  return targets.submits.flatMap((provider) =>
    unknownUrls(job, provider)
      .slice(0, MOST_SUBMISSIONS)
      .map(({ resources, id }) =>
        task('provider.submit', { provider, resources, id }, { key: `${provider}.${id}`, optional: true }),
      ),
  );
}

type Lookup = z.output<(typeof tasks)['provider.lookup']['payload']>;

function unknownUrls(job: JobView<unknown>, provider: Provider): Lookup[] {
  const sets = [targetsOf(job)?.lookups ?? [], ...resultsOf(job, 'sandbox.visit').map(({ lookups }) => lookups)];
  const urls = new Set(sets.flat().flatMap(({ id, kind }) => (kind === 'url' ? [id] : [])));
  return settledOf(job, 'provider.lookup')
    .filter(({ payload, result }) => payload.provider === provider && result?.isKnown === false && urls.has(payload.id))
    .map(({ payload }) => payload);
}

function plannedOpinion(job: JobView<unknown>): WantedTask[] {
  const [parsed] = resultsOf(job, 'mail.parse');
  const [extracted] = resultsOf(job, 'mail.extract');
  if (parsed === undefined || extracted === undefined || extracted.targets?.providers.includes('gemini') !== true)
    return [];
  const payload = { document: parsed.document, indicators: extracted.indicators };
  return [task('mail.opinion', payload, { key: 'gemini', optional: true })];
}

/** The stages that look beyond the mail, the same for every scan. `firstStage` is the one that found what to look at. */
export function outsideStages(firstStage: string, share: { visits: number; lookups: number; judging: number }) {
  return [
    {
      name: 'sandbox_analysis',
      share: share.visits,
      after: [firstStage],
      timeLimitMs: 60_000,
      tasks: plannedVisits,
    },
    {
      name: 'api_analysis',
      share: share.lookups,
      after: [firstStage],
      reads: ['sandbox_analysis'],
      timeLimitMs: 60_000,
      tasks: (job: JobView<unknown>) => [...plannedLookups(job), ...plannedOpinion(job)],
    },
    {
      name: 'submissions',
      state: 'api_analysis',
      share: 0,
      after: [firstStage],
      reads: ['api_analysis'],
      timeLimitMs: 120_000,
      tasks: plannedSubmissions,
    },
    {
      name: 'judging',
      state: 'aggregating',
      share: share.judging,
      after: ['checks', 'sandbox_analysis', 'api_analysis', 'submissions'],
      timeLimitMs: 60_000,
      concludes: true,
      tasks: judging,
    },
  ];
}

function judging(job: JobView<unknown>): WantedTask[] {
  const visits = visitsOf(job).map(({ id, visit }) => ({ id, visit }));
  const answers = answersOf(job).map(({ answer }) => answer);
  if (visits.length + answers.length === 0) return [];
  const [extracted] = [...resultsOf(job, 'mail.extract'), ...resultsOf(job, 'observable.extract')];
  return [task('evidence.check', { indicators: extracted?.indicators, visits, answers }, { optional: true })];
}

function visitsOf(job: JobView<unknown>) {
  return settledOf(job, 'sandbox.visit').flatMap(({ payload: { id }, result }) =>
    result === undefined ? [] : [{ id, visit: result.visit, source: result.source }],
  );
}

function answersOf(job: JobView<unknown>) {
  const results = [
    ...resultsOf(job, 'provider.lookup'),
    ...resultsOf(job, 'provider.submit'),
    ...resultsOf(job, 'mail.opinion'),
  ];
  return results.map(({ answer, source }) => ({ answer, source }));
}

/** Nothing was kept from a provider that knows every link. */
function withheldOf(job: JobView<unknown>): Withheld[] {
  const withheld = targetsOf(job)?.withheld ?? [];
  return withheld.filter(({ what }) => what !== 'submit' || unknownUrls(job, 'urlscan').length > 0);
}

/** What the outside brought, as the report wants it. */
export function outsideEvidence(job: JobView<unknown>) {
  const targets = targetsOf(job);
  return {
    visits: visitsOf(job),
    answers: answersOf(job),
    resources:
      targets === null ? [] : [targets.resources, ...resultsOf(job, 'sandbox.visit').map(({ resources }) => resources)],
    notAsked: targets?.notAsked ?? [],
    withheld: withheldOf(job),
  };
}
