import { DEFAULT_RELEASE, SluiceError, SwitchedOff, SwitchName, TenantId, TenantPolicy, TLPS } from '@sluice/contracts';
import { parseWindows } from '../rate-limit/index.ts';
import type { Redis } from '../redis/index.ts';
import { EPOCH_FIELD, QUOTAS_KEY, RESTORING_FIELD, SWITCHES_KEY, TENANTS_KEY } from './keys.ts';
import type { HeldPolicy } from './release.ts';

export type QuotaTexts = Readonly<Record<string, string>>;

/** What is off, and who has switched it off, when and why. */
export type SwitchedOffs = ReadonlyMap<SwitchName, SwitchedOff>;

function defaultPolicy(tenant: string): TenantPolicy {
  return TenantPolicy.parse({ v: 1, tenant: TenantId.parse(tenant), name: tenant, release: DEFAULT_RELEASE });
}

type Report = (key: string, text: string, message: string) => void;

/** A damaged entry is read again and again; it is told of once. */
export function reportOnce(onError: (error: unknown) => void): Report {
  const told = new Map<string, string>();
  return (key, text, message) => {
    if (told.get(key) === text) return;
    told.set(key, text);
    onError(new SluiceError('settings-damaged', message));
  };
}

/** A policy that is there holds, marker or not: it was published. */
export function createPolicyReader(redis: Redis, report: Report) {
  return async (tenant: string, held: HeldPolicy | undefined) => {
    const [text = null, epoch = null] = await redis.hmget(TENANTS_KEY, tenant, EPOCH_FIELD);
    if (text !== null) return { value: readPolicy(tenant, text, report), isCopy: true };
    if (epoch !== null) return { value: defaultPolicy(tenant), isCopy: true };
    return { value: held ?? { ...closedPolicy(tenant), isRestoring: true }, isCopy: false };
  };
}

/** Quotas that are known stand until all are published again; what is set meanwhile is added. */
export function createQuotaReader(redis: Redis, report: Report) {
  return async (_key: string, held: QuotaTexts | undefined) => {
    const { [EPOCH_FIELD]: epoch, [RESTORING_FIELD]: _token, ...texts } = await redis.hgetall(QUOTAS_KEY);
    const quotas = readQuotas(texts, report);
    return { value: epoch === undefined ? { ...held, ...quotas } : quotas, isCopy: true };
  };
}

/** As with quotas: what is known to be off stays off until all are published again. */
export function createSwitchReader(redis: Redis, report: Report) {
  return async (_key: string, held: SwitchedOffs | undefined) => {
    const { [EPOCH_FIELD]: epoch, [RESTORING_FIELD]: _token, ...texts } = await redis.hgetall(SWITCHES_KEY);
    const off = readSwitches(texts, report);
    return { value: epoch === undefined ? new Map([...(held ?? []), ...off]) : off, isCopy: true };
  };
}

/** Whose entry is damaged is off all the same: somebody has switched it off. */
function readSwitches(texts: Readonly<Record<string, string>>, report: Report): SwitchedOffs {
  const off = new Map<SwitchName, SwitchedOff>();
  for (const [name, text] of Object.entries(texts)) {
    const known = SwitchName.safeParse(name);
    // What only a newer version knows, only a newer version does.
    if (known.success) off.set(known.data, readSwitch(known.data, text, report));
  }
  return off;
}

function readSwitch(name: SwitchName, text: string, report: Report): SwitchedOff {
  try {
    return SwitchedOff.parse(JSON.parse(text));
  } catch {
    report(`switch ${name}`, text, `Why ${name} is switched off cannot be read.`);
    return { reason: 'The reason cannot be read.', sinceMs: 0, by: 'unknown' };
  }
}

function readPolicy(tenant: string, text: string, report: Report): TenantPolicy {
  try {
    const policy = TenantPolicy.parse(JSON.parse(text));
    if (policy.tenant === tenant) return policy;
  } catch {
    // Said below: the parser's message quotes the text.
  }
  report(`tenant ${tenant}`, text, `The policy of the tenant ${tenant} cannot be read: nothing may leave.`);
  return closedPolicy(tenant);
}

function closedPolicy(tenant: string): TenantPolicy {
  const nothing = Object.fromEntries(TLPS.map((tlp) => [tlp, []]));
  return { ...defaultPolicy(tenant), release: { ...DEFAULT_RELEASE, ...nothing } };
}

function readQuotas(texts: Record<string, string>, report: Report): Record<string, string> {
  const sound = Object.entries(texts).filter(([action, text]) => {
    try {
      parseWindows(text);
      return true;
    } catch {
      report(`quota ${action}`, text, `The quota that is set for ${action} cannot be read.`);
      return false;
    }
  });
  return Object.fromEntries(sound);
}
