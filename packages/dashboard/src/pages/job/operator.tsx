import type { Report } from '@sluice/contracts';
import { mayBe, useSession } from '../../app/session.tsx';
import { VerdictBadge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Link } from '../../parts/link.tsx';
import { Hostile } from '../../parts/text.tsx';

/** Where the operator's settings had a hand in the verdict, and what it would be without them. */
export function OperatorHand({ operator: { because, without } }: { operator: NonNullable<Report['operator']> }) {
  const isAdmin = mayBe(useSession(), 'admin');
  return (
    <Card
      title="The operator’s hand"
      aside={
        isAdmin && (
          <Link to="/admin/judgement" className="inline-block min-h-6 text-accent hover:underline">
            the settings
          </Link>
        )
      }
    >
      <ul className="flex flex-col gap-1 text-sm">
        {because.map((each) => (
          <li key={each}>
            <Hostile>{each}</Hostile>
          </li>
        ))}
      </ul>
      <p className="mt-3 flex flex-wrap items-center gap-2 text-sm text-muted">
        Without them: <VerdictBadge verdict={without.verdict} /> {without.category}, {Math.floor(without.score)} of 100
      </p>
    </Card>
  );
}
