import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { SluiceError } from '@sluice/contracts';
import type { Logger } from '@sluice/fleet/service';
import { NO_OPINION } from './action.ts';
import { policyConnections, policyCutOff } from './metrics.ts';
import { createPolicyReader, type PolicyRequest } from './protocol.ts';

interface PolicyServerLimits {
  /** Postfix ends a connection that it has not used for 300 s (`smtpd_policy_service_max_idle`); this one waits longer, so that it does not end where a request begins. */
  idleMs: number;
  /** From the first byte of a request to its last one. */
  requestMs: number;
  /** At the stop, so long an answer may take. */
  drainMs: number;
}

const LIMITS: PolicyServerLimits = { idleMs: 330_000, requestMs: 10_000, drainMs: 4_000 };

interface PolicyServerConfig {
  /** What to say of a recipient, as Postfix understands it; it never throws. */
  actionFor: (recipient: string) => Promise<string>;
  maxConnections: number;
  log: Logger;
  limits?: PolicyServerLimits;
}

interface Connection {
  socket: Socket;
  isBusy: boolean;
}

/**
 * Policy delegation of Postfix: https://www.postfix.org/SMTPD_POLICY_README.html. Each request has its answer, in their order. What is not one is not answered: the
 * connection ends, and Postfix asks again or says 451.
 */
export function createPolicyServer({ actionFor, maxConnections, log, limits = LIMITS }: PolicyServerConfig) {
  const connections = new Set<Connection>();
  let isStopping = false;
  // The answers to what came before a half-closed connection's end are still wanted.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void attend(socket));
  server.maxConnections = maxConnections;
  server.on('drop', () => policyCutOff.inc({ reason: 'full' }));

  async function attend(socket: Socket): Promise<void> {
    const connection: Connection = { socket, isBusy: false };
    connections.add(connection);
    policyConnections.inc();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    // What it says comes up where it is read.
    socket.on('error', () => undefined);
    socket.setTimeout(limits.idleMs, () => cutOff(socket, 'idle'));
    try {
      await converse(connection);
      socket.end();
    } catch (error) {
      if (error instanceof SluiceError) {
        policyCutOff.inc({ reason: 'malformed' });
        log.info('policy client cut off', { error });
      }
      socket.destroy();
    }
    await closed;
    connections.delete(connection);
    policyConnections.dec();
  }

  async function converse(connection: Connection): Promise<void> {
    const { socket } = connection;
    const reader = createPolicyReader();
    let slow: NodeJS.Timeout | undefined;
    try {
      // What has been said is sent before the end, also where this returns.
      for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        connection.isBusy = true;
        for (const request of reader.read(chunk)) {
          // What of the chunk follows is a request of its own.
          clearTimeout(slow);
          slow = undefined;
          await say(socket, await answerTo(request));
          if (isStopping) return;
        }
        connection.isBusy = false;
        if (reader.isWithin()) slow ??= setTimeout(() => cutOff(socket, 'slow'), limits.requestMs);
      }
    } finally {
      clearTimeout(slow);
    }
  }

  async function answerTo({ protocol_state: state = 'RCPT', recipient }: PolicyRequest): Promise<string> {
    const isAsked = state === 'RCPT' && recipient !== undefined && recipient !== '';
    return isAsked ? actionFor(recipient) : NO_OPINION;
  }

  function cutOff(socket: Socket, reason: 'idle' | 'slow'): void {
    policyCutOff.inc({ reason });
    socket.destroy();
  }

  return {
    /** The port that it listens on. Throws where it is taken. */
    async listen(port: number, host: string): Promise<number> {
      server.listen(port, host);
      await once(server, 'listening');
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },

    /** Answers what is under way and resolves when all connections are closed. */
    async stop(): Promise<void> {
      isStopping = true;
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const { socket, isBusy } of connections) if (!isBusy) socket.destroy();
      const late = setTimeout(() => {
        for (const { socket } of connections) socket.destroy();
      }, limits.drainMs);
      await closed;
      clearTimeout(late);
    },
  };
}

/** Waits until a reader that is slow has taken what was said before. */
async function say(socket: Socket, action: string): Promise<void> {
  if (socket.write(`action=${action}\n\n`) || socket.destroyed) return;
  const ended = new AbortController();
  try {
    const { signal } = ended;
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]);
  } finally {
    ended.abort();
  }
}
