import {
  type AnswerSource,
  type AnswerStatus,
  type ErrorInfo,
  type NotAsked,
  PROVIDERS,
  type Provider,
  type ProviderAnswer,
  type ReportAnswer,
  type ReportPart,
  type ResourceId,
} from '@sluice/contracts';
import { resourceId } from '@sluice/fleet/resources';
import { byRank, type Catalogue, isQuestion } from './resources.ts';

export interface AnswerEvidence {
  source: AnswerSource;
  answer: ProviderAnswer;
}

/** A line of the report, and what it is about. */
interface Told {
  resource: ResourceId | undefined;
  line: ReportAnswer;
}

const STATUS: Readonly<Record<AnswerSource, AnswerStatus>> = {
  fresh: 'fresh',
  joined: 'fresh',
  memory: 'cached',
  redis: 'cached',
  stale: 'stale',
};
/** Of errors that a quota makes, ours or the provider's. */
const REFUSALS = new Set(['quota-exhausted', 'provider-refused']);
/** The provider is left alone for a while, because it failed too often. */
const LEFT_ALONE = 'provider-down';
/** The operator has switched the provider off after the question was planned. */
const SWITCHED_OFF = 'provider-off';
const STALE = 'Asking again failed, so this answer is older than it should be.';
/** The latest time that a `Date` can hold. */
const LAST_MS = 8.64e15;

const NOTHING = {
  retryAt: null,
  isKnown: null,
  opinion: null,
  score: null,
  summary: null,
  facts: [],
  link: null,
  askedAt: null,
} as const satisfies Partial<ReportAnswer>;

/**
 * What became of every question, provider by provider. What a provider answered about one resource stands once, however often it was asked:
 * what came of a submission takes the place of the lookup that knew nothing. A question without an answer stands beside it.
 */
export function tellAnswers(
  parts: readonly ReportPart[],
  answers: readonly AnswerEvidence[],
  catalogue: Catalogue,
  notAsked: readonly NotAsked[],
): ReportAnswer[] {
  const answered = bestAnswers(answers);
  const told: Told[] = [...answered.values()].map(tellAnswer);
  for (const part of parts.filter(isQuestion)) {
    if (part.status !== 'done' || !answered.has(keyOf(part.provider, part.resource)))
      told.push(tellSilence(part, catalogue));
  }
  for (const { provider, why, isSwitchedOff } of notAsked) {
    const line = { provider, resource: null, status: 'not-asked' as const, why, ...offMark(isSwitchedOff), ...NOTHING };
    told.push({ resource: undefined, line });
  }
  const ranked = byRank(told, catalogue, ({ resource }) => resource).map(({ line }) => line);
  return ranked.toSorted((a, b) => PROVIDERS.indexOf(a.provider) - PROVIDERS.indexOf(b.provider));
}

function keyOf(provider: Provider, resource: ResourceId | undefined): string {
  return `${provider} ${resource ?? ''}`;
}

function idOf({ resource }: ProviderAnswer): ResourceId | undefined {
  return resource === null ? undefined : resourceId(resource.kind, resource.value);
}

/** By provider and resource: an answer that knows the resource before one that does not, else the later one. */
function bestAnswers(answers: readonly AnswerEvidence[]): Map<string, AnswerEvidence> {
  const best = new Map<string, AnswerEvidence>();
  for (const one of answers) {
    const key = keyOf(one.answer.provider, idOf(one.answer));
    const known = best.get(key);
    if (known === undefined || one.answer.isKnown || !known.answer.isKnown) best.set(key, one);
  }
  return best;
}

function tellAnswer({ source, answer }: AnswerEvidence): Told {
  const { provider, resource, isKnown, opinion, score, summary, facts, link, askedAt } = answer;
  const status = STATUS[source];
  const why = status === 'stale' ? STALE : null;
  const said = { isKnown, opinion, score, summary, facts, link, askedAt };
  return { resource: idOf(answer), line: { provider, resource, status, why, retryAt: null, ...said } };
}

function tellSilence(part: ReportPart & { provider: Provider }, catalogue: Catalogue): Told {
  const { provider, error } = part;
  const found = part.resource === undefined ? undefined : catalogue.get(part.resource);
  const resource = found === undefined ? null : { kind: found.kind, value: found.value };
  const status = statusOf(part);
  const why = whyNot(part);
  const mark = offMark(error?.code === SWITCHED_OFF);
  const line = { provider, resource, status, why, ...mark, ...NOTHING, retryAt: retryAtOf(error) };
  return { resource: part.resource, line };
}

function offMark(isOff: boolean | undefined): Pick<ReportAnswer, 'isSwitchedOff'> {
  return isOff === true ? { isSwitchedOff: true } : {};
}

function statusOf({ status, error }: ReportPart): AnswerStatus {
  if (error?.code === SWITCHED_OFF) return 'not-asked';
  if (error !== undefined && REFUSALS.has(error.code)) return 'refused';
  return status === 'deferred' && error?.code !== LEFT_ALONE ? 'late' : 'failed';
}

function whyNot({ status, error }: ReportPart): string {
  if (error !== undefined) return error.message;
  return status === 'deferred' ? 'There was no answer in time.' : 'The answer is not among the results.';
}

function retryAtOf(error: ErrorInfo | undefined): string | null {
  const ms = error?.retryAtMs ?? Number.NaN;
  return Math.abs(ms) <= LAST_MS ? new Date(ms).toISOString() : null;
}
