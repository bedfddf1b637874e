import { Finding, Harm } from '@sluice/contracts';
import { z } from 'zod';
import type { YaraMatch } from './engine.ts';

export interface FileMatch extends YaraMatch {
  file: string;
}

const MOST_FINDINGS = 30;
const MOST_EVIDENCE = 5;
const NAME_CHARS = 200;
/** What a rule may say of itself; what it leaves out, or says wrongly, has these values. */
const Meta = z.object({
  weight: z.coerce.number().min(0).max(100).catch(50),
  title: z.string().min(1).max(120).optional().catch(undefined),
  explanation: z.string().min(1).max(500).optional().catch(undefined),
  description: z.string().min(1).max(500).optional().catch(undefined),
  category: Harm.catch('malware'),
});

/** One finding a rule, with the files that it is true of. */
export function findingsOf(matches: readonly FileMatch[]): Finding[] {
  const byRule = [...Map.groupBy(matches, ({ rule }) => rule)].slice(0, MOST_FINDINGS);
  return byRule.map(([rule, some]) => {
    const { weight, title, explanation, description, category } = Meta.parse(some[0]?.meta ?? {});
    const files = [...new Set(some.map(({ file }) => (file === '' ? '(without a name)' : file.slice(0, NAME_CHARS))))];
    return Finding.parse({
      id: `yara.${idOf(rule)}`,
      severity: weight >= 70 ? 'critical' : weight >= 40 ? 'high' : weight > 0 ? 'low' : 'info',
      weight,
      category,
      title: title ?? `A file fits the rule ${rule.slice(0, 80)}`,
      explanation: explanation ?? description ?? 'A file of this mail has the marks that a YARA rule names.',
      evidence: [
        { where: 'rule', quote: rule.slice(0, NAME_CHARS) },
        ...files.slice(0, MOST_EVIDENCE).map((quote) => ({ where: 'attachment', quote })),
      ],
    });
  });
}

function idOf(rule: string): string {
  return (
    rule
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 80) || 'unnamed'
  );
}
