import { createHash } from 'node:crypto';
import {
  type AnswerSource,
  type Indicators,
  type MailDocument,
  type Provider,
  type ProviderAnswer,
  PROVIDER_NAMES,
  type Release,
  type Resource,
  SluiceError,
  type Tlp,
} from '@sluice/contracts';
import type { Answer, Cache, Scope } from '@sluice/fleet/cache';
import { Parked } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import { type DataKey, requireReleased, type Settings } from '@sluice/fleet/settings';
import { type BareResource, unknownAnswer } from './answer.ts';
import { SETTING_OF } from './actions.ts';
import { type Access, clientOf, geminiOf, urlscanOf } from './clients.ts';
import { createDesk, type Desk, type DeskConfig, type Lining, type Place } from './desk.ts';
import { type Key, type Keys, keysOf } from './keys.ts';
import { createNamespaces, nameOf } from './namespaces.ts';
import { permissionsOf, type Permissions } from './permissions.ts';
import { redactMail } from './redact-mail.ts';
import type { ProviderSettings } from './settings.ts';

export { providerSettings } from './settings.ts';

/** Of a question whose slot is reserved at the moment that it lines up; another caller may have taken it. */
const MOST_TRIES = 3;

export interface ProvidersConfig {
  settings: ProviderSettings;
  /** What is set while the fleet runs: each tenant's policy, quotas, and what is switched off. */
  rules: Pick<Settings, 'tenant' | 'quotas' | 'switchedOff' | 'onChange'>;
  /** Opens tenants' own keys; without it they cannot be used. */
  dataKey?: DataKey | undefined;
  /** The queue's server: it counts the quotas. */
  redis: Redis;
  cache: Cache;
  fetch?: typeof fetch;
  /** Epoch ms. */
  now?: () => number;
  /** How a scan is waited for; real time where nothing is said. */
  pause?: Access['pause'];
  lining: Lining;
  recall?: DeskConfig['recall'];
}

export interface Asked {
  answer: ProviderAnswer;
  source: AnswerSource;
}

/** `tenant`: whose mail it is; the answers about a mail as a whole, and about what was handed over, are kept apart by it. */
export interface Asker extends Place {
  /** How far what the mail says may travel; missing: its tenant's default. */
  tlp?: Tlp | undefined;
  /** Ends the waiting, not the call: what was asked is kept for the next one. */
  signal: AbortSignal;
}

