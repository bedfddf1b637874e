import { createHash } from 'node:crypto';
import { type BodyEnd, readBody } from './body.ts';
import { contentTypeOf, decodeText, fileNameOf, isDownload } from './content.ts';
import { type Answer, ask, type Head, HeadersTooLarge } from './exchange.ts';
import type { Cut, CutReason, DownloadFacts, Hop } from '@sluice/contracts';
import { type Connection, type Guard, GuardError, targetOf } from '@sluice/fleet/guard';
import type { VisitLimits } from './limits.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What asking for one URL gave. `hop` is null when no connection was made; what the parts hold is what came before the cut. */
export type HopResult = {
  hop: Hop | null;
  head: Head | null;
  location: string | null;
  text: string | null;
  contentType: string;
  download: DownloadFacts | null;
  cut: Cut | null;
};

type Found = Partial<Omit<HopResult, 'hop' | 'cut'>>;
type Means = { guard: Guard; limits: VisitLimits; signal: AbortSignal };

/**
 * Asks for one URL through the guard, within the limits of a hop. Never throws for what the other side does; throws the signal's reason
 * when the caller aborts. A redirect's body is not read; a download is hashed and dropped.
 */
export async function takeHop(url: URL, means: Means): Promise<HopResult> {
  const startMs = performance.now();
  const deadline = AbortSignal.timeout(means.limits.hopMs);
  const signal = AbortSignal.any([means.signal, deadline]);
  const trip: Trip = { found: {}, wireBytes: 0 };
  let cut: Cut | null = null;
  try {
    cut = await travel(url, trip, { ...means, signal });
  } catch (error) {
    means.signal.throwIfAborted();
    cut = { url: url.href, ...reasonOf(error, deadline) };
  } finally {
    trip.connection?.socket.destroy();
  }
  return { ...EMPTY, ...trip.found, hop: hopOf(url, trip, performance.now() - startMs), cut };
}

const EMPTY = { head: null, location: null, text: null, contentType: '', download: null };

type Trip = { connection?: Connection; found: Found; wireBytes: number };

async function travel(url: URL, trip: Trip, means: Means): Promise<Cut | null> {
  trip.connection = await means.guard.connect(targetOf(url), means.signal);
  const { headerBytes } = means.limits;
  const answer = await ask(url, { connection: trip.connection, headerBytes, signal: means.signal });
  trip.found = { head: answer.head, contentType: contentTypeOf(answer.head) };
  const location = REDIRECTS.has(answer.head.status) ? answer.head.header('location') : null;
  if (location !== null) {
    trip.found.location = location;
    return null;
  }
  const read = isDownload(answer.head) ? readDownload : readText;
  const end = await read(url, { answer, trip, means });
  return end.cut && { ...end.cut, url: url.href };
}

type Reading = { answer: Answer; trip: Trip; means: Means };

/** Keeps what came, also when the time ran out in the middle of it. */
async function readText(_: URL, { answer, trip, means }: Reading): Promise<BodyEnd> {
  const chunks: Buffer[] = [];
  try {
    return await readInto(answer, {
      trip,
      means,
      wireBytes: means.limits.bodyBytes,
      take: (chunk) => chunks.push(chunk),
    });
  } finally {
    trip.found.text = decodeText(Buffer.concat(chunks), answer.head);
  }
}

async function readDownload(url: URL, { answer, trip, means }: Reading): Promise<BodyEnd> {
  const hash = createHash('sha256');
  const facts = { url: url.href, fileName: fileNameOf(answer.head), contentType: contentTypeOf(answer.head) };
  trip.found.download = { ...facts, bytes: 0, sha256: null };
  const end = await readInto(answer, {
    trip,
    means,
    wireBytes: means.limits.downloadBytes,
    take: (chunk) => hash.update(chunk),
  });
  trip.found.download = { ...facts, bytes: end.bytes, sha256: end.cut ? null : hash.digest('hex') };
  return end;
}

async function readInto(
  answer: Answer,
  how: { trip: Trip; means: Means; wireBytes: number; take: (chunk: Buffer) => void },
): Promise<BodyEnd> {
  const { limits, signal } = how.means;
  const encoding = answer.head.header('content-encoding') ?? '';
  const end = await readBody(answer.body, {
    encoding,
    limits: { ...limits, wireBytes: how.wireBytes },
    signal,
    take: how.take,
  });
  how.trip.wireBytes = end.wireBytes;
  return end;
}

function hopOf(url: URL, trip: Trip, tookMs: number): Hop | null {
  if (!trip.connection) return null;
  const { address, port, certificate } = trip.connection;
  const status = trip.found.head?.status ?? null;
  return {
    url: url.href,
    kind: null,
    status,
    address,
    port,
    ...(certificate ? { certificate } : {}),
    tookMs: Math.round(tookMs),
    bytes: trip.wireBytes,
  };
}

function reasonOf(error: unknown, deadline: AbortSignal): { reason: CutReason; message: string } {
  if (deadline.aborted) return { reason: 'time', message: 'the hop took too long' };
  if (error instanceof HeadersTooLarge) return { reason: 'bytes', message: error.message };
  if (error instanceof GuardError)
    return { reason: error.code === 'limit' ? 'connection' : error.code, message: error.message };
  throw error;
}
