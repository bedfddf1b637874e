import type { JobEvent, JobStatus, SocketMessage } from '@sluice/contracts';

export interface Standing {
  state: string;
  /** 0–100, never less than before. */
  percent: number;
}

interface Stage {
  share: number;
  isComplete: boolean;
  planned: number;
  settled: number;
}

/** Where a job stands after each of its messages, by the rule of the status: a complete stage counts whole, others by their settled tasks. */
export function createTrack() {
  let stages = new Map<string, Stage>();
  let standing: Standing = { state: 'queued', percent: 0 };

  function begin({ status }: { status: JobStatus }): Standing {
    stages = new Map(
      status.stages.map(({ name, share, status: stage, tasks }) => {
        const settled = tasks.done + tasks.failed + tasks.deferred;
        return [name, { share, isComplete: stage === 'complete', planned: tasks.total, settled }];
      }),
    );
    return { state: status.state, percent: status.percent };
  }

  function goOn(event: JobEvent): Standing {
    const stage = 'stage' in event ? stages.get(event.stage) : undefined;
    if (stage !== undefined) {
      if (event.type === 'task.planned') stage.planned += 1;
      if (event.type === 'task.settled') stage.settled += 1;
      if (event.type === 'stage.completed') stage.isComplete = true;
    }
    const state = event.type === 'job.state' || event.type === 'job.ended' ? event.state : standing.state;
    return { state, percent: state === 'completed' ? 100 : percentOf(stages) };
  }

  return (message: SocketMessage): Standing => {
    const now = message.type === 'snapshot' ? begin(message) : goOn(message);
    standing = { state: now.state, percent: Math.max(standing.percent, now.percent) };
    return standing;
  };
}

function percentOf(stages: ReadonlyMap<string, Stage>): number {
  let sum = 0;
  for (const { share, isComplete, planned, settled } of stages.values()) {
    if (isComplete) sum += share;
    else if (planned > 0) sum += (share * Math.min(planned, settled)) / planned;
  }
  return Math.min(99, Math.floor(sum));
}
