import { defaultTreeAdapter, type DefaultTreeAdapterTypes as Tree, parse } from 'parse5';

export type Element = Tree.Element;
export type Document = Tree.Document;
export type Node = Tree.ChildNode;

/** Browsers stop nesting at 512 elements; below that parse5's walks over its stack of open elements stay cheap. */
const DEPTH = 512;

class TooDeep extends Error {}

/**
 * The document of a page, however broken. What is nested more deeply than 512 elements ends the reading: the tree then holds what came
 * before. `noscript` is read as markup, since no script runs here.
 */
export function parsePage(html: string): Tree.Document {
  let document = defaultTreeAdapter.createDocument();
  let depth = 0;
  const treeAdapter = {
    ...defaultTreeAdapter,
    createDocument: () => (document = defaultTreeAdapter.createDocument()),
    onItemPush() {
      if (++depth > DEPTH) throw new TooDeep('the page is nested too deeply');
    },
    onItemPop() {
      depth--;
    },
  };
  try {
    return parse(html, { treeAdapter, scriptingEnabled: false });
  } catch (error) {
    if (error instanceof TooDeep) return document;
    throw error;
  }
}

/** Every element in document order, with the elements around it, without going into those that `skip` names. */
export function* elementsOf(
  root: Tree.ParentNode,
  skip: (element: Element) => boolean = () => false,
): Generator<Element> {
  for (const node of nodesOf(root, skip)) if (isElement(node)) yield node;
}

/** Every node in document order; an element that `skip` names is left out with all that is in it. */
export function* nodesOf(root: Tree.ParentNode, skip: (element: Element) => boolean = () => false): Generator<Node> {
  const open = root.childNodes.toReversed();
  for (let node = open.pop(); node; node = open.pop()) {
    if (isElement(node) && skip(node)) continue;
    yield node;
    if ('childNodes' in node) for (const child of node.childNodes.toReversed()) open.push(child);
  }
}

export function isElement(node: Node): node is Element {
  return 'tagName' in node;
}

export function attribute(element: Element, name: string): string | null {
  return element.attrs.find((attr) => attr.name === name)?.value ?? null;
}

/** The text directly inside an element: enough for title and script. */
export function ownText(element: Element): string {
  return element.childNodes
    .map((child) => (child.nodeName === '#text' && 'value' in child ? child.value : ''))
    .join('');
}
