import type { Owner } from '@sluice/judgement';
import { intentsOf } from '@sluice/judgement';
import type { FactCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

const AT_HOME: ReadonlySet<Owner> = new Set(['own', 'kin', 'mailer', 'common']);
const EASES = 50;

/**
 * Whoever forged the address, its reader ends up at the company: a warning of it about an account is then as harmless as the company's own. A number to
 * call, a file or an answer to somebody else would be another way out.
 */
export const linksAtBrand: FactCheck = (facts, { words }) => {
  const { fromOwner, fromAddress, replyTo, links, attachments } = facts;
  const own = links.filter(({ owner }) => owner === 'own' || owner === 'kin');
  const leadsHome = own.length > 0 && links.every(({ owner }) => AT_HOME.has(owner));
  const hasOtherWay = attachments.length > 0 || replyTo === 'free-mail' || replyTo === 'other';
  if (fromOwner !== 'brand' || !leadsHome || hasOtherWay) return [];
  if (intentsOf(words).some(({ intent }) => intent === 'call')) return [];
  return findingFrom({
    id: 'links.at-brand',
    severity: 'info',
    weight: 0,
    eases: EASES,
    title: 'All links lead to the company whose address the mail bears',
    explanation: 'It leads nowhere else, asks for no call and brings no file, so that it can hardly do harm.',
    evidence: own.slice(0, 3).map(({ host }) => quoteOf('link', `${fromAddress} → ${host}`)),
  });
};
