import { type Provider, type Release, SluiceError, type TenantPolicy, type Tlp } from '@sluice/contracts';

/** A policy as a process holds it. */
export interface HeldPolicy extends TenantPolicy {
  /** The tenant's own was lost and is not back yet: this one lets nothing leave. */
  isRestoring?: boolean;
}

type Policy = Pick<HeldPolicy, 'defaultTlp' | 'release' | 'providers' | 'isRestoring'>;

interface Released {
  tlp: Tlp;
  may: ReadonlySet<Release>;
}

const DEEDS: Readonly<Record<Release, string>> = {
  visit: 'its links may not be opened',
  lookup: 'providers may not be asked about it',
  submit: 'its links may not be handed over',
  model: 'its content may not be given to a model',
};

/** What may leave for a mail of this TLP; a mail that says none has its tenant's default. */
export function releaseOf({ defaultTlp, release }: Policy, tlp: Tlp = defaultTlp): Released {
  return { tlp, may: new Set(release[tlp]) };
}

/** Why this may not leave, in words that go on from "it is not asked because"; null where it may. */
export function whyWithheld(policy: Policy, tlp: Tlp | undefined, what: Release, provider?: Provider): string | null {
  if (policy.isRestoring === true) return "the tenant's settings are being restored";
  const released = releaseOf(policy, tlp);
  if (!released.may.has(what)) {
    const mail = `the mail is TLP:${released.tlp.toUpperCase()}`;
    return released.may.size === 0 ? `${mail}: nothing may leave` : `${mail}: ${DEEDS[what]}`;
  }
  if (provider === undefined || policy.providers === null || policy.providers.includes(provider)) return null;
  return 'the tenant does not want it to be asked';
}

/** Throws `not-released` where this may not leave: `give-up`, or `retry` while nobody knows the tenant's settings. */
export function requireReleased(policy: Policy, tlp: Tlp | undefined, what: Release, provider?: Provider): void {
  const why = whyWithheld(policy, tlp, what, provider);
  if (why === null) return;
  if (policy.isRestoring === true) {
    throw new SluiceError('not-released', `Not permitted for now: ${why}.`, { disposition: 'retry' });
  }
  throw new SluiceError('not-released', `Not permitted any more: ${why}.`);
}
