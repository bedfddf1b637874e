import type { Opinion, Severity, Verdict } from '@sluice/contracts';
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleX,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  OctagonX,
  TriangleAlert,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { words } from './format.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'accent' | 'muted';

const TONES: Readonly<Record<Tone, string>> = {
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  accent: 'bg-accent-soft text-accent',
  muted: 'bg-sunken text-muted',
};

interface BadgeProps {
  tone: Tone;
  icon?: LucideIcon;
  children: ReactNode;
  isMoving?: boolean;
}

export function Badge({ tone, icon: Icon, children, isMoving = false }: BadgeProps) {
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-md px-1.5 py-0.5 text-xs font-semibold whitespace-nowrap ${TONES[tone]}`}
    >
      {Icon !== undefined && <Icon size={13} aria-hidden className={isMoving ? 'animate-spin' : ''} />}
      {children}
    </span>
  );
}

export const VERDICT_TONES: Readonly<Record<Verdict, Tone>> = { clean: 'good', suspicious: 'warn', malicious: 'bad' };
const VERDICT_ICONS: Readonly<Record<Verdict, LucideIcon>> = {
  clean: CircleCheck,
  suspicious: TriangleAlert,
  malicious: OctagonX,
};

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  return (
    <Badge tone={VERDICT_TONES[verdict]} icon={VERDICT_ICONS[verdict]}>
      {verdict}
    </Badge>
  );
}

export const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = {
  info: 'muted',
  low: 'accent',
  medium: 'warn',
  high: 'bad',
  critical: 'bad',
};

export const OPINION_TONES: Readonly<Record<Opinion, Tone>> = {
  malicious: 'bad',
  suspicious: 'warn',
  harmless: 'good',
  none: 'muted',
};

const ENDS: Readonly<Record<string, { tone: Tone; icon: LucideIcon }>> = {
  completed: { tone: 'good', icon: CircleCheck },
  failed: { tone: 'bad', icon: CircleX },
  expired: { tone: 'bad', icon: Hourglass },
  cancelled: { tone: 'muted', icon: CircleAlert },
  queued: { tone: 'muted', icon: CircleDashed },
};

/** The state of a job; what goes on turns. */
export function StateBadge({ state }: { state: string }) {
  const end = ENDS[state];
  if (end !== undefined) return <Badge {...end}>{state}</Badge>;
  return (
    <Badge tone="accent" icon={LoaderCircle} isMoving>
      {words(state)}
    </Badge>
  );
}
