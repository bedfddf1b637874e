import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Redis } from '@sluice/fleet/redis';
import { createHub, type Hub } from './hub.ts';

const JOB = '01890000-0000-7000-8000-00000000000a';
const NEIGHBOUR = '01890000-0000-7000-8000-00000000001a';
const ELSEWHERE = '01890000-0000-7000-8000-00000000000b';

/** A subscriber whose subscriptions are under way until the test decides. */
class FakeSubscriber extends EventEmitter {
  readonly said: string[] = [];
  readonly pending: PromiseWithResolvers<void>[] = [];
  subscribe(...channels: string[]): Promise<void> {
    this.said.push(`subscribe ${channels.length}`);
    const answer = Promise.withResolvers<void>();
    this.pending.push(answer);
    return answer.promise;
  }
  unsubscribe(...channels: string[]): Promise<void> {
    this.said.push(`unsubscribe ${channels.length}`);
    return Promise.resolve();
  }
}

let hub: Hub | undefined;
afterEach(() => hub?.stop());

function setUp() {
  const subscriber = new FakeSubscriber();
  const redis = { hget: () => Promise.resolve(null) };
  hub = createHub(subscriber as unknown as Redis, redis as unknown as Redis);
  const heard: string[] = [];
  const listener = (name: string) => ({
    onEvent: (seq: number) => void heard.push(`${name} ${seq}`),
    onGap: () => void heard.push(`${name} gap`),
  });
  return { subscriber, hub, heard, listener };
}

const event = (jobId: string, seq: number) => `{"jobId":"${jobId}","seq":${seq},"atMs":1,"type":"x"}`;

describe('the hub', () => {
  test('tells nobody that they listen before the subscription stands, also not the second one', async () => {
    const { subscriber, hub: it, listener } = setUp();
    const begun: string[] = [];
    const first = it.listen(JOB, listener('a')).then(() => begun.push('first'));
    const second = it.listen(NEIGHBOUR, listener('b')).then(() => begun.push('second'));
    await Promise.resolve();
    expect([subscriber.said, begun]).toEqual([['subscribe 17'], []]);
    subscriber.pending[0]?.resolve();
    await Promise.all([first, second]);
    expect(begun.toSorted()).toEqual(['first', 'second']);
  });

  test('leaves nothing of a subscription that failed: the next one tries anew, and what ends is unsubscribed once', async () => {
    const { subscriber, hub: it, listener, heard } = setUp();
    const both = [it.listen(JOB, listener('a')), it.listen(JOB, listener('b'))];
    subscriber.pending[0]?.reject(new Error('no'));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    subscriber.emit('message', 'events:{b10}', event(JOB, 1));
    expect(heard).toEqual([]);
    const third = it.listen(JOB, listener('c'));
    subscriber.pending[1]?.resolve();
    (await third)();
    expect(subscriber.said).toEqual(['subscribe 17', 'subscribe 17', 'unsubscribe 17']);
  });

  test('keeps the channels while one listener is left', async () => {
    const { subscriber, hub: it, listener, heard } = setUp();
    const listening = [it.listen(JOB, listener('a')), it.listen(JOB, listener('b'))];
    subscriber.pending[0]?.resolve();
    const [endFirst, endSecond] = await Promise.all(listening);
    endFirst?.();
    expect(subscriber.said).toHaveLength(1);
    subscriber.emit('message', 'events:{b10}', event(JOB, 7));
    expect(heard).toEqual(['b 7']);
    endSecond?.();
    expect(subscriber.said.at(-1)).toBe('unsubscribe 17');
  });

  test('hands every event of a publication to its own job, and ignores what is none', async () => {
    const { subscriber, hub: it, listener, heard } = setUp();
    const listening = [it.listen(JOB, listener('a')), it.listen(NEIGHBOUR, listener('b'))];
    subscriber.pending[0]?.resolve();
    await Promise.all(listening);
    const lines = [event(JOB, 1), event(NEIGHBOUR, 5), event(ELSEWHERE, 9), 'nonsense', event(JOB, 2)];
    subscriber.emit('message', 'events:{b10}', lines.join('\n'));
    expect(heard).toEqual(['a 1', 'b 5', 'a 2']);
  });

  test('hands everything to who follows, dead letters too, and tells when nothing is heard', async () => {
    const { subscriber, hub: it, heard } = setUp();
    const following = it.follow({
      onEvent: (jobId, seq) => void heard.push(`${jobId.slice(-2)} ${seq}`),
      onLetter: () => void heard.push('letter'),
      onLost: () => void heard.push('lost'),
    });
    subscriber.pending[0]?.resolve();
    const end = await following;
    subscriber.emit('message', 'events:{b10}', [event(JOB, 1), event(NEIGHBOUR, 5)].join('\n'));
    subscriber.emit('message', 'dead-letters', '{}');
    subscriber.emit('close');
    end();
    subscriber.emit('message', 'dead-letters', '{}');
    expect(heard).toEqual(['0a 1', '1a 5', 'letter', 'lost']);
  });

  test('tells of a gap after a lost connection only when the subscriptions stand again', async () => {
    const { subscriber, hub: it, listener, heard } = setUp();
    const listening = it.listen(JOB, listener('a'));
    subscriber.pending[0]?.resolve();
    await listening;
    subscriber.emit('ready');
    await Promise.resolve();
    expect(heard).toEqual([]);
    subscriber.pending[1]?.resolve();
    await subscriber.pending[1]?.promise;
    await Promise.resolve();
    expect(heard).toEqual(['a gap']);
  });
});
