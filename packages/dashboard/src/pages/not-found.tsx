import { Compass } from 'lucide-react';
import { LinkButton } from '../parts/button.tsx';
import { PageHead } from '../parts/card.tsx';
import { Empty } from '../parts/note.tsx';

export function NotFound() {
  return (
    <>
      <PageHead title="There is no such page" />
      <Empty icon={Compass} title="The address leads nowhere">
        <p className="mb-3">A link may be old, or cut off where it was copied.</p>
        <LinkButton to="/jobs">To the jobs</LinkButton>
      </Empty>
    </>
  );
}
