import type { Authentication, AuthVerdict } from '@sluice/contracts';
import type { AuthenticateResult, DKIMResult, DNSResolver } from 'mailauth';
import { bestOf, quotesOf, saysSomething, UNKNOWN_AUTHENTICATION, verdictOf } from './auth-verdict.ts';

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
 * Verifies DKIM, SPF and DMARC with mailauth against DNS. Where DNS does not answer, or not in time, the result is `unknown`, by nobody.
 *
 * DMARC fails only where SPF was looked at too, because either of the two may pass it. Never rejects, and asks nothing more once it has
 * resolved. The bytes are hostile: call it where the mail is parsed.
 */
export async function verifyAuthentication(bytes: Uint8Array, config: VerifyConfig): Promise<Authentication> {
  const questions = boundedQuestions(config.resolver, config.maxLookups ?? 60);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, config.timeLimitMs, null);
  });
  try {
    const result = await Promise.race([ask(bytes, questions.resolver, config.client), late]);
    if (result === null || !questions.wasAnswered()) return UNKNOWN_AUTHENTICATION;
    const found = read(result, config.client !== undefined);
    return saysSomething(found) ? found : UNKNOWN_AUTHENTICATION;
  } catch {
    return UNKNOWN_AUTHENTICATION;
  } finally {
    clearTimeout(timer);
    questions.end();
  }
}

async function ask(
  bytes: Uint8Array,
  resolver: DNSResolver,
  client: VerifyConfig['client'],
): Promise<AuthenticateResult> {
  // At the first use, because it takes as long to load as all the rest of a reader together, and a new reader may have to hurry.
  const { authenticate } = await import('mailauth');
  return await authenticate(Buffer.from(bytes), {
    resolver,
    trustReceived: false,
    disableArc: true,
    disableBimi: true,
    mta: 'sluice.invalid',
    ...(client === undefined ? {} : { ip: client.ip, helo: client.helo, sender: client.mailFrom }),
  });
}

/** The answers that there is no such name, or no such record of it. */
const NO_RECORD = new Set(['ENOTFOUND', 'ENODATA']);

/** The questions about one mail: no more than the bound, none after the end. */
function boundedQuestions(resolver: DNSResolver, maxLookups: number) {
  let left = maxLookups;
  let hasAnswer = false;
  const bounded: DNSResolver = async (domain, type) => {
    left -= 1;
    if (left < 0) throw Object.assign(new Error('too many DNS lookups'), { code: 'ETIMEOUT' });
    try {
      const records = await resolver(domain, type);
      hasAnswer = true;
      return records;
    } catch (error) {
      hasAnswer ||= NO_RECORD.has((error as NodeJS.ErrnoException).code ?? '');
      throw error;
    }
  };
  return {
    resolver: bounded,
    wasAnswered: () => hasAnswer,
    end: () => {
      left = 0;
    },
  };
}

function read({ dkim, spf, dmarc }: AuthenticateResult, isClientKnown: boolean): Authentication {
  const signatures = dkim.results.map(dkimVerdict);
  const dmarcVerdict = dmarc === false ? 'unknown' : verdictOf(dmarc.status.result);
  const isSpfKnown = isClientKnown && spf !== false && !/error/.test(spf.status.result);
  const isDecided = isSpfKnown && !signatures.includes('unknown');
  return {
    v: 1,
    by: 'dns',
    dmarc: dmarcVerdict === 'fail' && !isDecided ? 'unknown' : dmarcVerdict,
    spf: isSpfKnown ? verdictOf(spf.status.result) : 'unknown',
    dkim: bestOf(signatures),
    quotes: quotesOf([
      ...(dmarc === false ? [] : [dmarc.info]),
      ...(isSpfKnown ? [spf.info] : []),
      ...dkim.results.map((row) => row.info),
    ]),
  };
}

/** mailauth calls a changed body `neutral`; RFC 6376 section 3.7 calls it a failure. */
function dkimVerdict({ status, bodyHash, bodyHashExpecting }: DKIMResult): AuthVerdict {
  const isChanged = status.result === 'neutral' && bodyHash !== undefined && bodyHash !== bodyHashExpecting;
  return isChanged ? 'fail' : verdictOf(status.result);
}
