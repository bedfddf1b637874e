import type { CSSProperties, ReactNode } from 'react';

interface Head {
  name: string;
  /** In the place of the name. */
  content: ReactNode;
}

interface Props {
  label: string;
  /** An empty name: what can be done with the row. */
  heads: readonly (string | Head)[];
  children: ReactNode;
  /** The least width of the table where it is one. */
  width?: string;
  /** The most height of what is seen of it at once. */
  height?: string;
}

const CELLS = '[&_:is(td,th)]:px-4 [&_:is(td,th)]:py-2 [&_tr]:border-b [&_tr]:border-line [&_tr:last-child]:border-0';

/** A table that scrolls by itself where it is wider than the page; on a narrow screen each row is a list of its cells with their names (`.stacked`). */
export function Table({ label, heads, children, width = 'sm:min-w-[40rem]', height = '' }: Props) {
  const names = heads.map((head) => (typeof head === 'string' ? head : head.name));
  return (
    <div className={`relative overflow-x-auto ${height}`} role="group" aria-label={label} tabIndex={0}>
      <table className={`stacked w-full text-left text-sm ${width}`} style={namesFor(names)}>
        <thead className="sticky top-0 z-10 bg-surface text-xs text-muted">
          <tr className="border-b border-line">
            {heads.map((head) => (
              <Column key={typeof head === 'string' ? head : head.name} head={head} />
            ))}
          </tr>
        </thead>
        <tbody className={CELLS}>{children}</tbody>
      </table>
    </div>
  );
}

function Column({ head }: { head: string | Head }) {
  return (
    <th scope="col" className="px-4 py-2 font-semibold">
      {head === '' ? <span className="sr-only">Actions</span> : typeof head === 'string' ? head : head.content}
    </th>
  );
}

/** `--head-1` and so on, for the style sheet. */
function namesFor(names: readonly string[]): CSSProperties {
  return Object.fromEntries(
    names.flatMap((name, at) => (name === '' ? [] : [[`--head-${at + 1}`, JSON.stringify(name)]])),
  ) as CSSProperties;
}
