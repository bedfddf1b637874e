import { dataFile } from '../mail/data-uri.ts';
import { scriptsOf } from '../mail/scripts.ts';
import type { FoundFile } from './reading.ts';

/** What ends an address in a page. */
const ENDS = /["'<>\s)]/g;
const PICTURE = /^data:\s{0,5}image\/(?!svg)/i;
const MAX_PICTURES = 20;

type BodyFile = Omit<FoundFile, 'name'> & { fileName: string };

/** The pictures that the mail's own HTML carries as `data:`, and the files that its scripts put together. */
export async function filesInBody(html: string): Promise<BodyFile[]> {
  const files = dataPictures(html);
  const scripts = scriptsOf(html);
  if (scripts.length > 0) {
    const { smuggledIn } = await import('./smuggled.ts');
    files.push(...(await smuggledIn(scripts)));
  }
  return files.map(({ name, ...file }) => ({ ...file, fileName: name, via: 'body' }));
}

/** By position: a page of nothing but `data:` costs no more than its length. */
function dataPictures(html: string): Omit<FoundFile, 'via'>[] {
  const files: Omit<FoundFile, 'via'>[] = [];
  let at = html.indexOf('data:');
  while (at >= 0 && files.length < MAX_PICTURES) {
    ENDS.lastIndex = at;
    const end = ENDS.exec(html)?.index ?? html.length;
    const value = html.slice(at, end);
    const file = PICTURE.test(value) ? dataFile(value) : null;
    if (file !== null) files.push(file);
    at = html.indexOf('data:', end);
  }
  return files;
}
