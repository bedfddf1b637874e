import { NavLink } from './link.tsx';

export interface Tab {
  to: string;
  label: string;
  count?: number | undefined;
}

/** Parts of a page that have addresses of their own. */
export function TabLinks({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <nav aria-label={label} className="-mx-1 mb-4 overflow-x-auto border-b border-line px-1">
      <ul className="flex gap-1">
        {tabs.map(({ to, label: name, count }) => (
          <li key={to}>
            <NavLink
              to={to}
              end
              className={({ isActive }) =>
                `flex min-h-10 items-center gap-1.5 border-b-2 px-3 text-sm font-medium whitespace-nowrap ${
                  isActive ? 'border-accent text-accent' : 'border-transparent text-muted hover:text-text'
                }`
              }
            >
              {name}
              {count !== undefined && <span className="rounded bg-sunken px-1.5 text-xs text-muted">{count}</span>}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
