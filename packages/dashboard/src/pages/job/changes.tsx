import type { ReportChanges } from '@sluice/contracts';
import { Card } from '../../parts/card.tsx';
import { Hostile } from '../../parts/text.tsx';

/** What an amended report says anew. */
export function Changes({ changes, revision }: { changes: ReportChanges; revision: number }) {
  const lines: [string, string][] = [];
  if (changes.verdict !== null) lines.push(['Verdict', `${changes.verdict.from} → ${changes.verdict.to}`]);
  if (changes.score !== null)
    lines.push(['Score', `${Math.round(changes.score.from)} → ${Math.round(changes.score.to)}`]);
  if (changes.category !== null) lines.push(['Kind', `${changes.category.from} → ${changes.category.to}`]);
  for (const title of changes.newFindings) lines.push(['New', title]);
  for (const title of changes.goneFindings) lines.push(['Gone', title]);
  for (const what of changes.filled) lines.push(['Examined now', what]);
  for (const what of changes.nowMissing) lines.push(['Missing now', what]);
  return (
    <Card title={`What revision ${revision} says anew`} aside={`since revision ${changes.since}`}>
      {lines.length === 0 ? (
        <p className="text-sm text-muted">Nothing that changes the verdict: an answer that was late came in.</p>
      ) : (
        <ul className="flex flex-col gap-1 text-sm">
          {lines.map(([name, text], at) => (
            <li key={at} className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-2">
              <span className="text-muted">{name}</span>
              <Hostile>{text}</Hostile>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
