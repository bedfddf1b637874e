import { Inbox } from 'lucide-react';
import { LinkButton } from '../../parts/button.tsx';
import { PageHead } from '../../parts/card.tsx';
import { Empty } from '../../parts/note.tsx';

/** To who may submit, and read what came of it, alone. */
export function NotForYou() {
  return (
    <>
      <PageHead title="Jobs" />
      <Empty icon={Inbox} title="Your key submits, and reads what it has submitted">
        <p className="mb-3">To list and search the jobs of the tenant, ask an admin for a key of the role analyst.</p>
        <LinkButton to="/">Submit a mail</LinkButton>
      </Empty>
    </>
  );
}
