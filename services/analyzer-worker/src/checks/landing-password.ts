import { readIp } from '../mail/ips.ts';
import type { Evidence } from '@sluice/contracts';
import { findingFrom, quoteOf } from './finding.ts';
import { isFreeHost } from './hosts.ts';
import type { LandingCheck, PageLook } from './landing-look.ts';
import { hostOf, isOneHouse } from './landing-look.ts';

/** Take what any form sends and mail it on; phishing kits use them, sign-in pages never do. */
const COLLECTORS =
  /(?:^|\.)(?:formspree\.io|formsubmit\.(?:co|io)|getform\.io|web3forms\.com|formcarry\.com|submit-form\.com|formbold\.com|basin\.com|usebasin\.com|forminit\.com|staticforms\.(?:xyz|dev)|api\.telegram\.org|discord\.com|discordapp\.com|webhook\.site|script\.google\.com)$/;

type Sent = { page: PageLook; action: string; host: string };

/** Where a page that asks for a password sends it, and where such a page stands. */
export const landingPassword: LandingCheck = ({ visits }) => {
  const asking = visits.flatMap(({ page }) => (page?.asksSecrets === true ? [page] : []));
  const sent = asking.flatMap((page) =>
    page.passwordForms.map(({ action }): Sent => ({ page, action, host: hostOf(action) })),
  );
  return [...sentElsewhere(sent), ...sentToAddress(sent), ...sentInTheOpen(sent), ...asksAnonymously(asking)];
};

function sentElsewhere(sent: readonly Sent[]) {
  const hits = sent.filter(({ page, action, host }) => {
    if (/^mailto:/i.test(action)) return true;
    return host !== '' && readIp(host) === null && !isOneHouse(page.host, host);
  });
  const isCollected = hits.some(({ action, host }) => COLLECTORS.test(host) || /^mailto:/i.test(action));
  return findingFrom({
    id: 'landing.password-elsewhere',
    severity: isCollected ? 'critical' : 'medium',
    weight: isCollected ? 65 : 35,
    category: 'phishing',
    title: 'A page sends the password to somebody else',
    explanation: 'What is typed into the page does not go to the site that shows it, but to another one.',
    evidence: hits.map(evidenceOf),
  });
}

function sentToAddress(sent: readonly Sent[]) {
  return findingFrom({
    id: 'landing.password-to-ip',
    severity: 'high',
    weight: 55,
    category: 'phishing',
    title: 'A page sends the password to a bare IP address',
    explanation: 'What is typed into the page goes to a number instead of a named site, which hides who gets it.',
    evidence: sent.filter(({ host }) => readIp(host) !== null).map(evidenceOf),
  });
}

function sentInTheOpen(sent: readonly Sent[]) {
  return findingFrom({
    id: 'landing.password-unencrypted',
    severity: 'medium',
    weight: 25,
    category: 'phishing',
    title: 'A page sends the password unencrypted',
    explanation: 'Everybody on the way can read what is typed into the page. Honest sites have not done so for years.',
    evidence: sent.filter(({ action }) => /^http:/i.test(action)).map(evidenceOf),
  });
}

function asksAnonymously(asking: readonly PageLook[]) {
  const hits = asking.filter(({ host }) => readIp(host) !== null || isFreeHost(host));
  const hasAddress = hits.some(({ host }) => readIp(host) !== null);
  return findingFrom({
    id: 'landing.password-free-host',
    severity: hasAddress ? 'high' : 'medium',
    weight: hasAddress ? 50 : 40,
    category: 'phishing',
    title: 'A page that nobody signs for asks for a password',
    explanation:
      'The page stands at a bare IP address or at a service where anyone gets a page without giving a name, and asks for a password.',
    evidence: hits.map(({ facts }) => quoteOf('landing page', `password asked for at ${facts.url}`)),
  });
}

function evidenceOf({ page, action }: Sent): Evidence {
  return quoteOf('landing page', `form at ${page.facts.url}, sent to ${action}`);
}
