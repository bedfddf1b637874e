import {
  CACHE_NAMESPACES,
  BlobRef,
  type Resource,
  ResourceEntry,
  ResourceSet,
  SluiceError,
  type tasks,
  VisitFacts,
} from '@sluice/contracts';
import { type BlobStore, getDocument, putDocument } from '@sluice/fleet/blobs';
import type { Answer, Cache, Namespace } from '@sluice/fleet/cache';
import type { Handlers } from '@sluice/fleet/queue';
import { requireReleased, type Settings } from '@sluice/fleet/settings';
import { z } from 'zod';
import { discoveries } from './discoveries.ts';
import { requestableUrl, requestKey } from './visit/target.ts';
import type { AnyVisitor } from './visitor.ts';

/** What was cut for these reasons may go better in a while. */
const PASSING = new Set(['time', 'dns', 'connection', 'bytes']);
const PASSING_SECONDS = 300;

interface SandboxTools {
  blobs: BlobStore;
  visitor: AnyVisitor;
  /** What each tenant permits. */
  rules: Pick<Settings, 'tenant'>;
  cache: Cache;
  /** How long a whole visit stands in for a new one. */
  cacheSeconds: number;
}

/** A visit as the cache keeps it: references only. */
const Kept = z.object({
  visit: BlobRef,
  resources: BlobRef,
  lookups: z.array(ResourceEntry).max(20),
  isWhole: z.boolean(),
});
type Kept = z.infer<typeof Kept>;

/** A kept visit, and what was just seen where it is new. */
type Made = { kept: Kept; facts: VisitFacts };

/** What the sandbox pool does. One URL of one tenant is visited once for all who ask within its lifetime, whatever the fragment. */
export function createHandlers(tools: SandboxTools): Handlers<typeof tasks, 'sandbox'> {
  const { blobs, visitor } = tools;
  const visits = visitsIn(tools.cache, tools.cacheSeconds);

  async function store(tenant: string, facts: VisitFacts): Promise<Made> {
    const resources = discoveries(facts);
    const kept: Kept = {
      visit: await putDocument(blobs, tenant, VisitFacts, facts),
      resources: await putDocument(blobs, tenant, ResourceSet, { v: 1, resources }),
      lookups: resources.map(({ id, kind }) => ({ id, kind })),
      isWhole: !facts.cuts.some(({ reason }) => PASSING.has(reason)),
    };
    return { kept, facts };
  }

  async function visit(url: string, tenant: string, signal: AbortSignal): Promise<Made> {
    const { facts, screenshot } = await visitor.visit(url, signal);
    const picture = screenshot && (await blobs.put(tenant, screenshot, { durable: false }));
    return store(tenant, { ...facts, screenshot: picture });
  }

  /** Whoever asks for a later hop gets the rest of this chain. */
  async function keepHops({ kept, facts }: Made, tenant: string): Promise<void> {
    if (!kept.isWhole) return;
    for (const [at, { url }] of facts.chain.entries()) {
      const key = keyOf(url);
      if (at === 0 || key === keyOf(facts.url) || (await visits.get(key, { tenant }))) continue;
      const rest = { ...facts, url, chain: facts.chain.slice(at) };
      await visits.put(key, (await store(tenant, rest)).kept, { tenant });
    }
  }

  async function ask(url: string, tenant: string, signal: AbortSignal): Promise<Answer<Kept>> {
    let made: Made | undefined;
    const asking = async () => {
      made = await visit(url, tenant, signal);
      return made.kept;
    };
    const answer = await visits.getOrAsk(keyOf(url), asking, { tenant });
    if (made) await keepHops(made, tenant);
    return answer;
  }

  return {
    async 'sandbox.visit'({ resources, id }, { tenant, tlp, signal }) {
      requireReleased(await tools.rules.tenant(tenant), tlp, 'visit');
      const url = placeOf(await findResource(blobs, resources, id));
      let answer = await ask(url, tenant, signal);
      if (answer.source !== 'fresh' && !(await isStored(blobs, answer.value))) {
        await visits.invalidate(keyOf(url), { tenant });
        answer = await ask(url, tenant, signal);
      }
      if (!answer.value) throw new SluiceError('visit-missing', 'The visit was not kept.', { disposition: 'retry' });
      const { visit: seen, resources: found, lookups } = answer.value;
      return { visit: seen, source: answer.source, resources: found, lookups };
    },
  };
}

function visitsIn(cache: Cache, hitSeconds: number): Namespace<Kept> {
  return cache.namespace({
    name: 'visits',
    version: CACHE_NAMESPACES.visits.version,
    hitSeconds,
    notFoundSeconds: PASSING_SECONDS,
    staleSeconds: 0,
    secondsOf: ({ isWhole }) => (isWhole ? undefined : Math.min(PASSING_SECONDS, hitSeconds)),
    schema: Kept,
  });
}

async function findResource(blobs: BlobStore, ref: string, id: string): Promise<Resource> {
  const { resources } = await getDocument(blobs, ResourceSet, ref);
  const resource = resources.find((each) => each.id === id);
  if (!resource) throw new SluiceError('resource-missing', 'What was to be visited is not in its set.');
  return resource;
}

/** Where to go for a resource; a host without more is asked for in the clear, as a person would type it. */
function placeOf({ kind, value }: Resource): string {
  if (kind === 'url') return value;
  if (kind === 'hash') throw new SluiceError('not-visitable', 'A file cannot be visited.');
  return `http://${value.includes(':') ? `[${value}]` : value}/`;
}

/** Two URLs that are the same request are one visit. */
function keyOf(url: string): string {
  const requestable = requestableUrl(url);
  return requestable ? requestKey(requestable) : url;
}

async function isStored(blobs: BlobStore, kept: Kept | null): Promise<boolean> {
  try {
    if (kept) await Promise.all([blobs.get(kept.visit), blobs.get(kept.resources)]);
    return kept !== null;
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'blob-missing') return false;
    throw error;
  }
}
