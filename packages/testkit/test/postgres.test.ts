import { expect, test } from '@jest/globals';
import { openRecords } from '@sluice/records';
import { startTestPostgres } from '../src/index.ts';

test('a server of a test is paused, killed and started again on the same port with what it held, and has empty databases to give', async () => {
  const server = await startTestPostgres();
  const records = openRecords({ url: server.url, onError: () => undefined });
  try {
    expect(await records.migrate()).not.toEqual([]);
    const [first, second] = [await server.createDatabase(), await server.createDatabase()];
    expect(new Set([first, second, server.url]).size).toBe(3);
    const other = openRecords({ url: first, onError: () => undefined });
    expect(await other.migrate()).not.toEqual([]);
    await other.close();
    for (const end of [server.crash, server.pause]) {
      const before = server.pid();
      await end();
      await expect(records.ping()).rejects.toMatchObject({ code: 'record-away' });
      await server.restart();
      expect(server.pid()).not.toBe(before);
      expect(await records.migrate()).toEqual([]);
    }
  } finally {
    await records.close();
    await server.stop();
  }
});
