import type { BrandFact, LinkFact, MailFacts, Owner } from '@sluice/judgement';
import type { UrlIndicator } from '@sluice/contracts';
import { hostOfAddress } from '../mail/addresses.ts';
import { normaliseDomain, registrableDomain } from '../mail/domains.ts';
import type { Brand } from './brands.ts';
import { brandsIn, ownersOf } from './brands.ts';
import { isFreeMail } from './free-mail.ts';
import { hasCheapSuffix, hostsCustomers, isFreeHost, isInfrastructure, isShortener } from './hosts.ts';
import type { Look, MailLook } from './look.ts';
import { isFollowed, isWeb } from './look.ts';
import { asSeen } from './lookalikes.ts';
import { isMailer, sendsForOthers } from './mailers.ts';
import { authorOf } from './sender-reply-elsewhere.ts';

const MAX_TEXT_CHARS = 40_000;
const MAX_HTML_CHARS = 400_000;

type Sender = { host: string; domain: string; brands: Brand[] };

/** What the judgement reads of the submitted mail; null where there is no mail. */
export function mailFacts({ document, indicators, mails }: Look): MailFacts | null {
  const [look] = mails;
  if (look === undefined) return null;
  const { mail } = look;
  const sender = senderOf(look);
  const web = indicators.urls.filter((url) => isWeb(url) && url.places.some((place) => place.mail === 0));
  const links = web.filter(isFollowed).map((url) => linkOf(url, sender));
  const images = web
    .filter((url) => url.places.some(({ where }) => where === 'html-image'))
    .map((url) => linkOf(url, sender));
  const [from] = mail.from;
  const text = bodyOf(look);
  return {
    subject: mail.subject ?? '',
    fromName: from?.name ?? '',
    fromAddress: from?.address ?? '',
    fromHost: sender.host,
    fromDomain: sender.domain,
    fromOwner: fromOwnerOf(sender),
    replyTo: replyToOf(look, sender),
    text,
    plain: look.plain.slice(0, MAX_TEXT_CHARS),
    html: look.source.slice(0, MAX_HTML_CHARS),
    links,
    images,
    attachments: document.mails.flatMap(({ attachments }) =>
      attachments.map(({ fileName, detectedType, declaredType }) => ({
        name: fileName ?? '',
        type: detectedType ?? declaredType,
      })),
    ),
    brands: brandsOf(look, text, links, sender),
  };
}

function senderOf({ fromHost }: MailLook): Sender {
  const host = fromHost ?? '';
  return { host, domain: registrableDomain(host) ?? host, brands: host === '' ? [] : ownersOf(host) };
}

/** The part that people see: the page, unless there is none or it says less than the plain part. */
function bodyOf({ plain, html }: MailLook): string {
  const page = html?.text ?? '';
  return (page.trim().length * 2 > plain.trim().length ? page : plain).slice(0, MAX_TEXT_CHARS);
}

function fromOwnerOf({ host, brands }: Sender): MailFacts['fromOwner'] {
  if (host === '') return 'none';
  if (isFreeMail(host)) return 'free-mail';
  if (isFreeHost(host) || /\.(?:onmicrosoft\.com|sa\.com|za\.com|eu\.org|us\.com)$/.test(host)) return 'free-host';
  if (sendsForOthers(host)) return 'platform';
  if (brands.length > 0) return 'brand';
  return hasCheapSuffix(host) ? 'cheap' : 'other';
}

/** A list that sends in the name of its author, and leads answers to him, is like one that does not. */
function replyToOf({ mail }: MailLook, sender: Sender): MailFacts['replyTo'] {
  const [reply] = mail.replyTo;
  const host = hostOfAddress(reply?.address ?? '');
  if (host === null) return 'none';
  if (reply?.name !== undefined && reply.name === authorOf(mail.from[0]?.name ?? '')) return 'same';
  const domain = registrableDomain(normaliseDomain(host) ?? host) ?? host;
  if (domain === sender.domain || (sendsForOthers(sender.host) && !isFreeMail(host))) return 'same';
  return isFreeMail(host) ? 'free-mail' : 'other';
}

function linkOf({ url, host, hostKind, registrableDomain: domain, places }: UrlIndicator, sender: Sender): LinkFact {
  const label = places.find(({ label: words }) => words !== undefined)?.label ?? '';
  return {
    url,
    host,
    domain: domain ?? host,
    owner: hostKind === 'domain' ? ownerOf(host, domain, sender) : 'address',
    label,
  };
}

function ownerOf(host: string, domain: string | null, sender: Sender): Owner {
  if (domain === sender.domain && !isFreeHost(host)) return 'own';
  if (sender.brands.length > 0 && ownersOf(host).some((brand) => sender.brands.includes(brand))) return 'kin';
  if (sameName(domain, sender.domain)) return 'kin';
  if (isShortener(host)) return 'shortener';
  if (isMailer(host)) return 'mailer';
  if (isFreeHost(host)) return 'free-host';
  if (hostsCustomers(host)) return 'content';
  if (isInfrastructure(host)) return 'common';
  return hasCheapSuffix(host) ? 'cheap' : 'other';
}

/** `katjes.de` and `katjes.com`, `royalmail.com` and `royalmail-email.com`. */
function sameName(domain: string | null, own: string): boolean {
  const [left = ''] = (domain ?? '').split('.');
  const [right = ''] = own.split('.');
  return left.length > 3 && left === right;
}

function brandsOf({ mail, words }: MailLook, text: string, links: readonly LinkFact[], sender: Sender): BrandFact[] {
  const places: [BrandFact['where'], string][] = [
    ['name', mail.from[0]?.name.slice(0, 200) ?? ''],
    ['subject', (mail.subject ?? '').slice(0, 300)],
    ['text', (text === '' ? words : text).slice(0, 3_000)],
    [
      'label',
      links
        .map(({ label }) => label)
        .join('\n')
        .slice(0, 3_000),
    ],
  ];
  const linked = new Set(links.slice(0, 50).flatMap(({ host }) => ownersOf(host)));
  return places.flatMap(([where, quote]) =>
    brandsIn(asSeen(quote)).map((brand) => ({
      name: brand.name,
      where,
      isSender: sender.brands.includes(brand),
      isLinked: linked.has(brand),
    })),
  );
}
