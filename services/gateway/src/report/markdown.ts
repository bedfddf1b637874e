import type { Report } from '@sluice/contracts';
import { headline, outline } from './outline.ts';

const SPECIAL = /[\\`*_{}[\]<>#|~!&]/g;

/** Text of a mail stays text: nothing in it becomes markup, and line breaks become spaces. */
function escape(text: string): string {
  return text.replace(/\s+/g, ' ').replace(SPECIAL, '\\$&');
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
