import { dataFile } from '../mail/data-uri.ts';
import { readHtml } from '../mail/html.ts';
import { scriptsOf } from '../mail/scripts.ts';
import { decodeText } from './decode-text.ts';
import type { FileReading, Opener } from './reading.ts';
import { addFeature, emptyReading } from './reading.ts';
import { smuggledIn } from './smuggled.ts';

const MAX_PAGE_BYTES = 8 * 1024 * 1024;
const MAX_PAGE_TAGS = 20_000;
/** A script that goes elsewhere as soon as the page is open. */
const LEADS_AWAY =
  /\b(?:window|document|self|top|parent)?\s{0,3}\.?\s{0,3}\blocation\s{0,3}(?:\.\s{0,3}href\s{0,3})?=[^=]|\blocation\s{0,3}\.\s{0,3}(?:replace|assign)\s{0,3}\(/;

/** An attached web page or drawing: what it shows, where it leads, and what its scripts hold. Nothing of it is run. */
export const openPage: Opener = async ({ bytes }, { budget }) => {
  const html = decodeText(bytes.subarray(0, MAX_PAGE_BYTES));
  const { text, references, forms } = readHtml(html, MAX_PAGE_TAGS);
  const reading = emptyReading({ text });
  const scripts = scriptsOf(html);
  if (scripts.length > 0) addFeature(reading, 'script');
  if (forms.length > 0) addFeature(reading, 'form');
  if (forms.some(({ asksPassword }) => asksPassword)) addFeature(reading, 'password-field');
  if (forms.some(({ action }) => /^\s{0,20}https?:/i.test(action ?? ''))) addFeature(reading, 'form-submit');
  const leadsAway = scripts.some((script) => LEADS_AWAY.test(script));
  if (leadsAway || references.some(({ where }) => where === 'html-refresh')) addFeature(reading, 'redirect');
  for (const { value, label } of references) {
    if (/^\s{0,20}data:/i.test(value)) takeData(value, reading);
    else reading.links.push({ value, where: 'attachment-html', ...(label === '' ? {} : { label }) });
  }
  for (const url of addressesIn(scripts)) reading.links.push({ value: url, where: 'attachment-html' });
  reading.links.splice(budget.limits.maxLinks);
  const built = (await smuggledIn(scripts)).filter((file) => file.bytes.length < bytes.length);
  if (built.length > 0) addFeature(reading, 'smuggling');
  for (const file of built) reading.files.push({ ...file, via: 'page' });
  return reading;
};

function takeData(value: string, reading: FileReading): void {
  const file = dataFile(value);
  if (file !== null) reading.files.push({ ...file, via: 'page' });
}

function addressesIn(scripts: readonly string[]): string[] {
  const found = scripts.flatMap((script) => script.match(/https?:\/\/[^\s"'`<>\\)]{4,2000}/gi) ?? []);
  return [...new Set(found)];
}
