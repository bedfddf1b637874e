import { useEffect, useState } from 'react';
import { age, moment } from './format.ts';

/** The moment now, looked at every so often. */
export function useNow(everyMs = 1_000, isOn = true): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isOn) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, isOn]);
  return now;
}

/** How long ago something was; the exact moment on hover. */
export function Ago({ ms, now }: { ms: number; now: number }) {
  const past = age(Math.max(0, now - ms));
  return (
    <time dateTime={new Date(ms).toISOString()} title={moment(ms)}>
      {past === 'now' ? past : `${past} ago`}
    </time>
  );
}

export function Moment({ ms }: { ms: number }) {
  return <time dateTime={new Date(ms).toISOString()}>{moment(ms)}</time>;
}
