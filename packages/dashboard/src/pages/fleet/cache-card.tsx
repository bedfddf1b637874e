import type { CacheStats } from '@sluice/contracts';
import { useState } from 'react';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { bytes, count, percent } from '../../parts/format.ts';
import { ErrorNote, Hint } from '../../parts/note.tsx';
import { Select } from '../../parts/select.tsx';

type Day = NonNullable<CacheStats['days']>[number];

/** What need not be asked again, by part: of the whole fleet on a day; where that is not known, of the gateway that answered. */
export function CacheCard({ cache, error }: { cache: CacheStats | undefined; error: Error | null }) {
  const [chosen, setChosen] = useState('');
  const state = cache === undefined ? null : !cache.isEnabled ? 'off' : cache.isUp ? 'up' : 'away';
  const days = cache?.days ?? [];
  const day = days.find((each) => each.day === chosen) ?? days[0];
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
      {days.length > 1 && (
        <Select
          label="Day (UTC)"
          value={day?.day ?? ''}
          onChange={setChosen}
          options={days.map(({ day: id }) => ({ id, name: id, text: id }))}
          className="mb-3 max-w-44"
        />
      )}
      {cache !== undefined && <Rates parts={(day ?? cache).namespaces} />}
      {cache !== undefined && (
        <p className="mt-3 text-xs text-muted">
          {day === undefined
            ? `Counts of the gateway ${cache.worker} since its start; those of the fleet are not known just now.`
            : `Counts of the whole fleet on ${day.day} (UTC).`}
        </p>
      )}
    </Card>
  );
}

function Rates({ parts }: { parts: Day['namespaces'] }) {
  const used = Object.entries(parts).filter(
    ([, { memory, redis, fresh, misses }]) => memory + redis + fresh + misses > 0,
  );
  if (used.length === 0) {
    return <Hint>Nothing was looked up; hit rates of each part appear with its first questions.</Hint>;
  }
  return (
    <table className="w-full text-left text-sm">
      <caption className="sr-only">Hit rates by part</caption>
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
        {used.map(([name, { memory, redis, misses, savedCalls, hitShare }]) => (
          <tr key={name} className="border-t border-line">
            <th scope="row" className="py-1.5 pr-3 font-medium">
              {name}
            </th>
            <td className="py-1.5 pr-3 tabular-nums">{count(memory + redis)}</td>
            <td className="py-1.5 pr-3 tabular-nums">{count(misses)}</td>
            <td className="py-1.5 pr-3 tabular-nums">{count(savedCalls)}</td>
            <td className="py-1.5 tabular-nums">{hitShare === null ? '–' : percent(hitShare)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
