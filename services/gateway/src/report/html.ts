import { type Report, safeText } from '@sluice/contracts';
import { headline, outline } from './outline.ts';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}' +
  'dt{font-weight:600;margin-top:.6rem}dd{margin:0 0 0 1rem;overflow-wrap:anywhere}' +
  'h1{border-left:.5rem solid;padding-left:.8rem}.clean{border-color:#2a8a4a}.suspicious{border-color:#c58a00}.malicious{border-color:#c0322b}';

function escape(text: string): string {
  return safeText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** A page of its own: no script, nothing loaded, no link. */
export function toHtml(report: Report): string {
  const sections = outline(report).map(({ title, rows }) => {
    const entries = rows.map(({ head, lines }) => {
      const values = lines.map((line) => `<dd>${escape(line)}</dd>`).join('');
      return `<dt>${escape(head)}</dt>${values}`;
    });
    return `<section><h2>${escape(title)}</h2><dl>${entries.join('')}</dl></section>`;
  });
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(headline(report))}</title><style>${STYLE}</style>`;
  const body = `<h1 class="${report.verdict}">${escape(headline(report))}</h1><p>${escape(report.summary)}</p>${sections.join('')}`;
  return `<!doctype html><html lang="en"><head>${head}</head><body>${body}</body></html>\n`;
}
