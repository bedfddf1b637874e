import type { DefaultTreeAdapterTypes } from 'parse5';
import { parse } from 'parse5';
import type { Reference } from './html-attributes.ts';
import { attributeReferences, metaRefresh, styleUrls } from './html-attributes.ts';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

type HtmlForm = { action: string | null; asksPassword: boolean };
export type HtmlReading = {
  /** The first `<base href>`. */
  base: string | null;
  references: Reference[];
  /** What a person reads, lines at blocks. */
  text: string;
  /** The same without the words of links, which are their labels, and with the text of scripts. */
  looseText: string;
  forms: HtmlForm[];
  /** What came after the bound on tags, unread. */
  rest: string;
};

/** Inherited on the way down the tree. */
type Scope = { link: Reference | null; form: HtmlForm | null; hidden: boolean };
type Collector = HtmlReading & { textParts: string[]; looseParts: string[]; maxTags: number; isInner: boolean };

const MAX_LABEL_CHARS = 200;
const BLOCKS = new Set(
  'address article aside blockquote br center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section table tbody td th title tr ul'.split(
    ' ',
  ),
);
const UNREAD = new Set(['style', 'script', 'title', 'head']);

/**
 * Reads a page as a browser would build it, broken markup included, without running anything.
 *
 * @param maxTags `<` characters that are built into a tree, whose cost can grow with their square
 */
export function readHtml(html: string, maxTags: number): HtmlReading {
  const collector = startCollector(maxTags, false);
  readInto(html, collector);
  const { base, references, forms, rest } = collector;
  for (const reference of references) reference.label = tidy(reference.label).slice(0, MAX_LABEL_CHARS);
  return {
    base,
    references,
    forms,
    rest,
    text: collector.textParts.join(''),
    looseText: collector.looseParts.join(''),
  };
}

function startCollector(maxTags: number, isInner: boolean): Collector {
  const reading: HtmlReading = { base: null, references: [], text: '', looseText: '', forms: [], rest: '' };
  return { ...reading, textParts: [], looseParts: [], maxTags, isInner };
}

function readInto(html: string, collector: Collector): void {
  const end = endOfTags(html, collector.maxTags);
  collector.rest = html.slice(end);
  const root = parse(html.slice(0, end), { scriptingEnabled: false });
  const stack: { node: Node; scope: Scope }[] = [{ node: root, scope: { link: null, form: null, hidden: false } }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const scope = visit(next.node, next.scope, collector);
    for (const child of childrenOf(next.node).toReversed()) stack.push({ node: child, scope });
  }
}

function endOfTags(html: string, maxTags: number): number {
  let at = -1;
  for (let tags = 0; tags <= maxTags; tags += 1) {
    at = html.indexOf('<', at + 1);
    if (at < 0) return html.length;
  }
  return at;
}

function childrenOf(node: Node): Node[] {
  if ('content' in node) return node.content.childNodes;
  return 'childNodes' in node ? node.childNodes : [];
}

/** Takes what the node says; the scope of its children. */
function visit(node: Node, scope: Scope, collector: Collector): Scope {
  if (node.nodeName === '#text' && 'value' in node) takeText(node.value, scope, collector);
  if (node.nodeName === '#comment' && 'data' in node) takeComment(node.data, collector);
  return 'tagName' in node ? visitElement(node, scope, collector) : scope;
}

function visitElement(element: Element, scope: Scope, collector: Collector): Scope {
  const attribute = (name: string): string | null => element.attrs.find((attr) => attr.name === name)?.value ?? null;
  const tag = element.tagName;
  if (BLOCKS.has(tag)) for (const parts of [collector.textParts, collector.looseParts]) parts.push('\n');
  if (tag === 'base') collector.base ??= attribute('href');
  const references = attributeReferences(tag, element.attrs);
  collector.references.push(...references);
  if (tag === 'meta') collector.references.push(...metaRefresh(attribute('http-equiv'), attribute('content')));
  if (tag === 'img' && scope.link !== null) takeLinkedImage(scope.link, attribute('alt'));
  if (tag === 'input' && attribute('type')?.toLowerCase() === 'password') takePasswordField(scope, collector);
  return {
    link: references.find((reference) => reference.where === 'html-link') ?? scope.link,
    form: tag === 'form' ? startForm(attribute('action'), collector) : scope.form,
    hidden: scope.hidden || UNREAD.has(tag),
  };
}

function takeText(value: string, scope: Scope, collector: Collector): void {
  if (scope.hidden) return takeUnread(value, collector);
  collector.textParts.push(value);
  if (scope.link === null) collector.looseParts.push(value);
  else if (scope.link.label.length < MAX_LABEL_CHARS * 4) {
    scope.link.label += value.slice(0, MAX_LABEL_CHARS * 4);
    if (value.trim() !== '') scope.link.where = 'html-link';
  }
}

/** Styles and scripts are not read by a person, but their links are followed. */
function takeUnread(value: string, collector: Collector): void {
  const urls = styleUrls(value);
  collector.references.push(...urls);
  if (urls.length === 0) collector.looseParts.push(' ', value, '\n');
}

function takeLinkedImage(link: Reference, alt: string | null): void {
  if (tidy(link.label) === '') {
    link.where = 'html-image-link';
    link.label = alt ?? '';
  }
}

function startForm(action: string | null, collector: Collector): HtmlForm {
  const form = { action, asksPassword: false };
  collector.forms.push(form);
  return form;
}

function takePasswordField(scope: Scope, collector: Collector): void {
  const form = scope.form ?? startForm(null, collector);
  form.asksPassword = true;
}

/** Outlook shows what stands in `<!--[if mso]> … <![endif]-->`, links included. */
function takeComment(data: string, collector: Collector): void {
  if (collector.isInner || !/^\s{0,20}\[if\b/i.test(data)) return;
  const inner = startCollector(Math.floor(collector.maxTags / 10), true);
  readInto(data.replace(/^[^>]{0,200}>/, '').replace(/<!\[endif\]\s*$/i, ''), inner);
  collector.references.push(...inner.references);
  collector.forms.push(...inner.forms);
}

function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
