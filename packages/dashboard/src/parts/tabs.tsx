import { useEffect, useRef } from 'react';
import { useLocation } from 'react-router';
import { NavLink } from './link.tsx';

export interface Tab {
  to: string;
  label: string;
  count?: number | undefined;
}

/** Parts of a page that have addresses of their own. */
export function TabLinks({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const frame = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // Where not all have room the chosen one is among those in sight.
  useEffect(() => {
    const chosen = frame.current?.querySelector<HTMLElement>('[aria-current=page]');
    if (frame.current === null || chosen === null || chosen === undefined) return;
    frame.current.scrollLeft = chosen.offsetLeft + chosen.offsetWidth / 2 - frame.current.clientWidth / 2;
  }, [pathname]);
  return (
    <nav ref={frame} aria-label={label} className="relative -mx-1 mb-4 overflow-x-auto border-b border-line px-1">
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
