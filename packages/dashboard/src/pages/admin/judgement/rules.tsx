import type { SayRule } from '@sluice/contracts';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '../../../parts/badge.tsx';
import { Button } from '../../../parts/button.tsx';
import { Card } from '../../../parts/card.tsx';
import { Hostile } from '../../../parts/text.tsx';
import { RuleForm } from './rule-form.tsx';
import { Rows } from './rows.tsx';

/** What the operator looks for in mails. */
export function Rules({ rules, onChange }: { rules: readonly SayRule[]; onChange: (rules: SayRule[]) => void }) {
  /** Which one is written: its place, that behind the last one for a new one. */
  const [open, setOpen] = useState<number | null>(null);
  const put = (rule: SayRule) => {
    onChange(open === rules.length ? [...rules, rule] : rules.map((each, at) => (at === open ? rule : each)));
    setOpen(null);
  };
  return (
    <Card
      title="Rules"
      className="lg:col-span-2"
      aside={
        <Button onPress={() => setOpen(rules.length)}>
          <Plus size={15} aria-hidden /> New rule
        </Button>
      }
    >
      <p className="mb-3 text-sm text-muted">
        What is looked for in every mail besides the checks of the house. A rule that holds is a reason with the weight
        that you give it.
      </p>
      <Rows
        label="Rules"
        none="You look for nothing of your own."
        rows={rules.map((rule) => ({ key: rule.id, name: rule.title, content: <Rule rule={rule} /> }))}
        onRemove={(at) => onChange(rules.filter((_, index) => index !== at))}
        onEdit={setOpen}
      />
      {open !== null && (
        <RuleForm
          rule={rules[open] ?? null}
          isTaken={(id) => rules.some((rule, at) => rule.id === id && at !== open)}
          onDone={put}
          onClose={() => setOpen(null)}
        />
      )}
    </Card>
  );
}

function Rule({ rule: { title, weight, category, when } }: { rule: SayRule }) {
  const told = [...when.all.map(sentence), ...(when.any.length === 0 ? [] : [when.any.map(sentence).join(' or ')])];
  return (
    <div className="py-1">
      <p className="flex flex-wrap items-center gap-2 font-medium">
        <Hostile>{title}</Hostile>
        <Badge tone="muted">weight {weight}</Badge>
        {category !== undefined && <Badge tone="bad">{category}</Badge>}
      </p>
      <p className="text-xs text-muted">
        <Hostile>{told.join('; and ')}</Hostile>
      </p>
    </div>
  );
}

const sentence = ({ field, is, value, not }: SayRule['when']['all'][number]): string =>
  `${field} ${not ? 'never ' : ''}${is} “${value}”`;
