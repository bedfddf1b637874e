import { type Report, safeText } from '@sluice/contracts';
import { headline, outline } from './outline.ts';

const SPECIAL = /[\\`*_{}[\]<>#|~!&]/g;

/** What GitHub's Markdown makes a link without being asked: `https://…`, `www.…`. */
const BARE_LINK = /:(?=\/\/)|(?<=\bwww)\./gi;
/** At the beginning of a line these make lists, rules and headings. */
const LINE_START = /^\s*(\d+(?=[.)])|(?=[-+=]))/;

/** Text of a mail, a page or a provider stays text: nothing in it becomes markup or a link, and line breaks become spaces. */
export function escapeMarkdown(text: string): string {
  return safeText(text).replace(SPECIAL, '\\$&').replace(BARE_LINK, '\\$&').replace(LINE_START, '$1\\');
}

export function toMarkdown(report: Report): string {
  const sections = outline(report).map(({ title, rows }) => {
    const entries = rows.map(({ head, lines }) =>
      lines.length === 1
        ? `- **${escapeMarkdown(head)}**: ${escapeMarkdown(lines[0] ?? '')}`
        : [`- **${escapeMarkdown(head)}**`, ...lines.map((line) => `  - ${escapeMarkdown(line)}`)].join('\n'),
    );
    return `## ${title}\n\n${entries.join('\n')}\n`;
  });
  return `# ${escapeMarkdown(headline(report))}\n\n${escapeMarkdown(report.summary)}\n\n${sections.join('\n')}`;
}
