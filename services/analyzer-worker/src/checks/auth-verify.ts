import type { AuthenticateResult, DKIMResult, DNSResolver } from 'mailauth';
import { authenticate } from 'mailauth';
import type { Authentication, AuthVerdict } from './auth-verdict.ts';
import { bestOf, UNKNOWN_AUTHENTICATION, verdictOf } from './auth-verdict.ts';

export type VerifyConfig = {
  /** Answers like `dns.promises.resolve`: rejects with `code` ENOTFOUND or ENODATA where there is no record. */
  resolver: DNSResolver;
  timeLimitMs: number;
  /** DNS questions for one mail; a mail with a hundred signatures asks no more. Default 60. */
  maxLookups?: number;
  /** Who handed the mail in, where that is known from a server of one's own; SPF is unknown without it. */
  client?: { ip: string; helo: string; mailFrom: string };
};

/**
 * Verifies DKIM, SPF and DMARC with mailauth against DNS. Where DNS does not answer, or not in time, the result is `unknown`.
 *
 * DMARC fails only where SPF was looked at too, because either of the two may pass it. Never rejects. The bytes are hostile:
 * call it where the mail is parsed.
 */
export async function verifyAuthentication(bytes: Uint8Array, config: VerifyConfig): Promise<Authentication> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, config.timeLimitMs, null);
  });
  try {
    const result = await Promise.race([ask(bytes, config), late]);
    return result === null ? UNKNOWN_AUTHENTICATION : read(result, config.client !== undefined);
  } catch {
    return UNKNOWN_AUTHENTICATION;
  } finally {
    clearTimeout(timer);
  }
}

async function ask(bytes: Uint8Array, { client, ...config }: VerifyConfig): Promise<AuthenticateResult> {
  return await authenticate(Buffer.from(bytes), {
    resolver: boundedResolver(config.resolver, config.maxLookups ?? 60),
    trustReceived: false,
    disableArc: true,
    disableBimi: true,
    mta: 'sluice.invalid',
    ...(client === undefined ? {} : { ip: client.ip, helo: client.helo, sender: client.mailFrom }),
  });
}

function boundedResolver(resolver: DNSResolver, maxLookups: number): DNSResolver {
  let lookups = 0;
  return async (domain, type) => {
    lookups += 1;
    if (lookups > maxLookups) throw Object.assign(new Error('too many DNS lookups'), { code: 'ETIMEOUT' });
    return await resolver(domain, type);
  };
}

function read({ dkim, spf, dmarc }: AuthenticateResult, isClientKnown: boolean): Authentication {
  const signatures = dkim.results.map(dkimVerdict);
  const dmarcVerdict = dmarc === false ? 'unknown' : verdictOf(dmarc.status.result);
  const isSpfKnown = isClientKnown && spf !== false && !/error/.test(spf.status.result);
  const isDecided = isSpfKnown && !signatures.includes('unknown');
  return {
    dmarc: dmarcVerdict === 'fail' && !isDecided ? 'unknown' : dmarcVerdict,
    spf: isSpfKnown ? verdictOf(spf.status.result) : 'unknown',
    dkim: bestOf(signatures),
    quotes: [
      ...(dmarc === false ? [] : [dmarc.info]),
      ...(isSpfKnown ? [spf.info] : []),
      ...dkim.results.map((row) => row.info),
    ],
  };
}

/** mailauth calls a changed body `neutral`; RFC 6376 section 3.7 calls it a failure. */
function dkimVerdict({ status, bodyHash, bodyHashExpecting }: DKIMResult): AuthVerdict {
  const isChanged = status.result === 'neutral' && bodyHash !== undefined && bodyHash !== bodyHashExpecting;
  return isChanged ? 'fail' : verdictOf(status.result);
}
