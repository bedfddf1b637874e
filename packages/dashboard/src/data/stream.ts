/** How a stream is: `open` brings what happens as it happens; while it is `away`, the page asks from time to time. */
export type StreamState = 'connecting' | 'open' | 'away' | 'ended';

interface StreamConfig<Message> {
  /** The messages of one connection, asked anew for each, so that it can go on where it was. */
  read: (signal: AbortSignal) => AsyncIterable<Message>;
  onMessage: (message: Message) => void;
  onState: (state: StreamState) => void;
}

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 10_000;

/** Reads a stream and comes back when it is lost, each time after a longer pause. Call what comes back to leave. */
export function followStream<Message>({ read, onMessage, onState }: StreamConfig<Message>): () => void {
  const leave = new AbortController();
  const { signal } = leave;
  void (async () => {
    let failures = 0;
    onState('connecting');
    while (!signal.aborted) {
      try {
        for await (const message of read(signal)) {
          if (signal.aborted) return;
          onState('open');
          failures = 0;
          onMessage(message);
        }
        if (!signal.aborted) onState('ended');
        return;
      } catch (error) {
        if (signal.aborted) return;
        onState('away');
        if (isFinal(error)) return;
        failures += 1;
        await new Promise((resolve) => setTimeout(resolve, pauseMs(failures)));
      }
    }
  })();
  return () => leave.abort();
}

/** Of which a random part is left out, so that many pages do not come back together. */
function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

/** A refusal that time does not heal. */
function isFinal(error: unknown): boolean {
  const status = (error as { httpStatus?: number }).httpStatus;
  return status !== undefined && status >= 400 && status < 500 && status !== 429;
}
