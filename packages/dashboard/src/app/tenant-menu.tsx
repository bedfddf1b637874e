import { useQuery } from '@tanstack/react-query';
import { Building2, ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { useLocation, useNavigate } from 'react-router';
import { useReach } from '../data/reach.tsx';
import { MENU_ITEM } from '../parts/menu.ts';
import { ErrorNote } from '../parts/note.tsx';
import { useSession } from './session.tsx';

/** Of which tenant an operator sees jobs, keys and letters. */
export function TenantMenu() {
  const session = useSession();
  const { client, tenant = session.tenant } = useReach();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const { data, error } = useQuery({
    queryKey: ['tenant-names'],
    queryFn: ({ signal }) => client.admin.tenants.page({ limit: 500 }, signal),
    enabled: isOpen,
  });
  const isForeign = tenant !== session.tenant;
  const choose = (next: string) => {
    // A job belongs to one tenant: of another one there is the list.
    const path = pathname.startsWith('/jobs/') ? '/jobs' : pathname;
    void navigate(next === session.tenant ? path : `${path}?tenant=${encodeURIComponent(next)}`);
  };
  return (
    <MenuTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button
        className={`flex min-h-9 min-w-0 cursor-pointer items-center gap-1.5 rounded-lg px-2.5 text-sm ${isForeign ? 'bg-warn-soft font-medium text-warn' : 'text-muted hover:bg-sunken hover:text-text'}`}
      >
        <Building2 size={16} aria-hidden className="shrink-0" />
        <span className="sr-only">Tenant</span>
        <span className="max-w-28 truncate md:max-w-40">{tenant}</span>
        <ChevronDown size={14} aria-hidden className="shrink-0" />
      </Button>
      <Popover
        placement="bottom end"
        className="max-h-96 w-64 overflow-auto rounded-xl border border-edge bg-surface p-1.5 shadow-xl"
      >
        {error !== null && <ErrorNote error={error} />}
        <Menu
          aria-label="Tenant to look at"
          items={data?.items ?? []}
          selectionMode="single"
          selectedKeys={[tenant]}
          disallowEmptySelection
          onAction={(key) => choose(String(key))}
          className="outline-none"
          renderEmptyState={() => <p className="px-2.5 py-1.5 text-sm text-muted">Reading the tenants</p>}
        >
          {(each) => (
            <MenuItem id={each.tenant} textValue={each.name} className={MENU_ITEM}>
              <span className="min-w-0 truncate">{each.name}</span>
              <span className="ml-auto font-mono text-xs text-muted">{each.tenant}</span>
            </MenuItem>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
