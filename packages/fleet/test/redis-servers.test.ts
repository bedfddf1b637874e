import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createConsumer } from '@sluice/fleet/queue';
import { closeRedis, connectRedis, mastersOf, requireEvictionPolicy } from '@sluice/fleet/redis';
import { eventually, startRedisCluster, startRedisSentinel } from '@sluice/testkit';
import { Queue } from 'bullmq';

const PATIENCE_MS = 60_000;
const KEYS = Array.from({ length: 30 }, (_, n) => `key-${n}`);

test('commands to a Cluster wait until their master is back, whichever it is; a bounded one fails in its time', async () => {
  const cluster = await startRedisCluster();
  const client = connectRedis(cluster.url, { name: 'patient' });
  const bounded = connectRedis(cluster.url, { name: 'bounded', answerWithinMs: 500 });
  try {
    await requireEvictionPolicy(client, 'noeviction', 'queue');
    expect(mastersOf(client)).toHaveLength(3);
    await Promise.all(KEYS.map((key) => client.set(key, key)));
    for (const node of cluster.masters) {
      // A write waits in the server while the file is being forced to the disk.
      await eventually(async () => /aof_buffer_length:0/.test(String(await node.command('info', 'persistence'))));
      await node.crash();
      const waiting = Promise.all(KEYS.map((key) => client.get(key)));
      await expect(Promise.all(KEYS.map((key) => bounded.get(key)))).rejects.toThrow('Command timed out');
      await node.restart();
      expect(await waiting).toEqual(KEYS);
    }
  } finally {
    await Promise.all([closeRedis(client), closeRedis(bounded)]);
    await cluster.stop();
  }
}, 120_000);

test('a queue and a subscription on a Cluster go on after all masters were away', async () => {
  const cluster = await startRedisCluster();
  const [client, sender, listener] = ['client', 'sender', 'listener'].map((name) =>
    connectRedis(cluster.url, { name }),
  );
  if (client === undefined || sender === undefined || listener === undefined) throw new Error('no connections');
  const queue = new Queue('analysis', { connection: sender, prefix: '{sluice:analysis}' });
  queue.on('error', () => undefined);
  const done: unknown[] = [];
  const heard: string[] = [];
  const consumer = createConsumer({
    queue: 'analysis',
    client,
    concurrency: 2,
    handle: ({ data }) => {
      done.push(data);
      return Promise.resolve({ kind: 'done' });
    },
    onError: () => undefined,
  });
  try {
    listener.on('message', (_channel, text) => heard.push(text));
    await listener.subscribe('news');
    consumer.start();
    await queue.add('before', 1, { removeOnComplete: true });
    await eventually(() => done.length === 1);
    await Promise.all(cluster.masters.map((node) => node.crash()));
    await Promise.all(cluster.masters.map((node) => node.restart()));
    await queue.add('after', 2, { removeOnComplete: true });
    await eventually(() => done.length === 2, PATIENCE_MS);
    await eventually(async () => {
      await sender.publish('news', 'again');
      return heard.includes('again');
    }, PATIENCE_MS);
  } finally {
    await consumer.stop();
    await queue.close();
    await Promise.all([client, sender, listener].map(closeRedis));
    await cluster.stop();
  }
}, 150_000);

test('a blocking command that was given up while its master was away takes nothing when that is back', async () => {
  const cluster = await startRedisCluster();
  const reader = connectRedis(cluster.url, { name: 'reader' });
  const sender = connectRedis(cluster.url, { name: 'sender' });
  const [node] = cluster.masters;
  if (node === undefined) throw new Error('a Cluster without masters');
  try {
    await Promise.all([reader.get('any'), ...KEYS.map((key) => sender.set(key, key))]);
    const [own] = (await node.command('keys', '*')) as string[];
    const markers = `{${own}}:markers`;
    await node.crash();
    const abandoned = reader.bzpopmin(markers, 10).catch((error: Error) => error.message);
    await expect(Promise.race([abandoned, pause(300, 'waits')])).resolves.toBe('waits');
    // So BullMQ gives up what has had no answer for too long.
    reader.disconnect();
    await eventually(() => reader.status === 'end');
    await reader.connect();
    const next = reader.bzpopmin(markers, 10);
    await node.restart();
    await sender.zadd(markers, 0, 'work');
    expect(await next).toEqual([markers, 'work', '0']);
    expect(await abandoned).toMatch(/closed|ended/);
  } finally {
    await Promise.all([closeRedis(reader), closeRedis(sender)]);
    await cluster.stop();
  }
}, 60_000);

test('readers of a Cluster stop in order, whatever was cut before', async () => {
  const cluster = await startRedisCluster({ isProxied: true });
  const clients = Array.from({ length: 12 }, (_, n) => connectRedis(cluster.url, { name: `reader-${n}` }));
  const readers = clients.map((client, n) =>
    createConsumer({
      queue: `queue-${n}`,
      client,
      concurrency: 1,
      handle: () => Promise.resolve({ kind: 'done' }),
      onError: () => undefined,
    }),
  );
  try {
    for (const reader of readers) reader.start();
    await Promise.all(clients.map((client) => client.ping()));
    for (const proxy of cluster.proxies) proxy.cut();
    await Promise.all(clients.map((client) => client.ping()));
    await Promise.all(readers.map((reader) => reader.stop()));
  } finally {
    await Promise.all(clients.map(closeRedis));
    await cluster.stop();
  }
}, 60_000);

test('a connection follows the master that Sentinel names, also when the old one hangs and closes nothing', async () => {
  const sentinel = await startRedisSentinel();
  const client = connectRedis(sentinel.url, { name: 'follower' });
  try {
    await client.set('key', 'before');
    const master = await sentinel.master();
    await eventually(async () => (await sentinel.servers[1].command('get', 'key')) === 'before');
    master.pause();
    const waiting = client.set('key', 'after');
    const next = await sentinel.failedOver(master);
    expect(await waiting).toBe('OK');
    expect(await next.command('get', 'key')).toBe('after');
    master.resume();
  } finally {
    await closeRedis(client);
    await sentinel.stop();
  }
}, 120_000);

test('a fail-over that is told of while a connection is being made does not end it, nor its duplicates; closing them does', async () => {
  const sentinel = await startRedisSentinel();
  const client = connectRedis(sentinel.url, { name: 'follower' });
  const heard: string[] = [];
  const listener = client.duplicate();
  listener.on('error', () => undefined);
  try {
    listener.on('message', (_channel, text) => heard.push(text));
    await listener.subscribe('news');
    for (const connection of [client, listener]) {
      const ended = new Promise((resolve) => connection.once('end', resolve));
      // As the detector of ioredis does when it hears of another master.
      const { connector } = connection as unknown as { connector: { disconnect(): void } };
      connection.once('connecting', () => connector.disconnect());
      connection.disconnect(true);
      await ended;
    }
    expect(await eventually(() => client.set('key', 'again'))).toBe('OK');
    await eventually(async () => {
      await client.publish('news', 'again');
      return heard.includes('again');
    });
  } finally {
    await Promise.all([closeRedis(client), closeRedis(listener)]);
    await eventually(() => expect([client.status, listener.status]).toEqual(['end', 'end']));
    await sentinel.stop();
  }
}, 120_000);
