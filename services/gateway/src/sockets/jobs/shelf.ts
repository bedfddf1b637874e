import type { JobId } from '@sluice/contracts';
import { hasEnded, type JobLine } from './line.ts';

/** Jobs that are carried on: open ones, and the last that ended, each by its last change; within bounds. */
export function createShelf(mostOpen: number, mostEnded: number) {
  const open = new Map<JobId, JobLine>();
  const ended = new Map<JobId, JobLine>();
  return {
    find: (jobId: JobId): JobLine | undefined => open.get(jobId) ?? ended.get(jobId),
    open: (): readonly JobLine[] => [...open.values()],
    ended: (): readonly JobLine[] => [...ended.values()],

    /** Puts it behind all others of its kind. */
    put(line: JobLine): void {
      open.delete(line.jobId);
      ended.delete(line.jobId);
      (hasEnded(line) ? ended : open).set(line.jobId, line);
    },

    drop(jobId: JobId): void {
      open.delete(jobId);
      ended.delete(jobId);
    },

    /** Takes away what is beyond the bounds, and says which. */
    trim(): { ended: JobLine[]; open: JobLine[] } {
      return { ended: oldest(ended, mostEnded), open: oldest(open, mostOpen) };
    },

    clear(): void {
      open.clear();
      ended.clear();
    },
  };
}

function oldest(lines: Map<JobId, JobLine>, most: number): JobLine[] {
  const taken: JobLine[] = [];
  for (const [jobId, line] of lines) {
    if (lines.size <= most) break;
    lines.delete(jobId);
    taken.push(line);
  }
  return taken;
}
