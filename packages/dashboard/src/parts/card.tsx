import { type ReactNode, useId } from 'react';

interface CardProps {
  title: string;
  /** Beside the title: counts, buttons. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  /** Without the inner margin, for tables. */
  isFlush?: boolean;
}

/** A part of a page with a heading of its own. */
export function Card({ title, aside, children, className = '', isFlush = false }: CardProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={`min-w-0 rounded-xl border border-line bg-surface ${className}`}>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-2.5">
        <h2 id={id} className="text-sm font-semibold tracking-wide">
          {title}
        </h2>
        {aside !== undefined && <div className="flex flex-wrap items-center gap-2 text-sm text-muted">{aside}</div>}
      </div>
      <div className={isFlush ? '' : 'p-4'}>{children}</div>
    </section>
  );
}

/** The head of a page. The browser's tab is called after it. */
export function PageHead({ title, says, children }: { title: string; says?: string; children?: ReactNode }) {
  return (
    <div className="mb-5 flex flex-wrap items-end justify-between gap-3">
      <title>{`${title} · Sluice`}</title>
      <div className="min-w-0">
        <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
        {says !== undefined && <p className="mt-1 max-w-prose text-muted">{says}</p>}
      </div>
      {children !== undefined && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </div>
  );
}

/** Names and what they are. */
export function Facts({ children, isWide = false }: { children: ReactNode; isWide?: boolean }) {
  const columns = isWide ? 'sm:grid-cols-[minmax(8rem,14rem)_1fr]' : 'sm:grid-cols-[8rem_1fr]';
  return <dl className={`grid grid-cols-1 gap-x-4 gap-y-0.5 text-sm sm:gap-y-1.5 ${columns}`}>{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="mt-2 text-muted sm:mt-0">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </>
  );
}
