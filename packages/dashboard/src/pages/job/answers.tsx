import { type AnswerStatus, PROVIDER_NAMES, type ReportAnswer } from '@sluice/contracts';
import { MessageCircleQuestion } from 'lucide-react';
import { Badge, OPINION_TONES, type Tone } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { moment } from '../../parts/format.ts';
import { Empty } from '../../parts/note.tsx';
import { Address, Copy, Hostile } from '../../parts/text.tsx';
import { useJob } from './context.ts';

const TONES: Readonly<Record<AnswerStatus, Tone>> = {
  fresh: 'good',
  cached: 'accent',
  stale: 'warn',
  refused: 'bad',
  failed: 'bad',
  late: 'warn',
  'not-asked': 'muted',
};
const MEANS: Readonly<Record<AnswerStatus, string>> = {
  fresh: 'asked for this job',
  cached: 'asked before, and still valid',
  stale: 'asked long before; asking again failed',
  refused: 'over a quota, ours or the provider’s',
  failed: 'no answer that could be read',
  late: 'not answered yet',
  'not-asked': '',
};

/** What providers say of the resources in the mail, and how old their answers are. */
export function Answers() {
  const { report } = useJob();
  if (report === null || report.answers.length === 0) {
    return (
      <div className="rounded-xl border border-line bg-surface">
        <Empty icon={MessageCircleQuestion} title={report === null ? 'Nobody has answered yet' : 'Nobody was asked'}>
          <p>Providers are asked where the fleet has a key for them and the mail’s TLP permits it.</p>
        </Empty>
      </div>
    );
  }
  const byProvider = Map.groupBy(report.answers, ({ provider }) => provider);
  return (
    <div className="flex flex-col gap-4">
      {[...byProvider].map(([provider, answers]) => (
        <Card key={provider} title={PROVIDER_NAMES[provider]} isFlush aside={`${answers.length}`}>
          <ul className="divide-y divide-line">
            {answers.map((answer, at) => (
              <li key={at} className="px-4 py-3">
                <Answer answer={answer} />
              </li>
            ))}
          </ul>
        </Card>
      ))}
    </div>
  );
}

function Answer({ answer }: { answer: ReportAnswer }) {
  const { resource, status, why, retryAt, opinion, score, summary, facts, link, askedAt } = answer;
  return (
    <div className="grid gap-x-5 gap-y-1 text-sm lg:grid-cols-[minmax(0,1fr)_auto]">
      <div className="min-w-0">
        <p>
          {resource === null ? <span className="text-muted">as a whole</span> : <Address>{resource.value}</Address>}
        </p>
        {summary !== null && (
          <p className="mt-0.5">
            <Hostile>{summary}</Hostile>
          </p>
        )}
        {why !== null && <p className="mt-0.5 text-muted">{why}</p>}
        {facts.length > 0 && (
          <dl className="mt-1.5 flex flex-wrap gap-x-5 gap-y-0.5 text-xs">
            {facts.map(({ name, value }, at) => (
              <div key={at} className="flex gap-1.5">
                <dt className="text-muted">{name}</dt>
                <dd>
                  <Hostile>{value}</Hostile>
                </dd>
              </div>
            ))}
          </dl>
        )}
      </div>
      <div className="flex items-start gap-2 lg:justify-end">
        {opinion !== null && opinion !== 'none' && (
          <Badge tone={OPINION_TONES[opinion]}>
            {opinion}
            {score !== null && ` ${Math.round(score)}`}
          </Badge>
        )}
        <span className="text-xs text-muted">
          <Badge tone={TONES[status]}>{status.replace('-', ' ')}</Badge> {MEANS[status]}
          <span className="block lg:text-right">
            {retryAt !== null && <>again from {moment(Date.parse(retryAt))}</>}
            {retryAt === null && askedAt !== null && moment(Date.parse(askedAt))}
          </span>
        </span>
        {link !== null && <Copy text={link} label="Copy the address of the provider’s page" />}
      </div>
    </div>
  );
}
