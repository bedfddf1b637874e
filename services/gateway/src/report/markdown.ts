import type { Report } from '@sluice/contracts';
import { headline, outline, visible } from './outline.ts';

const SPECIAL = /[\\`*_{}[\]<>#|~!&]/g;

/** What GitHub's Markdown makes a link without being asked: `https://…`, `www.…`. */
const BARE_LINK = /:(?=\/\/)|(?<=\bwww)\./gi;
/** At the beginning of a line these make lists, rules and headings. */
const LINE_START = /^\s*(\d+(?=[.)])|(?=[-+=]))/;

/** Text of a mail stays text: nothing in it becomes markup, and line breaks become spaces. */
function escape(text: string): string {
  return visible(text).replace(SPECIAL, '\\$&').replace(BARE_LINK, '\\$&').replace(LINE_START, '$1\\');
}

export function toMarkdown(report: Report): string {
  const sections = outline(report).map(({ title, rows }) => {
    const entries = rows.map(({ head, lines }) =>
      lines.length === 1
        ? `- **${escape(head)}**: ${escape(lines[0] ?? '')}`
        : [`- **${escape(head)}**`, ...lines.map((line) => `  - ${escape(line)}`)].join('\n'),
    );
    return `## ${title}\n\n${entries.join('\n')}\n`;
  });
  return `# ${escape(headline(report))}\n\n${escape(report.summary)}\n\n${sections.join('\n')}`;
}
