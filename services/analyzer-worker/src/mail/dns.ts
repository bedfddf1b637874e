import { Resolver } from 'node:dns/promises';
import type { DNSResolver } from 'mailauth';

export type DnsConfig = {
  /** `ip` or `ip:port`; an IPv6 address with a port in brackets. */
  servers: readonly string[];
  /** Of one try. There are two. */
  timeoutMs?: number;
  /** For how long servers that do not answer are left alone. */
  restMs?: number;
  nowMs?: () => number;
};

const TIMEOUT_MS = 1_000;
const REST_MS = 30_000;
/** Every resolver has its name servers at hand. */
const PROBE = 'com';

/**
 * Asks these servers. Rejects as `dns.promises.resolve` does; where they do not answer at all, also at once for the next 30 s, so that a fleet without a
 * network does not wait for DNS at every mail.
 *
 * A question can time out because of the servers of the name asked about, which the mail chooses: so the resolvers count as silent only where they do not
 * answer a question about the top of DNS either.
 */
export function createDnsResolver({ servers, ...config }: DnsConfig): DNSResolver {
  const { timeoutMs = TIMEOUT_MS, restMs = REST_MS, nowMs = Date.now } = config;
  const resolver = resolverOf(servers, timeoutMs, 2);
  const probing = resolverOf(servers, timeoutMs, 1);
  let restsUntilMs = 0;
  let probe: Promise<void> | null = null;

  async function lookAtServers(): Promise<void> {
    if (await isSilent(probing)) restsUntilMs = nowMs() + restMs;
    probe = null;
  }

  return async (domain, type) => {
    if (nowMs() < restsUntilMs) throw Object.assign(new Error('DNS does not answer'), { code: 'ETIMEOUT' });
    try {
      // mailauth reads TXT, A, AAAA, MX, CNAME and PTR as this gives them.
      return (await resolver.resolve(domain, type)) as string[];
    } catch (error) {
      if (isSilence(error)) await (probe ??= lookAtServers());
      throw error;
    }
  };
}

function resolverOf(servers: readonly string[], timeoutMs: number, tries: number): Resolver {
  const resolver = new Resolver({ timeout: timeoutMs, tries, maxTimeout: timeoutMs });
  resolver.setServers(servers);
  return resolver;
}

async function isSilent(resolver: Resolver): Promise<boolean> {
  try {
    await resolver.resolve(PROBE, 'NS');
    return false;
  } catch (error) {
    return isSilence(error);
  }
}

/** No answer, or nobody there to give one. Whatever a server says, a refusal too, is an answer. */
function isSilence(error: unknown): boolean {
  return ['ETIMEOUT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '');
}
