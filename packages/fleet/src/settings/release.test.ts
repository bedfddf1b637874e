import { describe, expect, test } from '@jest/globals';
import { type Release, TenantPolicy, type Tlp } from '@sluice/contracts';
import { releaseOf, requireReleased, whyWithheld } from './release.ts';

const policy = TenantPolicy.parse({ v: 1, tenant: 'acme', name: 'Acme', providers: ['virustotal'] });
const may = (tlp: Tlp | undefined) => [...releaseOf(policy, tlp).may];

describe('what may leave', () => {
  test('is by default a visit and lookups, of what is not to be shared less, and never a submission or content', () => {
    expect(may('clear')).toEqual(['visit', 'lookup']);
    expect(may('amber+strict')).toEqual(['visit']);
    expect(may('red')).toEqual([]);
    expect(may(undefined)).toEqual(may(policy.defaultTlp));
  });

  test.each<[Tlp | undefined, Release, string | null]>([
    [undefined, 'visit', null],
    ['red', 'visit', 'the mail is TLP:RED: nothing may leave'],
    ['amber+strict', 'lookup', 'the mail is TLP:AMBER+STRICT: providers may not be asked about it'],
    ['clear', 'submit', 'the mail is TLP:CLEAR: its links may not be handed over'],
    ['clear', 'model', 'the mail is TLP:CLEAR: its content may not be given to a model'],
  ])('is told in words: %s, %s', (tlp, what, why) => {
    expect(whyWithheld(policy, tlp, what)).toBe(why);
  });

  test('leaves to the providers that the tenant names only', () => {
    expect(whyWithheld(policy, undefined, 'lookup', 'virustotal')).toBeNull();
    expect(whyWithheld(policy, undefined, 'lookup', 'shodan')).toBe('the tenant does not want it to be asked');
  });

  test('is nothing while nobody knows the settings of the tenant, and is tried again', () => {
    const lost = { ...policy, isRestoring: true };
    expect(whyWithheld(lost, 'clear', 'visit')).toBe("the tenant's settings are being restored");
    const refused = { code: 'not-released', disposition: 'retry' };
    expect(() => requireReleased(lost, 'clear', 'visit')).toThrow(expect.objectContaining(refused));
  });

  test('is not tried again where it is forbidden', () => {
    expect(() => requireReleased(policy, 'green', 'visit')).not.toThrow();
    expect(() => requireReleased(policy, 'red', 'visit')).toThrow(
      expect.objectContaining({ code: 'not-released', disposition: 'give-up' }),
    );
  });
});
