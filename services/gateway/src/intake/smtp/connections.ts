import type { TenantId } from '@sluice/contracts';
import type { SMTPServer, SMTPServerSession } from 'smtp-server';
import type { MailServerLimits } from './limits.ts';
import { ended, type Reply, tooSlow } from './replies.ts';

/** An enhanced status code of our own at the beginning of an answer. */
const OWN_CODE = /^[245]\.\d{1,3}\.\d{1,3} /;

type Connection = SMTPServer['connections'] extends Set<infer One> ? One : never;

export type Connections = ReturnType<typeof createConnections>;

interface Held {
  connection: Connection;
  session: SMTPServerSession;
  /** Of addresses that this transaction asked for, in lower case. */
  tenants: Map<string, TenantId>;
  /** Recipients refused since the last mail. */
  refusals: number;
  isReceiving: boolean;
  timers: { life?: NodeJS.Timeout; data?: NodeJS.Timeout };
}

interface ConnectionsConfig {
  server: SMTPServer;
  limits: Pick<MailServerLimits, 'sessionMs' | 'dataMs'>;
}

/** What a mail server knows of each of its connections, and the clocks that run for it. */
export function createConnections({ server, limits }: ConnectionsConfig) {
  const held = new Map<string, Held>();
  let isStopping = false;

  function cut(id: string, { responseCode, message }: Reply): void {
    const connection = held.get(id)?.connection;
    connection?.send(responseCode, message);
    connection?.close();
  }

  function endOfLife(id: string): void {
    const one = held.get(id);
    if (one?.isReceiving === false) cut(id, ended());
  }

  return {
    add(session: SMTPServerSession): Reply | null {
      const { id } = session;
      const connection = [...server.connections].find((one) => one.id === id);
      if (connection === undefined || isStopping) return ended();
      useOwnCodes(connection);
      const life = setTimeout(() => endOfLife(id), limits.sessionMs).unref();
      held.set(id, { connection, session, tenants: new Map(), refusals: 0, isReceiving: false, timers: { life } });
      return null;
    },

    remove({ id }: SMTPServerSession): void {
      const timers = held.get(id)?.timers;
      clearTimeout(timers?.life);
      clearTimeout(timers?.data);
      held.delete(id);
    },

    begin({ id }: SMTPServerSession): Reply | null {
      if (isStopping) return ended();
      held.get(id)?.tenants.clear();
      return null;
    },

    know({ id }: SMTPServerSession, address: string, tenant: TenantId): void {
      held.get(id)?.tenants.set(address.toLowerCase(), tenant);
    },

    /** Throws where the address was not asked for: `RCPT` comes before `DATA`. */
    tenantOf({ id }: SMTPServerSession, address: string): TenantId {
      const tenant = held.get(id)?.tenants.get(address.toLowerCase());
      if (tenant === undefined) throw new TypeError('a recipient was not checked');
      return tenant;
    },

    countRefusal({ id }: SMTPServerSession): number {
      const one = held.get(id);
      if (one !== undefined) one.refusals += 1;
      return one?.refusals ?? 0;
    },

    /** A mail begins to come. */
    receiving({ id }: SMTPServerSession): void {
      const one = held.get(id);
      if (one === undefined) return;
      one.isReceiving = true;
      one.timers.data = setTimeout(() => cut(id, tooSlow()), limits.dataMs).unref();
    },

    /** It has come; it is judged now, however long that takes. */
    received({ id }: SMTPServerSession): void {
      clearTimeout(held.get(id)?.timers.data);
    },

    finish({ id }: SMTPServerSession): void {
      const one = held.get(id);
      if (one === undefined) return;
      one.isReceiving = false;
      one.refusals = 0;
    },

    cut: ({ id }: SMTPServerSession, reply: Reply) => cut(id, reply),

    closeIfStopping({ id }: SMTPServerSession): void {
      if (isStopping) cut(id, ended());
    },

    /** Whoever is not in the middle of a mail goes now. */
    stop(): void {
      isStopping = true;
      for (const [id, { session }] of held) if (!session.envelope.mailFrom) cut(id, ended());
    },
  };
}

/** The server puts a code of its own before every answer, by its status alone; ours say more. */
function useOwnCodes(connection: Connection): void {
  const send = connection.send.bind(connection);
  connection.send = (code, data, context) => {
    send(code, data, typeof data === 'string' && OWN_CODE.test(data) ? false : context);
  };
}
