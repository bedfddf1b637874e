import type { ReceivedHop } from '@sluice/contracts';
import { Card } from '../../../parts/card.tsx';
import { duration, momentOf } from '../../../parts/format.ts';
import { Hostile } from '../../../parts/text.tsx';

/** From server to server, the oldest first. */
export function ReceivedPath({ hops }: { hops: readonly ReceivedHop[] }) {
  return (
    <Card title="Path" aside={`${hops.length} ${hops.length === 1 ? 'stop' : 'stops'}`}>
      {hops.length === 0 ? (
        <p className="text-sm text-muted">
          It has no Received header: it was taken from a mailbox, or handed over by who wrote it.
        </p>
      ) : (
        <>
          <ol className="ml-1.5 border-l-2 border-line text-sm">
            {hops.map((hop, at) => (
              <li key={at} className="relative pb-3 pl-5 last:pb-0">
                <span
                  aria-hidden
                  className="absolute top-1.5 -left-[7px] size-3 rounded-full border-2 border-edge bg-surface"
                />
                <p>
                  <Hostile>{hop.from ?? 'unknown'}</Hostile>{' '}
                  {hop.fromIp !== null && <span className="font-mono text-xs text-muted">{hop.fromIp}</span>}
                </p>
                <p className="text-xs text-muted">
                  to <Hostile>{hop.by ?? 'unknown'}</Hostile>
                  {hop.with !== null && (
                    <>
                      {' '}
                      by <Hostile>{hop.with}</Hostile>
                    </>
                  )}
                </p>
                <p className="text-xs text-muted">
                  {hop.at === null ? 'without a time' : <Hostile>{momentOf(hop.at)}</Hostile>}
                  {hop.delaySeconds !== null && <Delay seconds={hop.delaySeconds} />}
                </p>
              </li>
            ))}
          </ol>
          <p className="mt-3 text-xs text-muted">
            Only what your own servers wrote is sure; a sender may invent the stops before them.
          </p>
        </>
      )}
    </Card>
  );
}

function Delay({ seconds }: { seconds: number }) {
  if (seconds < 0)
    return (
      <span className="text-warn"> · {duration(-seconds * 1_000)} before the stop before it: a clock is wrong</span>
    );
  return <span className={seconds > 3_600 ? 'text-warn' : ''}> · after {duration(seconds * 1_000)}</span>;
}
