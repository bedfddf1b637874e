import { readHtml } from '../mail/html.ts';
import { decodeText } from './decode-text.ts';
import type { FileReading, Opener } from './reading.ts';
import { emptyReading } from './reading.ts';

const MAX_CALENDAR_BYTES = 512 * 1024;
const MAX_COMPONENTS = 50;
const MAX_TAGS = 2_000;
const SHOWN = new Set(['summary', 'location', 'description', 'comment', 'contact']);
const ADDRESSED = new Set(['url', 'conference', 'attach', 'image', 'source']);

/** A component as ical.js gives it: its name, its properties (name, parameters, type, values), the components in it. */
type Component = [string, Property[], Component[]];
type Property = [string, Record<string, unknown>, string, ...unknown[]];

/** An invitation: who invites, what a person reads, where its links lead, and the files in it. */
export const openCalendar: Opener = async ({ bytes }) => {
  const text = decodeText(bytes.subarray(0, MAX_CALENDAR_BYTES));
  const components = await parseCalendar(text);
  // What no calendar program would take as one is still read by its words.
  if (components === null) return emptyReading({ text: text.replace(/\r?\n[ \t]/g, '') });
  const reading = emptyReading();
  for (const [, properties] of components) for (const property of properties) takeProperty(property, reading);
  return reading;
};

async function parseCalendar(text: string): Promise<Component[] | null> {
  const { default: ical } = await import('ical.js');
  try {
    const parsed = ical.parse(text) as Component | Component[];
    const roots = typeof parsed[0] === 'string' ? [parsed as Component] : (parsed as Component[]);
    return withInner(roots);
  } catch {
    return null;
  }
}

function withInner(roots: readonly Component[]): Component[] {
  const all: Component[] = [];
  const waiting = [...roots];
  for (let next = waiting.shift(); next !== undefined && all.length < MAX_COMPONENTS; next = waiting.shift()) {
    all.push(next);
    waiting.push(...next[2]);
  }
  return all;
}

function takeProperty([name, parameters, type, ...values]: Property, reading: FileReading): void {
  for (const value of values) {
    if (typeof value !== 'string') continue;
    if (SHOWN.has(name)) reading.text += `${value}\n`;
    else if (name === 'organizer') takeOrganizer(value, parameters, reading);
    else if (name === 'x-alt-desc') takeMarkup(value, reading);
    else if (type === 'binary') reading.files.push({ ...attached(parameters), bytes: Buffer.from(value, 'base64') });
    else if (ADDRESSED.has(name)) reading.links.push({ value, where: 'calendar' });
  }
}

function takeOrganizer(value: string, { cn }: Record<string, unknown>, reading: FileReading): void {
  const address = value.replace(/^mailto:/i, '');
  reading.text += `${typeof cn === 'string' ? `${cn} ` : ''}<${address}>\n`;
  reading.links.push({ value: `mailto:${address}`, where: 'calendar', label: 'organizer' });
}

/** Outlook shows this instead of the description. */
function takeMarkup(value: string, reading: FileReading): void {
  const { text, references } = readHtml(value, MAX_TAGS);
  reading.text += `${text}\n`;
  for (const { value: target, label } of references) {
    reading.links.push({ value: target, where: 'calendar', ...(label === '' ? {} : { label }) });
  }
}

function attached(parameters: Record<string, unknown>): { name: string; declaredType: string; via: 'document' } {
  const named = parameters.filename ?? parameters['x-filename'];
  const type = parameters.fmttype;
  return {
    name: typeof named === 'string' ? named : 'attached',
    declaredType: typeof type === 'string' ? type : '',
    via: 'document',
  };
}
