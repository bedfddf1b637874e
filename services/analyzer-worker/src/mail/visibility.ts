import type { Declarations } from './css.ts';

/** How text inside an element looks; inherited on the way down. */
export type Looks = {
  /** Nothing inside can be seen, whatever it says of itself. */
  isGone: boolean;
  isTiny: boolean;
  /** Red, green, blue; null where a picture or something unknown decides. */
  color: Rgb | null;
  background: Rgb | null;
};
type Rgb = readonly [number, number, number];

export const PLAIN_LOOKS: Looks = { isGone: false, isTiny: false, color: [0, 0, 0], background: [255, 255, 255] };

/** Letters below this size in pixels are no letters. */
const TINY_PX = 2;
const FAR_PX = -300;
/** The difference of two colours, all three parts together, that nobody sees. */
const SAME_COLOR = 30;
const NAMED: Record<string, Rgb> = {
  white: [255, 255, 255],
  black: [0, 0, 0],
  red: [255, 0, 0],
  green: [0, 128, 0],
  blue: [0, 0, 255],
  yellow: [255, 255, 0],
  gray: [128, 128, 128],
  grey: [128, 128, 128],
  silver: [192, 192, 192],
  whitesmoke: [245, 245, 245],
  snow: [255, 250, 250],
  ivory: [255, 255, 240],
  ghostwhite: [248, 248, 255],
};

/** True where a person sees nothing of the text: hidden, moved away, too small, or in the colour of its background. */
export function isUnseen({ isGone, isTiny, color, background }: Looks): boolean {
  if (isGone || isTiny) return true;
  if (color === null || background === null) return false;
  return color.reduce((sum, part, index) => sum + Math.abs(part - (background[index] ?? 0)), 0) <= SAME_COLOR;
}

type Attribute = (name: string) => string | null;

/** How text inside the element looks, by what its attributes and the declarations that hold for it say. */
export function looksOf(inherited: Looks, attribute: Attribute, declarations: readonly Declarations[]): Looks {
  const looks = { ...inherited };
  takeAttributes(looks, attribute);
  for (const declared of declarations) takeDeclarations(looks, declared);
  return looks;
}

function takeAttributes(looks: Looks, attribute: Attribute): void {
  if (attribute('hidden') !== null) looks.isGone = true;
  const paint = attribute('bgcolor');
  if (paint !== null) looks.background = colorOf(paint.toLowerCase(), looks.background);
  if (attribute('background') !== null) looks.background = null;
  const color = attribute('color') ?? attribute('text');
  if (color !== null) looks.color = colorOf(color.toLowerCase(), looks.color);
}

function takeDeclarations(looks: Looks, declared: Declarations): void {
  if (hides(declared)) looks.isGone = true;
  const size = declared.get('font-size');
  if (size !== undefined) looks.isTiny = isTinySize(size, looks.isTiny);
  const paint = declared.get('background-color') ?? declared.get('background');
  if (paint !== undefined) looks.background = colorOf(paint, looks.background);
  if (declared.get('background-image')?.includes('(') === true) looks.background = null;
  const color = declared.get('color');
  if (color === 'transparent') looks.isGone = true;
  else if (color !== undefined) looks.color = colorOf(color, looks.color);
}

function hides(declared: Declarations): boolean {
  const is = (name: string, pattern: RegExp): boolean => declared.has(name) && pattern.test(declared.get(name) ?? '');
  if (is('display', /^none/) || is('visibility', /^(?:hidden|collapse)/)) return true;
  if (is('opacity', /^(?:0|0?\.0\d{0,3})$/)) return true;
  const isFlat = ['height', 'max-height', 'width', 'max-width'].some((name) =>
    is(name, /^[01](?:\.0+)?(?:px|pt|em|%)?$/),
  );
  if (isFlat && is('overflow', /hidden/)) return true;
  if (pixels(declared.get('text-indent')) < FAR_PX) return true;
  const isPlaced = is('position', /absolute|fixed/);
  return isPlaced && ['left', 'top', 'margin-left'].some((name) => pixels(declared.get(name)) < FAR_PX);
}

function isTinySize(size: string, inherited: boolean): boolean {
  const match = /^(\d{0,4}(?:\.\d{1,4})?)(px|pt|em|rem|%)?$/.exec(size);
  if (match?.[1] === undefined || match[1] === '') return /inherit/.test(size) ? inherited : false;
  const value = Number(match[1]);
  if (value === 0) return true;
  const unit = match[2];
  if (unit === 'em' || unit === '%') return inherited;
  return unit !== 'rem' && value < TINY_PX;
}

function pixels(value: string | undefined): number {
  return Number(/^(-?\d{1,6})(?:px|pt|em)?$/.exec(value ?? '')?.[1] ?? 0);
}

/** The colour that the text begins with; null where a picture decides, `fallback` where it says nothing that is known. */
function colorOf(text: string, fallback: Rgb | null): Rgb | null {
  if (/url\(|gradient/.test(text)) return null;
  const hex = /#([0-9a-f]{6}|[0-9a-f]{3})\b/.exec(text)?.[1];
  if (hex !== undefined) return hexColor(hex);
  const parts =
    /rgba?\(\s{0,5}(\d{1,3})[\s,]{1,5}(\d{1,3})[\s,]{1,5}(\d{1,3})(?:[\s,/]{1,5}(0|0?\.0\d?)\s{0,5}\))?/.exec(text);
  if (parts !== null) return parts[4] === undefined ? [Number(parts[1]), Number(parts[2]), Number(parts[3])] : fallback;
  if (/^(?:transparent|inherit|none|initial|unset|currentcolor)/.test(text)) return fallback;
  const named = NAMED[/^[a-z]{3,20}/.exec(text)?.[0] ?? ''];
  // `background: no-repeat` paints nothing; a name that is not known could be any colour.
  return named ?? (/^[a-z]{3,20}$/.test(text) ? null : fallback);
}

function hexColor(hex: string): Rgb {
  const full = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex;
  const part = (at: number): number => Number.parseInt(full.slice(at, at + 2), 16);
  return [part(0), part(2), part(4)];
}
