import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { Sample } from '../../data/use-fleet.ts';
import { count, duration, timeOfDay } from '../../parts/format.ts';
import { Hint } from '../../parts/note.tsx';
import { AXIS, GRID, TOOLTIP } from './chart-look.ts';

interface Point {
  atMs: number;
  perMinute: number;
  waiting: number;
  oldestMs: number;
}

const LEAST = 2;

/** Throughput, what waits, and for how long, since the page was opened. */
export function Charts({ samples }: { samples: readonly Sample[] }) {
  if (samples.length <= LEAST)
    return <Hint>Charts begin with the first looks at the fleet, some seconds from now.</Hint>;
  const points = pointsOf(samples);
  return (
    <div className="grid gap-6 md:grid-cols-3">
      <Chart title="Jobs ended per minute" points={points} of="perMinute" format={count} />
      <Chart title="Tasks that wait" points={points} of="waiting" format={count} />
      <Chart title="The longest wait" points={points} of="oldestMs" format={duration} least={4_000} />
    </div>
  );
}

function pointsOf(samples: readonly Sample[]): Point[] {
  return samples.slice(1).map((sample, at) => {
    const before = samples[Math.max(0, at - 3)] ?? sample;
    const minutes = (sample.atMs - before.atMs) / 60_000;
    const perMinute = minutes === 0 ? 0 : Math.max(0, (sample.ended - before.ended) / minutes);
    return { atMs: sample.atMs, perMinute, waiting: sample.waiting, oldestMs: sample.oldestMs };
  });
}

interface ChartProps {
  title: string;
  points: Point[];
  of: Exclude<keyof Point, 'atMs'>;
  format: (value: number) => string;
  /** The axis reaches at least so far. */
  least?: number;
}

function Chart({ title, points, of, format, least = 4 }: ChartProps) {
  const last = points.at(-1)?.[of] ?? 0;
  return (
    <figure>
      <figcaption className="mb-1 flex justify-between text-sm">
        <span className="text-muted">{title}</span>
        <span className="font-semibold tabular-nums">{format(last)}</span>
      </figcaption>
      <div className="h-32" role="img" aria-label={`${title}: now ${format(last)}`}>
        <ResponsiveContainer width="100%" height="100%">
          <AreaChart data={points} margin={{ top: 4, right: 4, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid {...GRID} />
            <XAxis dataKey="atMs" tickFormatter={timeOfDay} minTickGap={60} {...AXIS} />
            <YAxis
              {...AXIS}
              width={52}
              tickFormatter={format}
              allowDecimals={false}
              domain={[0, (top: number) => Math.max(least, top)]}
            />
            <Tooltip
              formatter={(value) => [format(Number(value)), title]}
              labelFormatter={(value) => timeOfDay(Number(value))}
              {...TOOLTIP}
            />
            <Area
              type="monotone"
              dataKey={of}
              stroke="var(--accent)"
              fill="var(--accent)"
              fillOpacity={0.15}
              strokeWidth={2}
              isAnimationActive={false}
            />
          </AreaChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
}
