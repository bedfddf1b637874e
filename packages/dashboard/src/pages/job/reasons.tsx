import type { ScoredFinding, Severity } from '@sluice/contracts';
import { ShieldCheck } from 'lucide-react';
import { Badge, SEVERITY_TONES } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { plural } from '../../parts/format.ts';
import { defang } from '../../parts/hostile.ts';
import { Empty } from '../../parts/note.tsx';
import { Hostile } from '../../parts/text.tsx';

const BARS: Readonly<Record<Severity, string>> = {
  info: 'bg-edge',
  low: 'bg-accent',
  medium: 'bg-warn-strong',
  high: 'bg-bad-strong',
  critical: 'bg-bad-strong',
};

/** Why: what added most to the score first, each with what it was seen by. */
export function Reasons({ findings }: { findings: readonly ScoredFinding[] }) {
  const ordered = findings.toSorted((one, other) => other.contribution - one.contribution || other.weight - one.weight);
  if (ordered.length === 0) {
    return (
      <Card title="Reasons">
        <Empty icon={ShieldCheck} title="No check noticed anything">
          <p>That is no promise: a new kind of lie may look like this as well.</p>
        </Empty>
      </Card>
    );
  }
  return (
    <Card title="Reasons" isFlush aside={`${plural(ordered.length, 'finding')}, the weightiest first`}>
      <ol className="divide-y divide-line">
        {ordered.map((finding, at) => (
          <Reason key={`${finding.id} ${at}`} finding={finding} most={ordered[0]?.contribution ?? 0} />
        ))}
      </ol>
    </Card>
  );
}

function Reason({ finding, most }: { finding: ScoredFinding; most: number }) {
  const { id, title, explanation, severity, contribution, evidence } = finding;
  const share = most === 0 ? 0 : Math.min(1, contribution / most);
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[4.5rem_minmax(0,1fr)]">
      <div className="flex items-center gap-2 sm:flex-col sm:items-end sm:gap-1">
        <span className="text-lg leading-none font-semibold tabular-nums">
          {contribution > 0 ? `+${contribution.toFixed(contribution < 10 ? 1 : 0)}` : '0'}
        </span>
        <span aria-hidden className="block h-1 w-14 overflow-hidden rounded-full bg-sunken">
          <span className={`block h-full ${BARS[severity]}`} style={{ width: `${share * 100}%` }} />
        </span>
        <span className="sr-only">points</span>
      </div>
      <div className="min-w-0">
        <h3 className="flex flex-wrap items-center gap-2 font-medium">
          <Hostile>{title}</Hostile>
          <Badge tone={SEVERITY_TONES[severity]}>{severity}</Badge>
        </h3>
        <p className="mt-0.5 text-sm text-muted">
          <Hostile>{explanation}</Hostile>
        </p>
        {evidence.length > 0 && (
          <ul className="mt-2 flex flex-col gap-1.5">
            {evidence.map(({ where, quote }, at) => (
              <li key={at} className="flex gap-2 rounded-md bg-sunken px-2.5 py-1.5 text-xs">
                <span className="shrink-0 font-semibold text-muted">{where}</span>
                <Hostile className="font-mono whitespace-pre-wrap">{quietLinks(quote)}</Hostile>
              </li>
            ))}
          </ul>
        )}
        <p className="mt-1.5 font-mono text-[0.7rem] text-muted">{id}</p>
      </div>
    </li>
  );
}

/** Links within a quotation become none where it is pasted. */
function quietLinks(quote: string): string {
  return quote.replaceAll(/\bhttps?:\/\/[^\s"'<>]+/gi, (url) => defang(url));
}
