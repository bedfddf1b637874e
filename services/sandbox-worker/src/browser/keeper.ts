import { SluiceError } from '@sluice/contracts';
import { browserStarts } from '../metrics.ts';
import type { RunningBrowser } from './launch.ts';

/** A browser to make one visit with. `release` is called once, with true where the browser is not to be used again. */
export type Lease = { running: RunningBrowser; release(isBroken: boolean): void };

type BrowserKeeper = {
  /** Waits for a place, and for a browser. Rejects as `launch` does, with the signal's reason, or with `stopping`. */
  lease(signal: AbortSignal): Promise<Lease>;
  /** Ends every browser. May be called twice. */
  stop(): Promise<void>;
};

type Kept = { running: RunningBrowser; visits: number; open: number; isRetired: boolean };

/**
 * One browser for all visits, started when it is first wanted, again after it has ended, and anew after a number of visits; the old one is
 * ended when its last visit is over.
 */
export function createBrowserKeeper(config: {
  launch: () => Promise<RunningBrowser>;
  /** Visits at once. */
  pages: number;
  /** Visits by one browser. */
  visits: number;
}): BrowserKeeper {
  const places = createPlaces(config.pages);
  const all = new Set<RunningBrowser>();
  let current: Promise<Kept> | undefined;
  let isStopping = false;

  async function start(): Promise<Kept> {
    browserStarts.inc();
    const running = await config.launch();
    all.add(running);
    return { running, visits: 0, open: 0, isRetired: false };
  }

  async function end(kept: Kept): Promise<void> {
    await kept.running.stop();
    all.delete(kept.running);
  }

  async function usable(): Promise<Kept> {
    for (;;) {
      if (isStopping) throw new SluiceError('stopping', 'This worker is stopping.', { disposition: 'retry' });
      const starting = (current ??= start());
      try {
        const kept = await starting;
        if (!kept.isRetired && !kept.running.gone.aborted && !isStopping) return kept;
        if (kept.open === 0) await end(kept);
      } catch (error) {
        if (current === starting) current = undefined;
        throw error;
      }
      if (current === starting) current = undefined;
    }
  }

  return {
    async lease(signal) {
      const leave = await places.enter(signal);
      try {
        const kept = await usable();
        kept.open++;
        kept.visits++;
        kept.isRetired ||= kept.visits >= config.visits;
        const release = (isBroken: boolean) => {
          kept.open--;
          kept.isRetired ||= isBroken;
          leave();
          if (kept.open === 0 && (kept.isRetired || kept.running.gone.aborted)) void end(kept);
        };
        return { running: kept.running, release };
      } catch (error) {
        leave();
        throw error;
      }
    },
    async stop() {
      isStopping = true;
      await current?.catch(() => undefined);
      await Promise.all([...all].map((running) => running.stop()));
    },
  };
}

/** A number of places, given in the order of asking. */
function createPlaces(count: number) {
  const waiting: (() => void)[] = [];
  let free = count;
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return {
    async enter(signal: AbortSignal): Promise<() => void> {
      signal.throwIfAborted();
      if (free > 0) {
        free--;
        return leave;
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const giveUp = () => {
        waiting.splice(waiting.indexOf(resolve), 1);
        reject(signal.reason);
      };
      waiting.push(resolve);
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        await promise;
      } finally {
        signal.removeEventListener('abort', giveUp);
      }
      return leave;
    },
  };
}
