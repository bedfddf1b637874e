import type { ObservableKind, Resource, VisitFacts } from '@sluice/contracts';
import { classifyAddress, isAddress, targetOf } from '@sluice/fleet/guard';
import { resourceOf } from '@sluice/fleet/resources';
import { requestableUrl, requestKey } from './visit/target.ts';

const MOST = 12;
const URL_CHARS = 8192;
const HOST_CHARS = 253;

/**
 * What a visit discovered and is worth asking about, the most telling first, each once, at most 12: where it led, the file that it gave, where
 * the page's forms post, the hosts on the way (the last first) and the public addresses behind them. What was asked for is not among them.
 */
export function discoveries(facts: VisitFacts): Resource[] {
  const found: Resource[] = [];
  const add = (kind: ObservableKind, value: string) => {
    const resource = resourceOf(kind, value);
    if (!found.some(({ id }) => id === resource.id)) found.push(resource);
  };
  const start = requestableUrl(facts.url);
  const addHost = (url: URL | null) => {
    if (!url) return;
    const { host } = targetOf(url);
    if (isAddress(host)) addAddress(host);
    else if (host !== start?.hostname && host.length <= HOST_CHARS && host.includes('.')) add('domain', host);
  };
  const addAddress = (address: string) => {
    if (classifyAddress(address) === 'public' && address !== start?.hostname.replace(/^\[|\]$/g, ''))
      add('ip', address);
  };

  const wentTo = facts.chain.map(({ url }) => URL.parse(url));
  const final = requestableUrl(facts.finalUrl);
  const isElsewhere = final && (!start || requestKey(final) !== requestKey(start));
  const isRefused = facts.cuts.some(({ reason, url }) => reason === 'private-address' && url === facts.finalUrl);
  if (isElsewhere && !isRefused && final.href.length <= URL_CHARS) add('url', final.href);
  if (facts.download?.sha256) add('hash', facts.download.sha256);
  for (const { action } of facts.landing?.forms ?? []) addHost(requestableUrl(action));
  for (const url of wentTo.toReversed()) addHost(url);
  for (const { address } of facts.chain.toReversed()) addAddress(address);
  return found.slice(0, MOST);
}
