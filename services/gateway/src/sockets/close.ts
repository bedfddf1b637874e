import type { WebSocket } from 'ws';
import { socketsClosed } from '../metrics.ts';

/** So long a reader may take to say goodbye. A slow one is to read why it is dropped, which stands behind all that waits for it. */
const FAREWELL_MS = 2_000;
const SLOW_FAREWELL_MS = 10_000;
/** Codes of RFC 6455 and of its registry. */
const CODES = { ended: 1000, stopping: 1001, refused: 1008, trouble: 1011, slow: 1013 } as const;
export type Reason = keyof typeof CODES;

/** Closes a socket whose reader may not be reading: what it does not take within its farewell is thrown away. */
export function dismiss(socket: WebSocket, reason: Reason, words: string): void {
  if (socket.readyState !== socket.OPEN) return;
  socketsClosed.inc({ reason });
  socket.close(CODES[reason], words);
  if (reason === 'ended') return;
  setTimeout(() => socket.terminate(), reason === 'slow' ? SLOW_FAREWELL_MS : FAREWELL_MS).unref();
}

/** Ends the connection of a reader who does not answer. */
export function drop(socket: WebSocket): void {
  if (socket.readyState === socket.OPEN) socketsClosed.inc({ reason: 'silent' });
  socket.terminate();
}
