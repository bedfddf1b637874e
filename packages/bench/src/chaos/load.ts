import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@sluice/client';
import { SluiceError } from '@sluice/contracts';
import { buildMail } from '@sluice/testkit';

/** Pauses of whoever was refused, doubled each time. */
const AGAIN_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** A mail that nobody takes for so long after the load has ended is left. */
const LAST_TRIES_MS = 60_000;

export interface Load {
  /** The job of every mail that was answered with 202. */
  accepted(): string[];
  /** Answers that were no 202, by code: `503 unavailable`. */
  refusals(): ReadonlyMap<string, number>;
  /** Begins no further mail, and resolves when every one that was begun is accepted; how many never were. */
  stop(): Promise<number>;
}

let numbered = 0;

/**
 * Submits so many small mails a second, each until it is accepted, as an intake would: the same bytes under the same key. Every mail has one address that a
 * provider is asked about, and no other mail has it.
 */
export function startLoad(world: { fleet: { url: string }; apiKey: string }, perSecond: number): Load {
  // It tries by itself, and counts.
  const client = createClient({ url: world.fleet.url, apiKey: world.apiKey, patienceMs: 0 });
  const accepted: string[] = [];
  const refusals = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  let lastTryMs = Number.POSITIVE_INFINITY;
  let left = 0;

  async function submit(): Promise<void> {
    numbered += 1;
    const mail = mailOf(numbered);
    const idempotencyKey = crypto.randomUUID();
    for (let tries = 0; performance.now() < lastTryMs; tries += 1) {
      try {
        accepted.push((await client.submitMail(mail, { idempotencyKey })).jobId);
        return;
      } catch (error) {
        const code = error instanceof SluiceError ? `${error.httpStatus} ${error.code}` : String(error);
        refusals.set(code, (refusals.get(code) ?? 0) + 1);
        await pause(Math.min(AGAIN_MS * 2 ** tries, LONGEST_PAUSE_MS));
      }
    }
    left += 1;
  }

  const timer = setInterval(() => {
    const one = submit().finally(() => underWay.delete(one));
    underWay.add(one);
  }, 1_000 / perSecond);
  return {
    accepted: () => accepted,
    refusals: () => refusals,
    async stop() {
      clearInterval(timer);
      lastTryMs = performance.now() + LAST_TRIES_MS;
      await Promise.all(underWay);
      return left;
    },
  };
}

function mailOf(n: number): Uint8Array {
  const ip = `8.${(n >> 8) & 255}.${n & 255}.8`;
  const received = `from out.example.com (unknown [${ip}]) by mx.example.net; Mon, 02 Nov 2026 10:00:00 +0000`;
  const html = `<p>Your order ${n}</p><a href="https://shop.example.com/offer/${n}">Offer</a>`;
  return buildMail({ subject: `Offer ${n}`, html, headers: { Received: received } });
}

/**
 * Submits a mail that no provider is asked about, until it is accepted, and waits for its end; resolves with its job. What happens on its way says when
 * everything moves again; it is urgent, so that the mails that waited for the end of the fault do not count.
 */
export async function sendProbe(
  world: { fleet: { url: string }; apiKey: string },
  patienceMs: number,
): Promise<string> {
  const client = createClient({ url: world.fleet.url, apiKey: world.apiKey, patienceMs: 0 });
  const endMs = performance.now() + patienceMs;
  const mail = buildMail({ subject: `Probe ${crypto.randomUUID()}`, text: 'Is anybody there?' });
  const idempotencyKey = crypto.randomUUID();
  const untilDone = async <T>(attempt: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const value = await attempt().catch(() => undefined);
      if (value !== undefined) return value;
      if (performance.now() > endMs) throw new Error(`nothing moved for ${patienceMs / 1_000} s`);
      await pause(50);
    }
  };
  const jobId = await untilDone(
    async () => (await client.submitMail(mail, { idempotencyKey, priority: 'high' })).jobId,
  );
  await untilDone(async () => (await client.status(jobId)).endedMs ?? undefined);
  return jobId;
}
