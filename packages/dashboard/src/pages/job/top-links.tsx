import type { JobId, ReportVisit } from '@sluice/contracts';
import { Link } from '../../parts/link.tsx';
import { Card } from '../../parts/card.tsx';
import { Address } from '../../parts/text.tsx';
import { Screenshot } from './screenshot.tsx';

const MOST = 2;

/** Where the first links lead, as a picture. */
export function TopLinks({ jobId, visits }: { jobId: JobId; visits: readonly ReportVisit[] }) {
  const pictured = visits.map((visit, at) => ({ visit, number: at + 1 })).filter(({ visit }) => visit.facts !== null);
  if (pictured.length === 0) return null;
  return (
    <Card
      title="Where the links lead"
      aside={
        <Link to={`/jobs/${jobId}/links`} className="inline-block min-h-6 text-accent hover:underline">
          all {visits.length}
        </Link>
      }
    >
      <ul className="flex flex-col gap-4">
        {pictured.slice(0, MOST).map(({ visit: { url, facts }, number }) => (
          <li key={number} className="min-w-0">
            {facts?.screenshot != null && (
              <Screenshot jobId={jobId} number={number} url={facts.finalUrl} className="mb-2 w-full" />
            )}
            <p className="text-xs">
              <Address>{url}</Address>
            </p>
            {facts !== null && facts.finalUrl !== url && (
              <p className="mt-0.5 text-xs text-muted">
                leads to <Address className="text-text">{facts.finalUrl}</Address>
              </p>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
