import { createHash } from 'node:crypto';
import {
  type AnswerSource,
  type Indicators,
  type MailDocument,
  type Provider,
  type ProviderAnswer,
  type Resource,
  SluiceError,
  PROVIDER_NAMES,
} from '@sluice/contracts';
import type { Answer, Cache } from '@sluice/fleet/cache';
import { Parked } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import { type BareResource, unknownAnswer } from './answer.ts';
import { createAsks, type Lining, type Place } from './asks.ts';
import { createClients, createOpinions } from './clients.ts';
import { createNamespaces } from './namespaces.ts';
import { permissionsOf, type Permissions } from './permissions.ts';
import { redactMail } from './redact-mail.ts';
import type { ProviderSettings } from './settings.ts';
import type { UrlscanConfig } from './urlscan.ts';

export { providerSettings } from './settings.ts';

/** Of a question whose slot is reserved at the moment that it lines up; another caller may have taken it. */
const MOST_TRIES = 3;

export interface ProvidersConfig {
  settings: ProviderSettings;
  /** The queue's server: it counts the quotas. */
  redis: Redis;
  cache: Cache;
  fetch?: typeof fetch;
  /** Epoch ms. */
  now?: () => number;
  /** How a scan is waited for; real time where nothing is said. */
  pause?: UrlscanConfig['pause'];
  lining: Lining;
}

export interface Asked {
  answer: ProviderAnswer;
  source: AnswerSource;
}

/** `tenant`: whose mail it is; the answers about a mail as a whole, and about what was handed over, are kept apart by it. */
export interface Asker extends Place {
  /** Ends the waiting, not the call: what was asked is kept for the next one. */
  signal: AbortSignal;
}

export interface Providers extends Permissions {
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
 * The providers that the settings permit. A question is put to the cache first, then to the provider: once for all that ask it, in a booked slot of its
 * quota. When asking fails, an answer that outlived its time by at most 7 days stands in (`stale`); errors are never kept. A question without a slot is put
 * into its quota's line, and {@link Parked} is thrown; the task that asked is woken when a slot is reserved.
 *
 * Throws, by code: `provider-not-asked` (no key, no permission, or not a question for this provider; `give-up`), `quota-exhausted`, `provider-refused`,
 * `provider-down` (`Parked`), `provider-key`, `provider-rejected`, `submission-unclear` (`give-up`), `provider-unreachable`,
 * `provider-malformed`, `call-timeout`, `scan-unfinished`, `answer-pending` (`retry`), and the reason of the asker's signal.
 */
export function createProviders(config: ProvidersConfig): Providers {
  const { settings, cache, fetch = globalThis.fetch, now = Date.now } = config;
  const permissions = permissionsOf(settings);
  const stopping = new AbortController();
  const { asks, lineUp, ...line } = createAsks({ ...config, fetch, now, stopping: stopping.signal });
  const { lookups, urlscan } = createClients({ ...config, now }, permissions, asks, stopping.signal);
  const kept = createNamespaces(settings, cache);
  const gemini = createOpinions(settings, permissions, asks);

  return {
    ...permissions,

    async lookup(provider, { kind, value }, asker) {
      const resource = { kind, value };
      const client = lookups[provider];
      if (client === undefined || !permissions.enabled.includes(provider)) throw notAsked(provider);
      const namespace = kept.lookups[provider];
      return told(
        provider,
        resource,
        await lined(asker, () => namespace.getOrAsk(`${kind}:${value}`, () => client.lookup(resource))),
      );
    },

    async submit(provider, { kind, value }, asker) {
      const visibility = settings.URLSCAN_SUBMIT;
      const isPermitted = permissions.submits.includes(provider) && kind === 'url';
      if (!isPermitted || visibility === 'off' || urlscan === undefined) throw notAsked(provider);
      const resource = { kind, value };
      const key = `${visibility}:${value}`;
      const { tenant } = asker;
      const visit = async () => {
        const begun = async () => ({ scanId: await urlscan.submit(value, visibility) });
        const { value: scan } = await kept.submitted.getOrAsk(key, begun, { tenant });
        return scan === null ? null : urlscan.answerOf(resource, scan.scanId);
      };
      return told(provider, resource, await lined(asker, () => kept.visits.getOrAsk(key, visit, { tenant })));
    },

    async opinion({ document, indicators }, asker) {
      if (gemini === undefined) throw notAsked('gemini');
      const mail = redactMail(document, indicators);
      const key = `${settings.GEMINI_MODEL}:${createHash('sha256').update(JSON.stringify(mail)).digest('hex')}`;
      const ask = () => gemini.opinion(mail);
      const scope = { tenant: asker.tenant };
      const { value, source } = await lined(asker, () => kept.lookups.gemini.getOrAsk(key, ask, scope));
      if (value === null) throw new SluiceError('provider-rejected', 'Gemini does not know the model (GEMINI_MODEL).');
      return { answer: value, source };
    },

    start: line.start,
    async stop() {
      stopping.abort(new SluiceError('stopping', 'The service stops.', { disposition: 'retry' }));
      await line.stop();
    },
  };

  async function lined<T>({ signal, ...place }: Asker, ask: () => Promise<T>): Promise<T> {
    const { tenant, priority, decides, token } = place;
    for (let attempt = 1; ; attempt++) {
      try {
        return await untilAborted(signal, ask);
      } catch (error) {
        const answer = await lineUp(error, { tenant, priority, decides, token });
        if (answer === 'lined' && error instanceof SluiceError) throw new Parked(error);
        if (answer !== 'granted' || attempt === MOST_TRIES) throw error;
      }
    }
  }

  function told(provider: Provider, resource: BareResource, { value, source }: Answer<ProviderAnswer>): Asked {
    return { answer: value ?? unknownAnswer(provider, resource, now()), source };
  }
}

function notAsked(provider: Provider): SluiceError {
  return new SluiceError(
    'provider-not-asked',
    `${PROVIDER_NAMES[provider]} may not be asked this: no key or no permission.`,
  );
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
