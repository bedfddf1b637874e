import { VERDICTS, type Verdict } from '@sluice/contracts';
import { Bar, BarChart, CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { Hour } from '../../data/use-day.ts';
import { count, duration, hourOfDay } from '../../parts/format.ts';
import { AXIS, GRID, TOOLTIP } from './chart-look.ts';

interface Point extends Record<Verdict, number> {
  atMs: number;
  without: number;
  meanMs: number | null;
}

const COLOURS: Readonly<Record<Verdict, string>> = {
  clean: 'var(--good-strong)',
  suspicious: 'var(--warn-strong)',
  malicious: 'var(--bad-strong)',
};

/** A tenant's last day: how many mails came, what they were, and how long they took. */
export function DayChart({ hours }: { hours: readonly Hour[] }) {
  const points = hours.map(pointOf);
  return (
    <div className="grid gap-6 md:grid-cols-2">
      <Verdicts points={points} />
      <Durations points={points} />
    </div>
  );
}

function pointOf({ atMs, stats }: Hour): Point {
  const { clean = 0, suspicious = 0, malicious = 0 } = stats?.verdicts ?? {};
  const without = Math.max(0, (stats?.jobs ?? 0) - clean - suspicious - malicious);
  return { atMs, clean, suspicious, malicious, without, meanMs: stats?.meanDurationMs ?? null };
}

function Verdicts({ points }: { points: Point[] }) {
  const sum = (of: keyof Point) => points.reduce((total, point) => total + (point[of] ?? 0), 0);
  const told = VERDICTS.toReversed().map((verdict) => `${count(sum(verdict))} ${verdict}`);
  return (
    <figure>
      <figcaption className="mb-2 flex flex-wrap justify-between gap-x-4 gap-y-1 text-sm">
        <span className="text-muted">Mails an hour, by verdict</span>
        <span className="flex flex-wrap gap-x-3 text-xs text-muted">
          {VERDICTS.toReversed().map((verdict) => (
            <Key key={verdict} colour={COLOURS[verdict]} name={verdict} />
          ))}
          {sum('without') > 0 && <Key colour="var(--edge)" name="none" />}
        </span>
      </figcaption>
      <div className="h-40" role="img" aria-label={`Of the last 24 hours: ${told.join(', ')}`}>
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={points} margin={{ top: 4, right: 4, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid {...GRID} />
            <XAxis dataKey="atMs" tickFormatter={hourOfDay} minTickGap={36} {...AXIS} />
            <YAxis width={36} allowDecimals={false} {...AXIS} />
            <Tooltip
              {...TOOLTIP}
              labelFormatter={(at) => `from ${hourOfDay(Number(at))}`}
              cursor={{ fill: 'var(--sunken)' }}
            />
            {VERDICTS.toReversed().map((verdict) => (
              <Bar key={verdict} dataKey={verdict} stackId="mails" fill={COLOURS[verdict]} isAnimationActive={false} />
            ))}
            <Bar dataKey="without" name="none" stackId="mails" fill="var(--edge)" isAnimationActive={false} />
          </BarChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
}

function Key({ colour, name }: { colour: string; name: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span aria-hidden className="size-2.5 rounded-[3px]" style={{ background: colour }} />
      {name}
    </span>
  );
}

function Durations({ points }: { points: Point[] }) {
  const last = points.findLast(({ meanMs }) => meanMs !== null)?.meanMs ?? null;
  const now = last === null ? 'no mail yet' : duration(last);
  return (
    <figure>
      <figcaption className="mb-2 flex justify-between gap-4 text-sm">
        <span className="text-muted">From submission to verdict, mean of the hour</span>
        <span className="font-semibold whitespace-nowrap tabular-nums">{now}</span>
      </figcaption>
      <div className="h-40" role="img" aria-label={`From submission to verdict: last ${now}`}>
        <ResponsiveContainer width="100%" height="100%">
          <LineChart data={points} margin={{ top: 4, right: 4, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid {...GRID} />
            <XAxis dataKey="atMs" tickFormatter={hourOfDay} minTickGap={36} {...AXIS} />
            <YAxis width={52} tickFormatter={duration} domain={[0, 'auto']} {...AXIS} />
            <Tooltip
              {...TOOLTIP}
              labelFormatter={(at) => `from ${hourOfDay(Number(at))}`}
              formatter={(value) => [duration(Number(value)), 'mean']}
            />
            <Line
              dataKey="meanMs"
              stroke="var(--accent)"
              strokeWidth={2}
              dot={{ r: 3, fill: 'var(--accent)' }}
              connectNulls
              isAnimationActive={false}
            />
          </LineChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
}
