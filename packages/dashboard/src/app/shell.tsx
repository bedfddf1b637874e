import { Inbox, ListChecks, type LucideIcon, MailWarning, ServerCog, Settings2 } from 'lucide-react';
import { Suspense, useEffect, useRef } from 'react';
import { Outlet, ScrollRestoration, useLocation, useNavigation } from 'react-router';
import { NavLink } from '../parts/link.tsx';
import { Loading } from '../parts/note.tsx';
import { Account } from './account.tsx';
import { TenantScope } from './scope.tsx';
import { SessionGate, mayBe, useSession } from './session.tsx';
import { TenantMenu } from './tenant-menu.tsx';

interface Room {
  to: string;
  name: string;
  icon: LucideIcon;
  needs: Parameters<typeof mayBe>[1];
}

const ROOMS: readonly Room[] = [
  { to: '/', name: 'Submit', icon: Inbox, needs: 'submitter' },
  { to: '/jobs', name: 'Jobs', icon: ListChecks, needs: 'analyst' },
  { to: '/fleet', name: 'Fleet', icon: ServerCog, needs: 'analyst' },
  { to: '/dead-letters', name: 'Dead letters', icon: MailWarning, needs: 'admin' },
  { to: '/admin', name: 'Admin', icon: Settings2, needs: 'admin' },
];

export function Shell() {
  return (
    <SessionGate>
      <TenantScope>
        <House />
      </TenantScope>
    </SessionGate>
  );
}

function House() {
  const { pathname } = useLocation();
  const { isOperator } = useSession();
  const isLeaving = useNavigation().state === 'loading';
  const isWide = /^\/(jobs|batches|fleet)/.test(pathname);
  return (
    <div className="flex min-h-dvh flex-col pb-14 md:pb-0">
      <a
        href="#content"
        className="sr-only z-50 rounded bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        To the content
      </a>
      <header className="sticky top-0 z-30 border-b border-line bg-surface">
        <div className="mx-auto flex h-14 max-w-[96rem] items-center gap-6 px-4">
          <NavLink to="/" className="flex items-center gap-2 font-semibold tracking-tight">
            <Mark />
            Sluice
          </NavLink>
          <Rooms place="top" />
          <div className="ml-auto flex min-w-0 items-center gap-1 md:ml-0">
            {isOperator && <TenantMenu />}
            <Account />
          </div>
        </div>
        {isLeaving && <div className="h-0.5 animate-breathe bg-accent" />}
      </header>
      <main
        id="content"
        tabIndex={-1}
        className={`mx-auto w-full flex-1 px-4 py-6 outline-none ${isWide ? 'max-w-[96rem]' : 'max-w-6xl'}`}
      >
        <Suspense fallback={<Loading what="Opening the page" />}>
          <Outlet />
        </Suspense>
      </main>
      <Rooms place="bottom" />
      <KeepFocus pathname={pathname} />
      <ScrollRestoration />
    </div>
  );
}

/** Who came by a link that is gone now goes on at the beginning of the new page, not at that of the window. */
function KeepFocus({ pathname }: { pathname: string }) {
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    if (document.activeElement === document.body) document.querySelector<HTMLElement>('#content')?.focus();
  }, [pathname]);
  return null;
}

const TOP = 'ml-2 hidden flex-1 md:block';
const BOTTOM = 'fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface md:hidden';

/** Above on a wide screen, under the thumb on a narrow one. */
function Rooms({ place }: { place: 'top' | 'bottom' }) {
  const session = useSession();
  const rooms = ROOMS.filter(({ needs }) => mayBe(session, needs));
  const isTop = place === 'top';
  return (
    <nav aria-label="Main" className={isTop ? TOP : BOTTOM}>
      <ul className={isTop ? 'flex items-center gap-1' : 'flex'}>
        {rooms.map(({ to, name, icon: Icon }) => (
          <li key={to} className={isTop ? '' : 'min-w-0 flex-1'}>
            <NavLink to={to} end={to === '/'} className={({ isActive }) => doorLook(isTop, isActive)}>
              <Icon size={isTop ? 16 : 20} aria-hidden />
              <span className="truncate">{name}</span>
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function doorLook(isTop: boolean, isActive: boolean): string {
  const shape = isTop
    ? 'min-h-9 rounded-lg px-3 text-sm font-medium'
    : 'h-14 flex-col justify-center gap-0.5 px-1 text-xs';
  const active = isTop ? 'bg-accent-soft text-accent' : 'text-accent font-semibold';
  return `flex items-center gap-2 ${shape} ${isActive ? active : 'text-muted hover:text-text'}`;
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path d="M7 9h18M7 15h18" className="stroke-on-accent" strokeWidth="3" strokeLinecap="round" />
      <path
        d="M11 21v4M16 21v4M21 21v4"
        className="stroke-on-accent opacity-60"
        strokeWidth="3"
        strokeLinecap="round"
      />
    </svg>
  );
}
