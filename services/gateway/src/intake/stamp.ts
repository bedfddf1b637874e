import { createHash } from 'node:crypto';
import type { Redis } from '@sluice/fleet/redis';

const LIFE_SECONDS = 24 * 60 * 60;
/** Names of clauses: as a host name they would confuse readers of the header. */
const CLAUSE = /^(from|by|with|via|id|for)$/i;
const HOST_NAME = /^[\w.:[\]-]{1,255}$/;

/** Who handed a mail in, and to whom. */
export interface Handover {
  /** What the client calls itself. */
  helo: string;
  ip: string;
  /** Empty: the null sender. */
  mailFrom: string;
  /** Our name. */
  by: string;
  /** As RFC 3848 calls it: ESMTP, ESMTPS, LMTP. */
  protocol: string;
  id: string;
  atMs: number;
}

/**
 * `Return-Path` and one `Received` line, as RFC 5321 (4.4) asks for of who takes a mail in for good: without them nobody could say later who handed it in.
 * Nothing that the client says can add a line or a clause.
 */
export function traceOf({ helo, ip, mailFrom, by, protocol, id, atMs }: Handover): string {
  const from = HOST_NAME.test(helo) && !CLAUSE.test(helo) ? helo : 'unknown';
  const address = ip.includes(':') ? `IPv6:${ip}` : ip;
  const date = new Date(atMs).toUTCString().replace('GMT', '+0000');
  const path = mailFrom.replaceAll(/[\s<>]/g, '');
  return `Return-Path: <${path}>\r\nReceived: from ${from} ([${address}])\r\n\tby ${by} (Sluice) with ${protocol} id ${id};\r\n\t${date}\r\n`;
}

/** Puts trace lines before mails. */
export interface Stamps {
  /** The mail with its trace. A repeated delivery within 24 h gets the lines of the first one, so that it is the same mail, byte for byte. */
  stamp(mail: Uint8Array, trace: string, tenant: string): Promise<Uint8Array>;
}

/** Keys are `intake:<tenant>:<SHA-256 of the mail>`, for 24 h: the trace of its first delivery. */
export function createStamps(redis: Pick<Redis, 'set'>): Stamps {
  return {
    async stamp(mail, trace, tenant) {
      const digest = createHash('sha256').update(mail).digest('hex');
      const first = await redis.set(`intake:${tenant}:${digest}`, trace, 'EX', LIFE_SECONDS, 'NX', 'GET');
      return Buffer.concat([Buffer.from(first ?? trace), mail]);
    },
  };
}
