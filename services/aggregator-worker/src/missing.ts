import {
  type AnswerStatus,
  type Dossier,
  PROVIDER_NAMES,
  type Report,
  type ReportAnswer,
  type ReportPart,
  type ReportVisit,
  type Resource,
  type Withheld,
} from '@sluice/contracts';
import { isQuestion, isVisit } from './resources.ts';

/** One thing that was not examined. */
interface Gap {
  /** The same in every revision, as long as the gap is there. */
  key: string;
  /** Costs confidence once, however many gaps it has. */
  source: string;
  /** Gaps of one group are told as one. */
  group: string;
  what: string;
  /** Instead of `what` where a group has several. */
  whatOfMany: (count: number) => string;
  why: string;
  retryAt: string | null;
}

type Examined = Pick<Dossier, 'parts' | 'limits' | 'visits' | 'answers'>;

/** What people call a task, by the end of its id. */
const TASKS: Readonly<Record<string, string>> = {
  'mail-check': 'The checks of the mail',
  'mail-authenticate': 'Whether the mail comes from whom it says (SPF, DKIM, DMARC)',
  'observable-check': 'The checks of what was submitted',
  'evidence-check': 'The judgement of what visits and providers brought',
};
/** These are no gap: somebody answered, or nobody could have been asked. What the operator has switched off is one. */
const TOLD = new Set<AnswerStatus>(['fresh', 'cached', 'stale', 'not-asked']);
const SILENCE: Partial<Record<AnswerStatus, string>> = {
  refused: 'Over a quota',
  failed: 'It failed',
  late: 'No answer in time',
};
const MOST_CHARS = 120;

/** Everything that was not examined: each failed or late task, visit and question, and each bound that was met. */
export function gapsOf({ parts, limits, visits, answers }: Examined): Gap[] {
  return [
    ...parts.filter((part) => part.status !== 'done' && !isVisit(part) && !isQuestion(part)).map(gapOfPart),
    ...visits.filter(({ facts }) => facts === null).map(gapOfVisit),
    ...answers.filter(({ status, isSwitchedOff }) => isSwitchedOff === true || !TOLD.has(status)).map(gapOfAnswer),
    ...limits.map(({ limit, message }) => single(`limit ${limit}`, limit, message)),
  ];
}

/** Group by group, with every reason of a group once. */
export function foldGaps(gaps: readonly Gap[]): Report['missing'] {
  return [...Map.groupBy(gaps, ({ group }) => group).values()].map((some) => {
    // A group has at least the gap that made it.
    const [{ what, whatOfMany }] = some as [Gap, ...Gap[]];
    const count = new Set(some.map(({ key }) => key)).size;
    const [retryAt] = some.flatMap((gap) => gap.retryAt ?? []).toSorted();
    const whys = [...new Set(some.map(({ why }) => why))];
    if (retryAt !== undefined) whys.push(`It can be asked again from ${retryAt}.`);
    return { what: count === 1 ? what : whatOfMany(count), why: whys.join(' ') };
  });
}

/** Left out on purpose: it is no gap. */
export function tellWithheld({ what, count, why }: Withheld): Report['missing'][number] {
  if (what === 'submit')
    return { what: 'Links that urlscan.io does not know', why: `Not handed over, because ${why}.` };
  const links = count === undefined ? 'The linked pages' : count === 1 ? 'The linked page' : `${count} linked pages`;
  return { what: links, why: `Not opened, because ${why}.` };
}

function single(key: string, what: string, why: string): Gap {
  return { key, source: key, group: key, what, whatOfMany: () => what, why, retryAt: null };
}

function gapOfPart({ task, status, error }: ReportPart): Gap {
  const reason = error === undefined ? '' : `: ${error.message} (${error.code})`;
  const why = status === 'deferred' ? `No answer in time${reason}` : `It failed${reason}`;
  return single(`task ${task}`, TASKS[task.split('.').at(-1) ?? ''] ?? task, why);
}

function gapOfVisit({ url, status, why }: ReportVisit): Gap {
  const reason = `${status === 'late' ? 'Not seen in time' : 'The visit failed'}: ${why ?? 'nobody said why'}`;
  return {
    key: `visit ${url}`,
    source: 'visits',
    group: `visits ${reason}`,
    what: `The page ${show({ kind: 'url', value: url })}`,
    whatOfMany: (count) => `${count} linked pages`,
    why: reason,
    retryAt: null,
  };
}

function gapOfAnswer({ provider, resource, status, isSwitchedOff, why, retryAt }: ReportAnswer): Gap {
  if (isSwitchedOff === true) {
    return single(provider, PROVIDER_NAMES[provider], 'Not asked: the operator has switched it off for now.');
  }
  const reason = `${SILENCE[status] ?? status}: ${why ?? 'nobody said why'}`;
  return {
    key: `${provider} ${resource?.kind ?? ''} ${resource?.value ?? ''}`,
    source: provider,
    group: `${provider} ${reason}`,
    what: `${PROVIDER_NAMES[provider]} about ${resource === null ? 'the mail' : show(resource)}`,
    whatOfMany: (count) => `${PROVIDER_NAMES[provider]} about ${count} resources`,
    why: reason,
    retryAt,
  };
}

/** Recognisable, short, and not clickable: `hxxps://example[.]com/…`. */
function show({ kind, value }: Omit<Resource, 'id'>): string {
  if (kind === 'hash') return value;
  const text = value
    .replace(/^http/i, 'hxxp')
    .replace(/^([a-z+.-]+:\/\/)?[^/?#]*/i, (head) => head.replaceAll('.', '[.]'));
  return text.length <= MOST_CHARS ? text : `${text.slice(0, MOST_CHARS - 1)}…`;
}
