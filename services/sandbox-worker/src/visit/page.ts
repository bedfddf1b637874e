import type { FormFacts, LandingFacts, RedirectKind } from '@sluice/contracts';
import {
  attribute,
  type Document,
  type Element,
  elementsOf,
  isElement,
  nodesOf,
  ownText,
  parsePage,
} from './page-tree.ts';
import { refreshTarget } from './refresh.ts';
import { scriptRedirect } from './script-redirect.ts';

const TITLE_CHARS = 500;
const TEXT_CHARS = 20 * 1024;
const URL_CHARS = 2048;
const FORMS = 50;
const SCRIPT_CHARS = 256 * 1024;
const UNSEEN = new Set(['script', 'style', 'template', 'title', 'noscript', 'iframe', 'object', 'svg']);

/** Where a page sends its visitor: as written (`raw`) and what it is relative to. */
export type PageRedirect = { kind: RedirectKind; raw: string; base: string };

/** What a page says about itself, and where it sends its visitor. */
export type Page = { facts: Omit<LandingFacts, 'url' | 'contentType'>; redirect: PageRedirect | null };

/** Reads a page: pure, bounded by the text's length, never throws for what the text holds. */
export function readPage(html: string, page: { url: string; refreshSeconds: number }): Page {
  const document = parsePage(html);
  const elements = [...elementsOf(document)];
  const base = baseOf(elements, page.url);
  const siteName = elements.find((element) => isMeta(element, 'property', 'og:site_name'));
  const title = elements.find((element) => element.tagName === 'title');
  const facts = {
    title: title ? tidy(ownText(title), TITLE_CHARS) : null,
    siteName: siteName ? tidy(attribute(siteName, 'content') ?? '', TITLE_CHARS) : null,
    forms: elements
      .filter((element) => element.tagName === 'form')
      .flatMap((form) => formFacts(form, { base, url: page.url }))
      .slice(0, FORMS),
    passwordFields: elements.filter(isPassword).length,
    links: elements.filter((element) => element.tagName === 'a' && attribute(element, 'href') !== null).length,
    text: visibleText(document),
  };
  return { facts, redirect: redirectOf(elements, { base, ...page }) };
}

/** Text without markup, for a page that is none. */
export function readPlain(text: string): Page {
  const facts = { title: null, siteName: null, forms: [], passwordFields: 0, links: 0, text: tidy(text, TEXT_CHARS) };
  return { facts, redirect: null };
}

/** A declared refresh is certain, a script's place is read off: the declared one comes first; in `noscript`, last. */
function redirectOf(elements: Element[], page: { base: string; refreshSeconds: number }): PageRedirect | null {
  const { base } = page;
  const meta = (within: (element: Element) => boolean) => metaTarget(elements.filter(within), page.refreshSeconds);
  const declared = meta((element) => !isInNoscript(element));
  if (declared !== null) return { kind: 'meta-refresh', raw: declared, base };
  const scripted = scriptTarget(elements);
  if (scripted !== null) return { kind: 'script', raw: scripted, base };
  const spare = meta(isInNoscript);
  return spare === null ? null : { kind: 'meta-refresh', raw: spare, base };
}

function metaTarget(elements: Element[], maxSeconds: number): string | null {
  for (const element of elements) {
    if (!isMeta(element, 'http-equiv', 'refresh')) continue;
    const target = refreshTarget(attribute(element, 'content') ?? '', maxSeconds);
    if (target !== null) return target;
  }
  return null;
}

function scriptTarget(elements: Element[]): string | null {
  const scripts: string[] = [];
  let left = SCRIPT_CHARS;
  for (const element of elements) {
    const script = scriptOf(element).slice(0, left);
    left -= script.length;
    if (script !== '') scripts.push(script);
  }
  return scriptRedirect(scripts);
}

function scriptOf(element: Element): string {
  if (element.tagName === 'script') return isJavaScript(element) ? ownText(element) : '';
  return element.tagName === 'body' ? (attribute(element, 'onload') ?? '') : '';
}

function isJavaScript(script: Element): boolean {
  const type = attribute(script, 'type') ?? '';
  return (
    attribute(script, 'src') === null &&
    /^\s*(?:|module|(?:text|application)\/(?:java|ecma|x-java)script.*)\s*$/i.test(type)
  );
}

function isInNoscript(element: Element): boolean {
  const parent = element.parentNode;
  return parent !== null && 'tagName' in parent && parent.tagName === 'noscript';
}

function isMeta(element: Element, name: string, value: string): boolean {
  return element.tagName === 'meta' && attribute(element, name)?.trim().toLowerCase() === value;
}

function isPassword(element: Element): boolean {
  return element.tagName === 'input' && attribute(element, 'type')?.trim().toLowerCase() === 'password';
}

function baseOf(elements: Element[], url: string): string {
  const base = elements.find((element) => element.tagName === 'base' && attribute(element, 'href') !== null);
  return URL.parse(base ? (attribute(base, 'href') ?? '') : '', url)?.href ?? url;
}

/** A form, and again for each button that posts it elsewhere (`formaction`). */
function formFacts(form: Element, page: { base: string; url: string }): FormFacts[] {
  const fields = [...elementsOf(form)].filter((element) =>
    ['input', 'select', 'textarea', 'button'].includes(element.tagName),
  );
  const counts = { fields: fields.length, passwordFields: fields.filter(isPassword).length };
  const method = methodOf(attribute(form, 'method'));
  const actions = [attribute(form, 'action') ?? '', ...fields.map((field) => attribute(field, 'formaction') ?? '')];
  const targets = actions
    .filter((action, index) => index === 0 || action !== '')
    .map((action) => actionUrl(action, page));
  return [...new Set(targets)].map((action) => ({ method, action, ...counts }));
}

function methodOf(text: string | null): FormFacts['method'] {
  const method = text?.trim().toLowerCase();
  return method === 'post' || method === 'dialog' ? method : 'get';
}

/** An empty action posts to the page itself, whatever the base says. */
function actionUrl(action: string, page: { base: string; url: string }): string {
  return (URL.parse(action.trim(), action.trim() === '' ? page.url : page.base)?.href ?? action).slice(0, URL_CHARS);
}

function visibleText(document: Document): string {
  const parts: string[] = [];
  let chars = 0;
  for (const node of nodesOf(document, isUnseen)) {
    if (isElement(node) || node.nodeName !== '#text' || !('value' in node)) continue;
    parts.push(node.value);
    chars += node.value.trim().length;
    if (chars > TEXT_CHARS) break;
  }
  return tidy(parts.join(' '), TEXT_CHARS);
}

function isUnseen(element: Element): boolean {
  if (UNSEEN.has(element.tagName) || attribute(element, 'hidden') !== null) return true;
  return /display\s*:\s*none|visibility\s*:\s*hidden/i.test(attribute(element, 'style') ?? '');
}

function tidy(text: string, chars: number): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, chars).toWellFormed();
}
