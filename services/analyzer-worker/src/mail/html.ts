import type { DefaultTreeAdapterTypes } from 'parse5';
import { parse } from 'parse5';
import type { Reference } from './html-attributes.ts';
import { attributeReferences, metaRefresh, styleUrls } from './html-attributes.ts';
import type { Declarations, StyleRules } from './css.ts';
import { parseDeclarations, parseStyleRules } from './css.ts';
import type { Looks } from './visibility.ts';
import { isUnseen, looksOf, PLAIN_LOOKS } from './visibility.ts';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

type HtmlForm = { action: string | null; asksPassword: boolean };
/** Shared between those who read the same page: none of them may change it. */
export type HtmlReading = {
  /** The first `<base href>`. */
  readonly base: string | null;
  readonly references: readonly Readonly<Reference>[];
  /** What a person reads, lines at blocks. */
  readonly text: string;
  /** What is in the page to be read, but not by a person: hidden, moved away, too small, or in the colour of its background. */
  readonly hiddenText: string;
  /** Both without the words of links, which are their labels, and with the text of scripts. */
  readonly looseText: string;
  readonly forms: readonly Readonly<HtmlForm>[];
  /** What came after the bound on tags, unread. */
  readonly rest: string;
};

/** Inherited on the way down the tree. */
type Scope = { link: Reference | null; form: HtmlForm | null; isRead: boolean; looks: Looks };
type Collector = {
  base: string | null;
  references: Reference[];
  forms: HtmlForm[];
  rest: string;
  textParts: string[];
  hiddenParts: string[];
  looseParts: string[];
  rules: StyleRules;
  maxTags: number;
  isInner: boolean;
};

const MAX_LABEL_CHARS = 200;
const MAX_SHEETS = 50;
const BLOCKS = new Set(
  'address article aside blockquote br center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section table tbody td th title tr ul'.split(
    ' ',
  ),
);
const UNREAD = new Set(['style', 'script', 'title', 'head']);

/** Readings of the last pages: a mail is read for its links, its passwords and its checks, one right after the other. */
const kept: { html: string; maxTags: number; reading: HtmlReading }[] = [];
const MOST_KEPT = 2;

/**
 * Reads a page as a browser would build it, broken markup included, without running anything.
 *
 * @param maxTags `<` characters that are built into a tree, whose cost can grow with their square
 */
export function readHtml(html: string, maxTags: number): HtmlReading {
  const known = kept.find((one) => one.maxTags === maxTags && one.html === html);
  if (known !== undefined) return known.reading;
  const reading = readAnew(html, maxTags);
  kept.unshift({ html, maxTags, reading });
  kept.length = Math.min(kept.length, MOST_KEPT);
  return reading;
}

function readAnew(html: string, maxTags: number): HtmlReading {
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
    hiddenText: collector.hiddenParts.join(''),
    looseText: collector.looseParts.join(''),
  };
}

function startCollector(maxTags: number, isInner: boolean): Collector {
  const parts = { textParts: [], hiddenParts: [], looseParts: [] };
  return { base: null, references: [], forms: [], rest: '', ...parts, rules: parseStyleRules([]), maxTags, isInner };
}

function readInto(html: string, collector: Collector): void {
  const end = endOfTags(html, collector.maxTags);
  collector.rest = html.slice(end);
  const page = html.slice(0, end);
  collector.rules = parseStyleRules(sheetsOf(page));
  const scope: Scope = { link: null, form: null, isRead: true, looks: PLAIN_LOOKS };
  const stack: { node: Node; scope: Scope }[] = [{ node: parse(page, { scriptingEnabled: false }), scope }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const inner = visit(next.node, next.scope, collector);
    for (const child of childrenOf(next.node).toReversed()) stack.push({ node: child, scope: inner });
  }
}

/** By position: the rules must be known before the first element is looked at, wherever they stand. */
function sheetsOf(html: string): string[] {
  const sheets: string[] = [];
  const lower = html.toLowerCase();
  for (let at = lower.indexOf('<style'); at >= 0 && sheets.length < MAX_SHEETS; at = lower.indexOf('<style', at + 6)) {
    const end = lower.indexOf('</style', at);
    sheets.push(html.slice(html.indexOf('>', at) + 1, end < 0 ? undefined : end));
  }
  return sheets;
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
  if (BLOCKS.has(tag))
    for (const parts of [collector.textParts, collector.hiddenParts, collector.looseParts]) parts.push('\n');
  if (tag === 'base') collector.base ??= attribute('href');
  const references = attributeReferences(tag, element.attrs);
  collector.references.push(...references);
  if (tag === 'meta') collector.references.push(...metaRefresh(attribute('http-equiv'), attribute('content')));
  if (tag === 'img' && scope.link !== null) takeLinkedImage(scope.link, attribute('alt'));
  if (tag === 'input' && attribute('type')?.toLowerCase() === 'password') takePasswordField(scope, collector);
  return {
    link: references.find((reference) => reference.where === 'html-link') ?? scope.link,
    form: tag === 'form' ? startForm(attribute('action'), collector) : scope.form,
    isRead: scope.isRead && !UNREAD.has(tag),
    looks: looksInside(element, scope.looks, attribute, collector),
  };
}

function looksInside(
  { tagName, attrs }: Element,
  inherited: Looks,
  attribute: (name: string) => string | null,
  { rules }: Collector,
): Looks {
  if (inherited.isGone) return inherited;
  const declarations: Declarations[] = rules.of(tagName, attribute('class'), attribute('id')) ?? [];
  const style = attribute('style');
  if (style !== null) declarations.push(parseDeclarations(style));
  return attrs.length === 0 && declarations.length === 0 ? inherited : looksOf(inherited, attribute, declarations);
}

function takeText(value: string, scope: Scope, collector: Collector): void {
  if (!scope.isRead) return takeUnread(value, collector);
  const isHidden = value.trim() !== '' && isUnseen(scope.looks);
  (isHidden ? collector.hiddenParts : collector.textParts).push(value);
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
