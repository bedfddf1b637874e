import { TenantId } from '@sluice/contracts';
import { QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useSearchParams } from 'react-router';
import { ReachContext, reachOf } from '../data/reach.tsx';
import { createQueries } from './queries.ts';
import { useSession } from './session.tsx';

/** Whose the page is: an operator names another tenant by `?tenant=`, which goes along with every link. */
export function TenantScope({ children }: { children: ReactNode }) {
  const { isOperator, keyId } = useSession();
  const [params] = useSearchParams();
  const named = TenantId.safeParse(params.get('tenant')).data;
  const tenant = isOperator ? named : undefined;
  return (
    <OneTenant key={`${keyId} ${tenant ?? ''}`} tenant={tenant}>
      {children}
    </OneTenant>
  );
}

/** What was read for one tenant is not there for another one, nor for who signs in next. */
function OneTenant({ tenant, children }: { tenant: string | undefined; children: ReactNode }) {
  const [reach] = useState(() => reachOf(tenant));
  const [queries] = useState(createQueries);
  return (
    <QueryClientProvider client={queries}>
      <ReachContext value={reach}>{children}</ReachContext>
    </QueryClientProvider>
  );
}