export interface Providers {
  /** What the fleet's own keys and switches leave, whoever asks. */
  fleet: Permissions;
  /** What may be asked about a tenant's mail at this moment. */
  permissions(tenant: string, tlp: Tlp | undefined): Promise<Permissions>;
  /** What a provider knows of a resource. */
  lookup(provider: Provider, resource: Resource | BareResource, asker: Asker): Promise<Asked>;
  /** Hands a link over and waits for what comes of it; a repetition within a day waits for the same scan. */
  submit(provider: Provider, resource: Resource | BareResource, asker: Asker): Promise<Asked>;
  /** What a model thinks of the mail, which it sees redacted. */
  opinion(mail: { document: MailDocument; indicators: Indicators }, asker: Asker): Promise<Asked>;
  /** From then on this process grants slots to questions that stand in line. */
  start(): Promise<void>;
  /** Ends all calls under way; resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/**
 * The providers that settings and tenants permit, decided anew with every question. A question is put to the cache first, then to the provider: once for all
 * that ask it, in a booked slot of its quota. When asking fails, an answer that outlived its time by at most 7 days stands in (`stale`); errors are never kept. A
 * question without a slot is put into its quota's line, and {@link Parked} is thrown; the task that asked is woken when a slot is reserved.
 *
 * Answers that a tenant's own key brought are that tenant's: they may show what only its owner may see (private scans at urlscan.io), and were paid for by
 * it. What the fleet's key brought is everybody's, also of tenants with a key of their own.
 *
 * Throws, by code: `provider-not-asked` (no key, switched off, or not a question for this provider), `not-released` (the tenant or the mail's TLP forbids
 * it), `provider-off` (the operator has switched it off while the fleet runs; all three `give-up`), `quota-exhausted`, `provider-refused`, `provider-down` (`Parked`), `provider-key`, `provider-rejected`,
 * `submission-unclear` (`give-up`), `provider-unreachable`, `provider-malformed`, `call-timeout`, `scan-unfinished`, `answer-pending`
 * (`retry`), and the reason of the asker's signal.
 */
export function createProviders(config: ProvidersConfig): Providers {
  const { settings, rules, dataKey, cache, fetch = globalThis.fetch, now = Date.now } = config;
  const stopping = new AbortController();
  const desk = createDesk({ ...config, fetch, now, stopping: stopping.signal });
  const kept = createNamespaces(settings, cache);
  const fleetKeys = keysOf(settings, { tenant: 'fleet', keys: {} }, undefined);
  let stopListening = () => undefined as void;

  const admit = createAdmission({ ...config, desk, kept, now, stopping: stopping.signal });

  return {
    fleet: permissionsOf(settings, fleetKeys),

    async permissions(tenant, tlp) {
      const [policy, switchedOff] = await Promise.all([rules.tenant(tenant), rules.switchedOff()]);
      const keys: Keys = keysOf(settings, policy, dataKey);
      return permissionsOf(settings, keys, { policy, tlp, switchedOff });
    },

    async lookup(provider, { kind, value }, asker) {
      const { key, share, access } = await admit(provider, 'lookup', asker);
      const client = clientOf(provider, access);
      if (client === undefined) throw notAsked(provider);
      const resource = { kind, value };
      const namespace = kept.lookups[provider];
      const name = nameOf(resource);
      const common = key.owner === undefined ? undefined : await namespace.get(name);
      if (common !== undefined) return told(provider, resource, common);
      const ask = () => namespace.getOrAsk(name, () => client.lookup(resource), scopeOf(key));
      return told(provider, resource, await lined(asker, share, ask));
    },

    async submit(provider, { kind, value }, asker) {
      if (provider !== 'urlscan' || kind !== 'url') throw notAsked(provider);
      const { share, access } = await admit(provider, 'submit', asker);
      const visibility = settings.URLSCAN_SUBMIT;
      if (visibility === 'off') throw notAsked(provider);
      const urlscan = urlscanOf(access);
      const resource = { kind, value };
      const key = `${visibility}:${value}`;
      const { tenant } = asker;
      const visit = async () => {
        const begun = async () => ({ scanId: await urlscan.submit(value, visibility) });
        const { value: scan } = await kept.submitted.getOrAsk(key, begun, { tenant });
        return scan === null ? null : urlscan.answerOf(resource, scan.scanId);
      };
      return told(provider, resource, await lined(asker, share, () => kept.visits.getOrAsk(key, visit, { tenant })));
    },

    async opinion({ document, indicators }, asker) {
      const { share, access } = await admit('gemini', 'model', asker);
      const gemini = geminiOf(access);
      const mail = redactMail(document, indicators);
      const key = `${settings.GEMINI_MODEL}:${createHash('sha256').update(JSON.stringify(mail)).digest('hex')}`;
      const ask = () => gemini.opinion(mail);
      const scope = { tenant: asker.tenant };
      const { value, source } = await lined(asker, share, () => kept.lookups.gemini.getOrAsk(key, ask, scope));
      if (value === null) throw new SluiceError('provider-rejected', 'Gemini does not know the model (GEMINI_MODEL).');
      return { answer: value, source };
    },

    async start() {
      stopListening = rules.onChange((change) => {
        if (change.kind === 'tenant') kept.forgetTenant(change.tenant).catch(config.lining.onError);
      });
      await desk.start();
    },
    async stop() {
      stopListening();
      stopping.abort(new SluiceError('stopping', 'The service stops.', { disposition: 'retry' }));
      await desk.stop();
    },
  };

  async function lined<T>({ signal, ...asker }: Asker, share: number | undefined, ask: () => Promise<T>): Promise<T> {
    const { tenant, priority, decides, token } = asker;
    for (let attempt = 1; ; attempt++) {
      try {
        return await untilAborted(signal, ask);
      } catch (error) {
        const answer = await desk.lineUp(error, { tenant, priority, decides, token, share });
        if (answer === 'lined' && error instanceof SluiceError) throw new Parked(error);
        if (answer !== 'granted' || attempt === MOST_TRIES) throw error;
      }
    }
  }

  function told(provider: Provider, resource: BareResource, { value, source }: Answer<ProviderAnswer>): Asked {
    return { answer: value ?? unknownAnswer(provider, resource, now()), source };
  }
}

interface AdmissionConfig extends Pick<ProvidersConfig, 'settings' | 'rules' | 'dataKey' | 'pause'> {
  desk: Desk;
  kept: Pick<ReturnType<typeof createNamespaces>, 'found'>;
  now: () => number;
  stopping: AbortSignal;
}

/** Says with which key, and for which share of its quota, somebody may ask at this moment; or throws. */
function createAdmission({ settings, rules, dataKey, pause, desk, kept, now, stopping }: AdmissionConfig) {
  return async (provider: Provider, what: Release, { tenant, tlp }: Asker) => {
    const policy = await rules.tenant(tenant);
    const key = keysOf(settings, policy, dataKey)[provider];
    const isOff =
      what === 'submit' ? settings.URLSCAN_SUBMIT === 'off' : settings[`${SETTING_OF[provider]}_LOOKUP`] === 'off';
    if (key === undefined || key === 'sealed' || isOff) throw notAsked(provider);
    requireReleased(policy, tlp, what, provider);
    if ((await rules.switchedOff()).has(provider)) throw switchedOffError(provider);
    const share = policy.shares[provider];
    const access: Access = {
      settings,
      apiKey: key.apiKey,
      ask: (action) => desk.ask(action, key, { tenant, share }),
      keepFound: async (resource, search) => (await kept.found.getOrAsk(nameOf(resource), search, scopeOf(key))).value,
      now,
      stopping,
      ...(pause === undefined ? {} : { pause }),
    };
    return { key, share, access };
  };
}

/** What the fleet's key brought is everybody's. */
function scopeOf({ owner }: Key): Scope {
  return owner === undefined ? {} : { tenant: owner };
}

function notAsked(provider: Provider): SluiceError {
  return new SluiceError(
    'provider-not-asked',
    `${PROVIDER_NAMES[provider]} is not asked this: it has no key, or is switched off.`,
  );
}

function switchedOffError(provider: Provider): SluiceError {
  return new SluiceError('provider-off', `The operator has switched ${PROVIDER_NAMES[provider]} off for now.`);
}

/** Rejects with the signal's reason as soon as it fires. What was begun goes on: others may wait for it. */
function untilAborted<T>(signal: AbortSignal, begin: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    begin()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
}
