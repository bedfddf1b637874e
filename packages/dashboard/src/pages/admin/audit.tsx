import { ScrollText } from 'lucide-react';
import { usePages } from '../../data/pages.ts';
import { useReach } from '../../data/reach.tsx';
import { Empty } from '../../parts/note.tsx';
import { PagedTable } from '../../parts/paged-table.tsx';
import { Moment } from '../../parts/time.tsx';

/** Who did what, newest first. */
export function Audit() {
  const { client, tenant: named } = useReach();
  const query = usePages({
    queryKey: ['audit'],
    read: (cursor, signal) => client.admin.audit.page({ limit: 100, cursor, tenant: named }, signal),
  });
  return (
    <PagedTable
      title="Audit"
      label="Audit"
      heads={['When', 'Who', 'What', 'About', 'Tenant']}
      query={query}
      row={({ id, atMs, actor, action, target, tenant }) => (
        <tr key={id}>
          <td className="whitespace-nowrap">
            <Moment ms={atMs} />
          </td>
          <td className="font-mono text-xs">{actor}</td>
          <td className="font-medium">{action}</td>
          <td className="font-mono text-xs [overflow-wrap:anywhere]">{target}</td>
          <td>{tenant ?? 'the fleet'}</td>
        </tr>
      )}
      empty={
        <Empty icon={ScrollText} title="Nothing was changed yet">
          <p>What people change, and whose mail they read, stands here.</p>
        </Empty>
      }
    />
  );
}
