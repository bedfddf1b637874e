import { registrableDomain } from '../mail/domains.ts';
import type { MailCheck, MailLook } from './look.ts';
import { foldLookalikes } from './lookalikes.ts';
import { findingFrom, quoteOf } from './finding.ts';

/** Names that phishing borrows most, and the owners' domains without their suffix. */
const BRANDS: readonly { name: RegExp; owners: RegExp }[] = [
  { name: /\bpay\s?pal\b/i, owners: /^paypal/ },
  {
    name: /\b(?:microsoft|office\s?365|outlook(?:\.com)?|onedrive|sharepoint|ms teams)\b/i,
    owners: /^(?:microsoft|office|outlook|live|hotmail|onedrive|sharepoint|skype|azure|linkedin)/,
  },
  { name: /\bapple(?: id)?\b|\bicloud\b|\bitunes\b/i, owners: /^(?:apple|icloud|itunes|me\.|mac\.)/ },
  { name: /\bamazon\b|\baws\b/i, owners: /^(?:amazon|aws|audible|kindle)/ },
  { name: /\bnetflix\b/i, owners: /^netflix/ },
  { name: /\b(?:facebook|instagram|whatsapp)\b/i, owners: /^(?:facebook|fb|instagram|whatsapp|meta)/ },
  { name: /\bdocusign\b/i, owners: /^docusign/ },
  {
    name: /\b(?:dhl|fedex|usps|dpd|hermes|correos)\b/i,
    owners: /^(?:dhl|fedex|usps|dpd|hermes|myhermes|correos|dp-dhl)/,
  },
  {
    name: /\b(?:wells fargo|bank of america|chase bank|citibank|hsbc|barclays|santander|bradesco|ita[uú] |caixa|sparkasse|volksbank|postbank|commerzbank)\b/i,
    owners:
      /^(?:wellsfargo|bankofamerica|bofa|chase|jpmorgan|citi|hsbc|barclays|santander|bradesco|itau|caixa|sparkasse|volksbank|postbank|commerzbank|vr-|voba)/,
  },
  {
    name: /\b(?:coinbase|binance|metamask|trust\s?wallet|blockchain\.com|ledger|trezor)\b/i,
    owners: /^(?:coinbase|binance|metamask|consensys|trustwallet|blockchain|ledger|trezor)/,
  },
  { name: /\bmcafee\b|\bnorton\b/i, owners: /^(?:mcafee|norton|nortonlifelock|gendigital|avast)/ },
  { name: /\b(?:dropbox|wetransfer)\b/i, owners: /^(?:dropbox|wetransfer)/ },
  { name: /\blinked\s?in\b/i, owners: /^linkedin/ },
  { name: /\bebay\b/i, owners: /^ebay/ },
];

export const senderBrand: MailCheck = ({ mails }) => {
  const hits = mails.filter(borrowsBrand);
  const isList = hits.every((mail) => mail.isList);
  return findingFrom({
    id: 'sender.brand-name',
    severity: isList ? 'low' : 'medium',
    weight: isList ? 15 : 40,
    category: 'phishing',
    title: 'The sender uses the name of a well-known company',
    explanation:
      'The sender calls itself like a well-known company, but the mail does not come from an address of that company.',
    evidence: hits.map(({ mail }) => quoteOf('from', `${mail.from[0]?.name ?? ''} <${mail.from[0]?.address ?? ''}>`)),
  });
};

function borrowsBrand({ mail, fromHost }: MailLook): boolean {
  const name = foldLookalikes((mail.from[0]?.name ?? '').slice(0, 200));
  const brand = BRANDS.find((candidate) => candidate.name.test(name));
  if (brand === undefined || !mail.from[0]?.address.includes('@')) return false;
  return fromHost === null || !brand.owners.test(registrableDomain(fromHost) ?? fromHost);
}
