import { safeText } from '@sluice/contracts';
import type { Standing } from './track.ts';

/** Ten pictures a second are enough. */
const REDRAW_MS = 100;
/** On a terminal that tells no size, or 0. */
const FALLBACK = { columns: 80, rows: 24 };

export interface Screen {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  rows?: number | undefined;
  write(text: string): unknown;
}

/** What is going on, one line each; nothing is shown where the screen is no terminal. */
export interface Progress {
  set(name: string, standing: Standing): void;
  remove(name: string): void;
  /** Writes something else: the lines make room for it and come back below it. */
  aside(write: () => void): void;
  stop(): void;
}

/** Lines on a terminal, redrawn in place. `env` may say that the terminal obeys nothing (`TERM=dumb`). */
export function createProgress(screen: Screen, env: NodeJS.ProcessEnv): Progress {
  if (screen.isTTY !== true || env.TERM === 'dumb') {
    return { set: () => undefined, remove: () => undefined, aside: (write) => write(), stop: () => undefined };
  }
  const running = new Map<string, Standing>();
  let shown = 0;
  let timer: NodeJS.Timeout | null = null;

  function erase(): void {
    if (shown > 0) screen.write(`\x1b[${shown}A\r\x1b[0J`);
    shown = 0;
  }

  function draw(): void {
    timer = null;
    const lines = progressLines(running, screen.columns || FALLBACK.columns, screen.rows || FALLBACK.rows);
    erase();
    if (lines.length > 0) screen.write(`${lines.join('\n')}\n`);
    shown = lines.length;
  }

  const drawSoon = () => {
    timer ??= setTimeout(draw, REDRAW_MS);
  };
  return {
    set(name, standing) {
      running.set(name, standing);
      drawSoon();
    },
    remove(name) {
      running.delete(name);
      drawSoon();
    },
    aside(write) {
      erase();
      write();
      if (running.size > 0) drawSoon();
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      erase();
    },
  };
}

/** At most as many lines as leave room for the prompt, none wider than the terminal. */
export function progressLines(running: ReadonlyMap<string, Standing>, columns: number, rows: number): string[] {
  const room = Math.max(1, rows - 2);
  const all = [...running].map(([name, { state, percent }]) => {
    return `${String(percent).padStart(3)} %  ${state.padEnd(12)} ${safeText(name)}`;
  });
  const lines = all.length <= room ? all : [...all.slice(0, room - 1), `… and ${all.length - room + 1} more`];
  return lines.map((line) => (line.length < columns ? line : `${line.slice(0, Math.max(1, columns - 2))}…`));
}
