import { Category } from '@sluice/contracts';

const NAMES = Category.options.filter((each) => each !== 'legitimate');

/** Choices of what a bad mail is; the first says nothing. */
export const HARMS = [
  { id: '', name: 'not said', text: 'not said' },
  ...NAMES.map((id) => ({ id, name: id, text: id })),
];

/** The chosen one as an entry or rule holds it. */
export function harmOf(chosen: string): { category?: (typeof NAMES)[number] } {
  const category = NAMES.find((name) => name === chosen);
  return category === undefined ? {} : { category };
}
