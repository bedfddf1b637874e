import { isTerminal, type JobId, type JobStatus, type SocketMessage } from '@sluice/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useReach } from './reach.tsx';
import { applyEvents, type Run, startRun, withStatus } from './run.ts';
import { followStream, type StreamState } from './stream.ts';

const FALLBACK_MS = 2_000;
/** Events of one moment are shown together. */
const GATHER_MS = 80;

/** A job as it goes on: by its stream, and while that is away by asking. */
export function useRun(jobId: JobId): { run: Run | null; error: Error | null; stream: StreamState } {
  const { client, lines } = useReach();
  const queries = useQueryClient();
  const [stream, setStream] = useState<StreamState>('connecting');
  const [run, setRun] = useState<Run | null>(null);
  const status = useQuery({
    queryKey: ['job', jobId, 'status'],
    queryFn: ({ signal }) => client.status(jobId, signal),
    refetchInterval: ({ state }) => (stream === 'open' || isOver(state.data) ? false : FALLBACK_MS),
  });
  const known = status.data;
  useEffect(() => {
    if (known !== undefined) setRun((held) => (held === null ? startRun(known) : withStatus(held, known)));
  }, [known]);
  const has = known !== undefined;
  const seq = useRef(0);
  useEffect(() => {
    if (!has) return;
    seq.current = 0;
    const gathered: SocketMessage[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = () => {
      timer = undefined;
      const messages = gathered.splice(0);
      setRun((held) => (held === null ? held : applyEvents(held, messages)));
      // What lists and the report say is read anew.
      if (messages.some(({ type }) => type === 'job.ended' || type === 'report.amended'))
        void queries.invalidateQueries({ queryKey: ['job', jobId] });
    };
    const leave = followStream<SocketMessage>({
      // The last event once more: so it is seen at once that the stream is back.
      read: (signal) => lines.events(jobId, { after: Math.max(0, seq.current - 1), follow: true, signal }),
      onState: setStream,
      onMessage(message) {
        seq.current = Math.max(seq.current, message.seq);
        gathered.push(message);
        timer ??= setTimeout(take, GATHER_MS);
      },
    });
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [has, jobId, queries, lines]);
  return { run, error: run === null ? status.error : null, stream };
}

function isOver(status: JobStatus | undefined): boolean {
  return status !== undefined && isTerminal(status.state);
}
