import type { CacheStats } from '@sluice/contracts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { bytes, count, percent } from '../../parts/format.ts';
import { ErrorNote, Hint } from '../../parts/note.tsx';

/** What need not be asked again. Counts are those of the gateway that answered; those of the workers stand in their metrics. */
export function CacheCard({ cache, error }: { cache: CacheStats | undefined; error: Error | null }) {
  const state = cache === undefined ? null : !cache.isEnabled ? 'off' : cache.isUp ? 'up' : 'away';
  const used = Object.entries(cache?.namespaces ?? {}).filter(
    ([, { memory, redis, fresh, misses }]) => memory + redis + fresh + misses > 0,
  );
  return (
    <Card
      title="Cache"
      aside={
        state !== null && <Badge tone={state === 'up' ? 'good' : state === 'off' ? 'muted' : 'bad'}>{state}</Badge>
      }
    >
      {error !== null && <ErrorNote error={error} />}
      {cache?.redis != null && (
        <p className="mb-3 text-sm">
          The fleet holds {bytes(cache.redis.usedBytes)}
          {cache.redis.maxBytes > 0 && ` of ${bytes(cache.redis.maxBytes)}`}; {count(cache.redis.evictedKeys)} entries
          gave way.
        </p>
      )}
      {used.length === 0 ? (
        cache !== undefined && (
          <Hint>Nothing was looked up yet; hit rates of each part appear with its first questions.</Hint>
        )
      ) : (
        <table className="w-full text-left text-sm">
          <caption className="sr-only">Hit rates of this gateway</caption>
          <thead className="text-xs text-muted">
            <tr>
              {['Part', 'Hits', 'Misses', 'Saved calls', 'Hit rate'].map((name) => (
                <th key={name} scope="col" className="py-1 pr-3 font-semibold">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {used.map(([name, { memory, redis, joined, misses, savedCalls, hitShare }]) => (
              <tr key={name} className="border-t border-line">
                <th scope="row" className="py-1.5 pr-3 font-medium">
                  {name}
                </th>
                <td className="py-1.5 pr-3 tabular-nums">{count(memory + redis + joined)}</td>
                <td className="py-1.5 pr-3 tabular-nums">{count(misses)}</td>
                <td className="py-1.5 pr-3 tabular-nums">{count(savedCalls)}</td>
                <td className="py-1.5 tabular-nums">{hitShare === null ? '–' : percent(hitShare)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="mt-3 text-xs text-muted">
        Counts are those of the gateway that answers; the workers’ stand in their metrics.
      </p>
    </Card>
  );
}
