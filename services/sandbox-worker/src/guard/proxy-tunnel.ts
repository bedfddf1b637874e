import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { OpenPass } from './pass.ts';
import { meterFor, refusalOf, refusalStatus, refusalText } from './refusal.ts';

type Caller = { client: Duplex; head: Buffer };

/** CONNECT: bytes both ways to exactly the checked address, until either side or the pass ends. Never rejects. */
export async function tunnel(authority: string, caller: Caller, pass: OpenPass): Promise<void> {
  const { client } = caller;
  const deadline = AbortSignal.timeout(pass.connectMs);
  let stands = false;
  const target = authorityTarget(authority);
  if (!target) {
    client.end(refusalText(400));
    return;
  }
  try {
    const opening = AbortSignal.any([pass.signal, deadline]);
    const { socket } = await pass.guard.connect({ ...target, secure: false }, opening);
    pass.note(target, null);
    stands = true;
    await join(caller, socket, pass);
  } catch (error) {
    if (!stands && !pass.signal.aborted)
      pass.note(target, refusalOf(error, { ranOut: deadline.aborted, connected: false }));
    // The bytes of a tunnel that stands are the other protocol's: a refusal is only for one that never stood.
    if (!client.destroyed && client.writable) client.end(refusalText(refusalStatus(error, deadline.aborted)));
  }
}

async function join({ client, head }: Caller, socket: Socket, pass: OpenPass): Promise<void> {
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (head.length > 0) client.unshift(head);
  try {
    const { signal } = pass;
    await Promise.all([
      pipeline(client, meterFor(pass), socket, { signal }),
      pipeline(socket, meterFor(pass), client, { signal }),
    ]);
  } finally {
    socket.destroy();
    client.destroy();
  }
}

/** `host:port` or `[v6]:port`, spelled as the URL parser spells it, so that no odd form of an address gets past the check. */
function authorityTarget(authority: string): { host: string; port: number } | null {
  const port = /:(\d{1,5})$/.exec(authority)?.[1];
  const url = URL.parse(`http://${authority}`);
  if (port === undefined || !url || url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '')
    return null;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}
