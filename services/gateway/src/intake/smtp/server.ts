import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { intakeConnections } from '../metrics.ts';
import { type Connections, createConnections } from './connections.ts';
import { LIMITS, type MailServerLimits } from './limits.ts';
import { createTransaction, oneAnswer, type TransactionConfig } from './transaction.ts';

interface MailServerConfig extends Omit<TransactionConfig, 'limits' | 'connections' | 'now'> {
  /** PEM; with it there is STARTTLS. */
  tls?: { cert: Buffer; key: Buffer };
  maxConnections: number;
  limits?: MailServerLimits;
  now?: () => number;
}

/**
 * Takes mails in over SMTP or LMTP, without a login, for the addresses that are known. `250` is said when the mail and its job are durable. A mail for several
 * recipients of one tenant is one job. Over LMTP each recipient has its own answer; over SMTP there is one, and it is `250` only where all tenants have their job.
 */
export function createMailServer(config: MailServerConfig) {
  const { door, log, limits = LIMITS, now = Date.now } = config;
  const server = new SMTPServer({
    ...optionsOf(config, limits),
    onConnect: (session, callback) => callback(connections.add(session)),
    onMailFrom: (_address, session, callback) => callback(connections.begin(session)),
    onRcptTo: (address, session, callback) => answerLater(transaction.checkRecipient(address, session), callback),
    onData: (stream, session, callback) => answerLater(receive(stream, session, callback), (answer) => answer?.()),
    onClose: (session) => connections.remove(session),
  });
  const connections: Connections = createConnections({ server, limits });
  const transaction = createTransaction({ ...config, limits, connections, now });
  const sockets = watchSockets(server.server, door);
  // Connections that break off or fail their handshake.
  server.on('error', (error) => void log.debug('mail connection broke off', { door, error }));

  type DataCallback = Parameters<NonNullable<SMTPServerOptions['onData']>>[2];

  /** What is to be called when the mail has been judged; null: nobody listens any more. */
  async function receive(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    callback: DataCallback,
  ): Promise<(() => void) | null> {
    connections.receiving(session);
    const answers = await transaction.receive(stream, session);
    connections.finish(session);
    if (answers === 'gone') return null;
    return () => {
      const answer = oneAnswer(answers);
      if (door === 'lmtp') callback(null, answers);
      else if (typeof answer === 'string') callback(null, answer);
      else callback(answer);
      connections.closeIfStopping(session);
    };
  }

  return {
    async listen(port: number, host: string): Promise<void> {
      server.server.listen(port, host);
      await once(server.server, 'listening');
    },
    /** Takes no new connection and no new mail, lets transactions under way end, and resolves when no connection is left. */
    async stop(): Promise<void> {
      connections.stop();
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, limits.drainMs);
      await new Promise<void>((resolve) => void server.server.close(() => resolve()));
      clearTimeout(cut);
    },
  };
}

/** The promise never fails; what the callback throws is a fault of the library, and is thrown where it would be without a promise. */
function answerLater<T>(answer: Promise<T>, callback: (answer: T) => void): void {
  void answer.then((value) => setImmediate(callback, value));
}

function optionsOf({ door, name, tls, maxConnections }: MailServerConfig, limits: MailServerLimits): SMTPServerOptions {
  const without = ['AUTH', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL', ...(tls ? [] : ['STARTTLS'])];
  return {
    name,
    lmtp: door === 'lmtp',
    logger: false,
    size: limits.mailBytes,
    rejectOversized: true,
    maxClients: maxConnections,
    maxRecipients: limits.recipients,
    socketTimeout: limits.idleMs,
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    heloResponse: '%s',
    disabledCommands: without,
    ...(tls ? { ...tls, minVersion: 'TLSv1.2' } : {}),
  };
}

function watchSockets(server: Server, door: 'smtp' | 'lmtp'): ReadonlySet<Socket> {
  const open = intakeConnections.labels(door);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    open.set(sockets.size);
    socket.once('close', () => {
      sockets.delete(socket);
      open.set(sockets.size);
    });
  });
  return sockets;
}
