import type { Response } from 'express';

/** JSON lines. Waits for a slow reader, and ends early where he goes. The first line is read before the head is sent: a refusal is still a refusal then. */
export async function sendLines<Item>(response: Response, fileName: string, items: AsyncIterator<Item>): Promise<void> {
  let next = await items.next();
  response.set({
    'content-type': 'application/x-ndjson',
    'content-disposition': `attachment; filename="${fileName}"`,
  });
  const closed = Promise.withResolvers<void>();
  response.once('close', closed.resolve);
  while (next.done !== true && !response.destroyed) {
    const isRoom = response.write(`${JSON.stringify(next.value)}\n`);
    if (!isRoom) await Promise.race([new Promise((resolve) => response.once('drain', resolve)), closed.promise]);
    next = await items.next();
  }
  response.end();
}
