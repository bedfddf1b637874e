import { isTerminal, type JobStatus, type Report, type Verdict } from '@sluice/contracts';
import { VERDICT_TONES } from '../../parts/badge.tsx';
import { percent } from '../../parts/format.ts';

const RADIUS = 46;
/** Three quarters of a circle. */
const ARC = 2 * Math.PI * RADIUS * 0.75;
const STROKES = {
  good: 'stroke-good-strong',
  warn: 'stroke-warn-strong',
  bad: 'stroke-bad-strong',
  accent: 'stroke-accent',
  muted: 'stroke-edge',
};
const TEXTS = { good: 'text-good', warn: 'text-warn', bad: 'text-bad', accent: 'text-accent', muted: 'text-muted' };

/** The score on a dial, or how far the job is. */
export function VerdictDial({ report, status }: { report: Report | null; status: JobStatus }) {
  const tone = report === null ? (isTerminal(status.state) ? 'muted' : 'accent') : VERDICT_TONES[report.verdict];
  const share = report === null ? status.percent / 100 : report.score / 100;
  const says = report === null ? (isTerminal(status.state) ? 'no verdict' : 'at work') : wordOf(report.verdict);
  return (
    <div className="flex items-center gap-4 lg:flex-col lg:gap-0" role="img" aria-label={labelOf(report, status)}>
      <svg viewBox="0 0 112 112" className="size-28 shrink-0" aria-hidden>
        <g fill="none" strokeWidth="9" strokeLinecap="round" transform="rotate(135 56 56)">
          <circle cx="56" cy="56" r={RADIUS} className="stroke-sunken" strokeDasharray={`${ARC} 999`} />
          {share > 0 && (
            <circle
              cx="56"
              cy="56"
              r={RADIUS}
              className={`${STROKES[tone]} transition-[stroke-dasharray] duration-500`}
              strokeDasharray={`${ARC * share} 999`}
            />
          )}
        </g>
        <text x="56" y="62" textAnchor="middle" className="fill-text text-[27px] font-semibold tabular-nums">
          {Math.floor(share * 100)}
        </text>
        <text x="56" y="80" textAnchor="middle" className="fill-muted text-[11px]">
          {report === null ? '% done' : 'of 100'}
        </text>
      </svg>
      <div className="lg:-mt-3 lg:text-center">
        <p className={`text-lg font-bold tracking-wide uppercase ${TEXTS[tone]}`}>{says}</p>
        {report !== null && (
          <p className="text-sm text-muted">
            {report.category} · {percent(report.confidence)} sure
          </p>
        )}
      </div>
    </div>
  );
}

const wordOf = (verdict: Verdict): string => verdict;

function labelOf(report: Report | null, status: JobStatus): string {
  if (report === null) return `${status.state}, ${status.percent} percent done`;
  const { verdict, score, category, confidence } = report;
  return `Verdict ${verdict}, score ${Math.floor(score)} of 100, ${category}, confidence ${percent(confidence)}`;
}
