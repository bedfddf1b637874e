import { describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { createLogger } from '@sluice/fleet/service';
import { actionOf } from './action.ts';
import { formsOf } from './address.ts';
import { createDecide } from './decide.ts';
import type { Found } from './directory.ts';
import { createRooms, type Room } from './room.ts';

const log = createLogger('gateway', 'test', 'error');
log.silent = true;

interface World {
  found: Found | Error;
  isBlocked?: boolean;
  room?: Room | Error;
  isOn?: boolean | Error;
}

function decisionIn({ found, isBlocked = false, room = 'free', isOn = true }: World, recipient = 'Ann@Acme.example') {
  const settle = async <T>(value: T | Error): Promise<T> => {
    if (value instanceof Error) throw value;
    return value;
  };
  const directory = { formsOf: (written: string) => formsOf(written, '+'), find: () => settle(found) };
  const decide = createDecide({
    directory,
    policyOf: async () => ({ isBlocked }),
    roomOf: () => settle(room),
    isOn: () => settle(isOn),
    log,
  });
  return decide(recipient);
}

const known: Found = { fact: { tenant: 'acme', isActive: true, entry: 'ann@acme.example' }, source: 'memory' };
const inactive: Found = { fact: { tenant: 'acme', isActive: false, entry: 'ann@acme.example' }, source: 'memory' };
const away = new SluiceError('record-away', 'The database does not answer.', { disposition: 'retry' });
const DEFAULTS = { POLICY_ALLOW_ACTION: 'DUNNO', POLICY_WHEN_AWAY: 'DEFER_IF_PERMIT' } as const;

describe('a recipient', () => {
  test.each<[string, World, string, string]>([
    ['known', { found: known }, 'known-recipient', 'DUNNO'],
    ['unknown', { found: { fact: null, source: 'record' } }, 'unknown-recipient', 'REJECT 5.1.1'],
    ['shut', { found: inactive }, 'inactive-recipient', 'REJECT 5.2.1'],
    ['of a blocked tenant', { found: known, isBlocked: true }, 'tenant-blocked', 'REJECT 5.2.1'],
    ['of a tenant with too much at work', { found: known, room: 'jobs' }, 'too-many-jobs', 'DEFER_IF_PERMIT 4.3.2'],
    ['of a tenant that has had its day', { found: known, room: 'day' }, 'too-many-jobs-today', 'DEFER_IF_PERMIT 4.3.2'],
    ['known, while mail is switched off', { found: known, isOn: false }, 'intake-off', 'DEFER_IF_PERMIT 4.3.2'],
    [
      'unknown, while mail is switched off',
      { found: { fact: null, source: 'record' }, isOn: false },
      'unknown-recipient',
      'REJECT 5.1.1',
    ],
    ['known, where nobody knows what is off', { found: known, isOn: new Error('x') }, 'away', 'DEFER_IF_PERMIT 4.3.0'],
    ['whom nobody can look up', { found: away }, 'away', 'DEFER_IF_PERMIT 4.3.0'],
    ['whose plan nobody can count', { found: known, room: new Error('x') }, 'away', 'DEFER_IF_PERMIT 4.3.0'],
  ])('that is %s', async (_name, world, reason, action) => {
    const decision = await decisionIn(world);
    expect(decision).toMatchObject({ reason, recipient: 'ann@acme.example' });
    expect(actionOf(decision, DEFAULTS)).toMatch(new RegExp(`^${action}( |$)`));
  });

  test('is told of as it is set: OK, and nothing said where nobody can say', async () => {
    const settings = { POLICY_ALLOW_ACTION: 'OK', POLICY_WHEN_AWAY: 'DUNNO' } as const;
    expect(actionOf(await decisionIn({ found: known }), settings)).toBe('OK');
    expect(actionOf(await decisionIn({ found: away }), settings)).toBe('DUNNO');
  });

  test('that is no address is refused without a look', async () => {
    expect(await decisionIn({ found: away }, 'a\u0000@b')).toMatchObject({ reason: 'no-address', source: null });
  });
});

describe('what is left of a plan', () => {
  function roomsIn() {
    const world = { nowMs: 0, room: 'free' as Room | Error, counts: 0 };
    const count = async () => {
      world.counts += 1;
      if (world.room instanceof Error) throw world.room;
      return world.room;
    };
    return { world, rooms: createRooms({ count, monotonicMs: () => world.nowMs }) };
  }

  test('is counted once a second for a tenant, and a change is seen within that second', async () => {
    const { world, rooms } = roomsIn();
    expect(await Promise.all([rooms('acme'), rooms('acme')])).toEqual(['free', 'free']);
    world.room = 'jobs';
    world.nowMs = 999;
    expect(await rooms('acme')).toBe('free');
    world.nowMs = 1_000;
    expect(await rooms('acme')).toBe('jobs');
    expect(world.counts).toBe(2);
    expect(await rooms('other')).toBe('jobs');
  });

  test('is not asked for again within the second where it could not be counted, and then anew', async () => {
    const { world, rooms } = roomsIn();
    world.room = new Error('away');
    await expect(rooms('acme')).rejects.toThrow('away');
    await expect(rooms('acme')).rejects.toThrow('away');
    expect(world.counts).toBe(1);
    world.room = 'free';
    world.nowMs = 1_000;
    expect(await rooms('acme')).toBe('free');
  });

  test('that nobody counts is waited for no longer than patience lasts', async () => {
    const never = createRooms({ count: () => new Promise<Room>(() => undefined), patienceMs: 5 });
    await expect(never('acme')).rejects.toThrow(/not counted/);
  });
});
