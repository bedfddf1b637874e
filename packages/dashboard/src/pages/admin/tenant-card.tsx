import { PROVIDER_NAMES, type TenantView, TLPS } from '@sluice/contracts';
import { KeyRound, Pencil } from 'lucide-react';
import { useState } from 'react';
import { useSession } from '../../app/session.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Card, Fact, Facts } from '../../parts/card.tsx';
import { count, percent } from '../../parts/format.ts';
import { TenantActs } from './tenant-acts.tsx';
import { TenantForm } from './tenant-form.tsx';
import { ProviderKeys } from './provider-keys.tsx';
import { RELEASE_WORDS } from './tenant-update.ts';

/** One tenant: what it may, what of it may leave, and for an operator the ways to change that. */
export function TenantCard({ view }: { view: TenantView }) {
  const { isOperator, tenant: own } = useSession();
  const [open, setOpen] = useState<'form' | 'keys' | null>(null);
  const { tenant, name, isBlocked } = view;
  const close = () => setOpen(null);
  return (
    <Card
      title={name}
      aside={
        <>
          <span className="font-mono text-xs">{tenant}</span>
          {isBlocked && <Badge tone="bad">blocked</Badge>}
          {isOperator && (
            <>
              <Button onPress={() => setOpen('form')}>
                <Pencil size={14} aria-hidden /> Edit<span className="sr-only"> {name}</span>
              </Button>
              <Button onPress={() => setOpen('keys')}>
                <KeyRound size={14} aria-hidden /> Provider keys<span className="sr-only"> of {name}</span>
              </Button>
              {tenant !== own && <TenantActs view={view} />}
            </>
          )}
        </>
      }
    >
      <div className="grid gap-x-8 gap-y-4 md:grid-cols-2">
        <Plan view={view} />
        <Releases view={view} />
      </div>
      {open === 'form' && <TenantForm view={view} onClose={close} />}
      {open === 'keys' && <ProviderKeys view={view} onClose={close} />}
    </Card>
  );
}

function Plan({ view: { plan, providers, providerKeys, shares } }: { view: TenantView }) {
  const shared = Object.entries(shares).map(
    ([provider, share]) => `${PROVIDER_NAMES[provider as keyof typeof PROVIDER_NAMES]} ${percent(share)}`,
  );
  const names = (list: readonly (keyof typeof PROVIDER_NAMES)[]) => list.map((each) => PROVIDER_NAMES[each]).join(', ');
  return (
    <Facts>
      <Fact name="Requests">{count(plan.requestsPerSecond)} a second</Fact>
      <Fact name="At work">{count(plan.jobsInFlight)} jobs at most</Fact>
      <Fact name="A day">{count(plan.jobsPerDay)} jobs at most</Fact>
      <Fact name="Priority">up to {plan.priorityCeiling}</Fact>
      <Fact name="May ask">
        {providers === null ? 'all that the fleet has a key for' : names(providers) || 'nobody'}
      </Fact>
      <Fact name="Own keys">{providerKeys.length === 0 ? 'none' : names(providerKeys)}</Fact>
      {shared.length > 0 && <Fact name="Share">{shared.join(', ')}</Fact>}
    </Facts>
  );
}

function Releases({ view: { release, defaultTlp } }: { view: TenantView }) {
  return (
    <div>
      <h3 className="mb-1 text-sm font-semibold">What may leave, by TLP</h3>
      <ul className="flex flex-col gap-1 text-sm">
        {TLPS.map((tlp) => (
          <li key={tlp} className="grid grid-cols-[9rem_minmax(0,1fr)] gap-2">
            <span>
              {tlp}
              {tlp === defaultTlp && <span className="text-xs text-muted"> (usual)</span>}
            </span>
            <span className="text-muted">
              {(release[tlp] ?? []).map((each) => RELEASE_WORDS[each]).join(', ') || 'nothing'}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
