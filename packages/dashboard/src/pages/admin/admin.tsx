import { ShieldX } from 'lucide-react';
import { Outlet } from 'react-router';
import { mayBe, useSession } from '../../app/session.tsx';
import { PageHead } from '../../parts/card.tsx';
import { Empty } from '../../parts/note.tsx';
import { type Tab, TabLinks } from '../../parts/tabs.tsx';

/** Who may come in, whose mail is taken, what may be asked, and who did what. */
export function Admin() {
  const session = useSession();
  if (!mayBe(session, 'admin')) {
    return (
      <>
        <PageHead title="Admin" />
        <Empty icon={ShieldX} title="Your key administers nothing">
          <p>Ask an admin of your tenant for what you need.</p>
        </Empty>
      </>
    );
  }
  const tabs: (Tab | false)[] = [
    { to: '/admin', label: 'Keys' },
    { to: '/admin/tenants', label: session.isOperator ? 'Tenants' : 'Tenant' },
    { to: '/admin/judgement', label: 'Judgement' },
    { to: '/admin/addresses', label: 'Addresses' },
    { to: '/admin/webhooks', label: 'Webhooks' },
    session.isOperator && { to: '/admin/quotas', label: 'Quotas' },
    session.isOperator && { to: '/admin/switches', label: 'Switches' },
    { to: '/admin/cache', label: 'Cache' },
    { to: '/admin/audit', label: 'Audit' },
  ];
  return (
    <>
      <PageHead title="Admin" />
      <TabLinks label="Parts of the administration" tabs={tabs.filter((tab) => tab !== false)} />
      <Outlet />
    </>
  );
}
