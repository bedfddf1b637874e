import type { Place } from '@sluice/contracts';
import type { IndicatorCollector } from './collector.ts';
import { decodeDataUri } from './data-uri.ts';
import { extractFromText } from './extract-text.ts';
import type { Reference } from './html-attributes.ts';
import { readHtml } from './html.ts';
import type { MailLimits } from './limits.ts';
import { normaliseUrl } from './urls.ts';

/** What only a mail program follows; it comes last, so that a bound on links cuts here first. */
const LOADED: ReadonlySet<Place['where']> = new Set(['html-image', 'html-style', 'html-other']);

/** Takes the links of a page, and of the pages inside its `data:` links, to the bound on their depth. */
export function extractFromHtml(html: string, mail: number, collector: IndicatorCollector, limits: MailLimits): void {
  extractFromPage(html, { mail, dataDepth: 0, collector, limits });
}

type Page = { mail: number; dataDepth: number; collector: IndicatorCollector; limits: MailLimits };

function extractFromPage(html: string, page: Page): void {
  const { collector, limits, mail } = page;
  const reading = readHtml(html, limits.maxHtmlTags);
  const base = reading.base === null ? null : (normaliseUrl(reading.base)?.url ?? null);
  const followed = reading.references.filter((reference) => !LOADED.has(reference.where));
  const loaded = reading.references.filter((reference) => LOADED.has(reference.where));
  for (const reference of followed) takeReference(reference, base, page);
  extractFromText(reading.looseText, { mail, where: page.dataDepth > 0 ? 'data-uri' : 'html-text' }, collector, limits);
  for (const reference of loaded) takeReference(reference, base, page);
  if (reading.rest !== '') takeRest(reading.rest, page);
}

function takeReference(reference: Reference, base: string | null, page: Page): void {
  const address = mailtoAddress(reference.value);
  if (address !== null) page.collector.address(address, '', 'link');
  const url = normaliseUrl(reference.value, base);
  if (url === null) return;
  const where = page.dataDepth > 0 ? 'data-uri' : reference.where;
  page.collector.url(url, {
    mail: page.mail,
    where,
    ...(reference.label === '' ? {} : { label: reference.label }),
  });
  if (url.scheme === 'data' && page.dataDepth < page.limits.maxDataUriDepth) {
    const inner = decodeDataUri(reference.value);
    if (inner !== null) extractFromPage(inner, { ...page, dataDepth: page.dataDepth + 1 });
  }
}

/** A page with more tags than the bound is searched to its end, but no longer as a tree. */
function takeRest(rest: string, page: Page): void {
  const { collector, limits, mail } = page;
  const message = 'The HTML has more tags than the bound; what follows was searched as plain text.';
  collector.limit({ limit: 'html-bytes', allowed: limits.maxHtmlTags, message });
  extractFromText(rest.replaceAll(/["'=]/g, ' '), { mail, where: 'html-other' }, collector, limits);
}

/** The address of a `mailto:` link; null for others. */
export function mailtoAddress(value: string): string | null {
  const match = /^\s{0,20}mailto:([^?\s]{3,320})/i.exec(value);
  if (match?.[1] === undefined) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}
