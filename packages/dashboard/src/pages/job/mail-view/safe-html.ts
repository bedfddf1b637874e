import { defang, plain } from '../../../parts/hostile.ts';

/**
 * A mail's HTML as a picture of itself. The mail is parsed into a document that runs and loads nothing; of it only elements, attributes and
 * style declarations that are named here are built anew, node by node. Links become text, pictures from elsewhere become their description.
 */

const KEPT = new Set(
  'div p span b strong i em u s sub sup small big font center h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody tfoot tr td th caption colgroup col blockquote pre code tt hr br section article header footer main aside address figure figcaption label fieldset legend'.split(
    ' ',
  ),
);
/** What they hold is no text that people would see. */
const DROPPED = new Set(
  'script style head title meta link base iframe frame frameset object embed applet noscript template svg math audio video source track canvas dialog map area param noframes noembed xmp plaintext listing'.split(
    ' ',
  ),
);
const ATTRIBUTES = new Set(
  'align valign bgcolor color width height border cellpadding cellspacing colspan rowspan size face dir nowrap start type'.split(
    ' ',
  ),
);
const STYLES =
  /^(color|background-color|font(-(family|size|style|weight|variant))?|text-(align|decoration(-line)?|transform|indent)|line-height|letter-spacing|vertical-align|white-space|(min-|max-)?(width|height)|(margin|padding)(-(top|right|bottom|left))?|border(-(top|right|bottom|left))?(-(color|style|width|radius))?|border-(collapse|spacing)|list-style-type|display|opacity|direction)$/;
/** Whatever could load something, or reach beyond its box. */
const BAD_VALUE = /url|image|element|expression|attr|var|env|import|[\\@<>]/i;
const BAD_DISPLAY = /^(contents)$/;
const PICTURE = /^data:image\/(png|jpe?g|gif|webp);base64,[a-z0-9+/=\s]*$/i;
const MOST_NODES = 20_000;
const DEEPEST = 100;

interface Room {
  document: Document;
  left: number;
  /** Something was left out for its size or its depth. */
  isCut: boolean;
}

/** Builds the mail into `target`, a document of its own without scripts. Says whether something was left out for its size. */
export function buildMail(html: string, target: Document): { isCut: boolean } {
  const source = new DOMParser().parseFromString(html, 'text/html');
  const room: Room = { document: target, left: MOST_NODES, isCut: false };
  const body = target.createElement('div');
  keepStyle(source.body, body);
  const background = source.body.getAttribute('bgcolor');
  if (background !== null && !BAD_VALUE.test(background)) body.style.setProperty('background-color', background);
  copyChildren(source.body, body, room, 0);
  target.body.replaceChildren(body);
  return { isCut: room.isCut };
}

function copyChildren(from: Node, to: HTMLElement, room: Room, depth: number): void {
  for (const child of from.childNodes) {
    if (room.left <= 0 || depth > DEEPEST) {
      room.isCut = true;
      return;
    }
    room.left -= 1;
    if (child instanceof Text) to.append(plain(child.data));
    else if (child instanceof Element) copyElement(child, to, room, depth);
  }
}

function copyElement(element: Element, to: HTMLElement, room: Room, depth: number): void {
  const name = element.localName;
  if (DROPPED.has(name)) return;
  const copy = makeCopy(element, name, room.document);
  if (copy === null) return copyChildren(element, to, room, depth + 1);
  to.append(copy);
  if (name !== 'img' && name !== 'input') copyChildren(element, copy, room, depth + 1);
}

function makeCopy(element: Element, name: string, target: Document): HTMLElement | null {
  if (name === 'a') return inertLink(element, target);
  if (name === 'img') return picture(element, target);
  if (name === 'input' || name === 'textarea' || name === 'select' || name === 'button')
    return control(element, target);
  if (name === 'form') return kept(element, 'div', target);
  return KEPT.has(name) ? kept(element, name, target) : null;
}

function kept(element: Element, name: string, target: Document): HTMLElement {
  const copy = target.createElement(name);
  for (const { name: attribute, value } of element.attributes) {
    if (ATTRIBUTES.has(attribute) && !BAD_VALUE.test(value)) copy.setAttribute(attribute, value);
  }
  keepStyle(element, copy);
  return copy;
}

/** A person sees that it is a link, and where it leads; a press does nothing. */
function inertLink(element: Element, target: Document): HTMLElement {
  const copy = kept(element, 'span', target);
  copy.classList.add('link');
  const href = element.getAttribute('href');
  if (href !== null) copy.title = plain(defang(href)).slice(0, 500);
  return copy;
}

function picture(element: Element, target: Document): HTMLElement {
  const address = element.getAttribute('src') ?? '';
  if (PICTURE.test(address)) {
    const copy = kept(element, 'img', target) as HTMLImageElement;
    copy.src = address;
    copy.alt = plain(element.getAttribute('alt') ?? '');
    return copy;
  }
  const copy = target.createElement('span');
  copy.classList.add('picture');
  const alt = plain(element.getAttribute('alt') ?? '').trim();
  copy.textContent = alt === '' ? 'picture' : `picture: ${alt}`;
  copy.title = plain(defang(address)).slice(0, 300);
  return copy;
}

function control(element: Element, target: Document): HTMLElement {
  const copy = kept(element, 'span', target);
  copy.classList.add('control');
  const says =
    element.getAttribute('value') ?? element.getAttribute('placeholder') ?? element.getAttribute('type') ?? '';
  if (element.localName === 'input') copy.textContent = plain(says);
  return copy;
}

/** By the object model: the page's policy permits no style that stands in markup, not even in a document that is not shown. */
function keepStyle(from: Element, to: HTMLElement): void {
  const written = from.getAttribute('style');
  if (written === null) return;
  const { style } = document.createElement('span');
  style.cssText = written;
  for (let at = 0; at < style.length; at += 1) {
    const name = style.item(at);
    const value = style.getPropertyValue(name);
    if (!STYLES.test(name) || BAD_VALUE.test(value) || BAD_DISPLAY.test(value)) continue;
    to.style.setProperty(name, value);
  }
}
