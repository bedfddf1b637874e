import type { JobListEntry } from '@sluice/contracts';
import { useTable } from '@tanstack/react-table';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { Button } from '../../parts/button.tsx';
import { Ago, useNow } from '../../parts/time.tsx';
import { columns, features } from './columns.tsx';

const ROW_PX = 56;
const GRID =
  'grid grid-cols-[6.5rem_minmax(0,1fr)_5rem] items-center gap-x-3 px-4 md:grid-cols-[7rem_3.5rem_minmax(0,1fr)_15rem_6rem]';
/** On a narrow screen what tells most is kept: verdict, subject, age. */
const NARROW = new Set(['score', 'state']);

interface Props {
  jobs: JobListEntry[];
  hasMore: boolean;
  isLoading: boolean;
  onMore: () => void;
}

/** Thousands of rows: only those in sight are drawn. Every row is one link. */
export function JobTable({ jobs, hasMore, isLoading, onMore }: Props) {
  const now = useNow(1_000);
  const table = useTable({ features, columns, data: jobs, getRowId: ({ jobId }) => jobId });
  const { rows } = table.getRowModel();
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollMargin: frame.current?.offsetTop ?? 0,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoading && last >= rows.length - 20) onMore();
  }, [hasMore, isLoading, last, rows.length, onMore]);
  return (
    <div className="overflow-clip rounded-xl border border-line bg-surface text-sm">
      <div role="table" aria-label="Jobs" aria-rowcount={hasMore ? -1 : rows.length + 1}>
        <div role="rowgroup">
          {table.getHeaderGroups().map((group) => (
            <div
              key={group.id}
              role="row"
              className={`${GRID} min-h-10 border-b border-line text-xs font-semibold text-muted`}
            >
              {group.headers.map((header) => (
                <div
                  key={header.id}
                  role="columnheader"
                  className={NARROW.has(header.column.id) ? 'hidden md:block' : ''}
                >
                  <table.FlexRender header={header} />
                </div>
              ))}
            </div>
          ))}
        </div>
        <div ref={frame} role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <div
                key={row.id}
                role="row"
                aria-rowindex={index + 2}
                className={`${GRID} absolute inset-x-0 border-b border-line last:border-0 hover:bg-sunken has-[a:focus-visible]:bg-accent-soft`}
                style={{ height: ROW_PX, transform: `translateY(${start - virtual.options.scrollMargin}px)` }}
              >
                {row.getAllCells().map((cell) => (
                  <div
                    key={cell.id}
                    role="cell"
                    className={`min-w-0 ${NARROW.has(cell.column.id) ? 'hidden md:block' : ''}`}
                  >
                    {cell.column.id === 'age' ? (
                      <span className="whitespace-nowrap text-muted">
                        <Ago ms={row.original.createdMs} now={now} />
                      </span>
                    ) : (
                      <table.FlexRender cell={cell} />
                    )}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {hasMore && (
        <div className="p-3 text-center">
          <Button onPress={onMore} isDisabled={isLoading}>
            {isLoading ? 'Reading older ones …' : 'Older ones'}
          </Button>
        </div>
      )}
    </div>
  );
}
