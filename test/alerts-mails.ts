import { createClient } from '@sluice/client';
import { buildMail, eventually } from '@sluice/testkit';

const LANES = 8;
const PATIENCE_MS = 150_000;

export type Senders = ReturnType<typeof createSenders>;

/** What is handed in to a fleet that may be refusing it. */
export function createSenders(access: { url: string; apiKey: string }) {
  let mails = 0;
  let copies = 0;
  /** A client of its own for each time: one that was told to come again later keeps to that, and what is provoked may be that very refusal. */
  const impatient = () => createClient({ ...access, patienceMs: 1_000 });
  const submit = (n: number, subject: string) => impatient().submitMail(mailOf(n, subject));

  return {
    /** One mail that no other is like. Throws where it is refused. */
    sendOne: () => submit(mails, `Offer ${mails++}`),

    /** So many mails that no other is like. It does not matter whether they are refused. */
    send: (count: number) =>
      inLanes(Array.from({ length: count }, () => mails++).map((n) => () => submit(n, `Offer ${n}`).catch(() => null))),

    /** So many of the mails before, the latest first, as copies with another subject: all that they ask has been asked before. */
    sendAgain: (count: number) =>
      inLanes(
        Array.from({ length: Math.min(count, mails) }, (_, back) => mails - 1 - back).map(
          (n) => () => submit(n, `Copy ${copies++}`).catch(() => null),
        ),
      ),

    /** So many small jobs, however often the gateway says that it has no room now. */
    sendSmall: (count: number) =>
      inLanes(
        Array.from({ length: count }, (_, n) => {
          const address = { type: 'ip' as const, value: `9.200.${(n >> 8) % 256}.${n % 256}` };
          return () => eventually(() => impatient().submitObservable(address), PATIENCE_MS);
        }),
      ),
  };
}

/** A mail with a link and an address that only mails of this number have. */
function mailOf(n: number, subject: string) {
  const received = `from out.example.com (unknown [9.${(n >> 8) % 256}.${n % 256}.8]) by mx.example.net; Mon, 02 Nov 2026 10:00:00 +0000`;
  const html = `<a href="https://shop${n}.example.com/offer/${n}">Offer</a>`;
  return buildMail({ subject, html, headers: { Received: received } });
}

async function inLanes(works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const rest = works.values();
  const lane = async () => {
    for (const work of rest) await work();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
