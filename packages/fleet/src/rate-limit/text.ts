import { SluiceError } from '@sluice/contracts';
import { Quota, QuotaWindow } from './quota.ts';

/** What a text says of a quota; where it says nothing of cooldown or shadow, the quota's own hold. */
export interface QuotaTerms {
  windows: QuotaWindow[];
  cooldownSeconds?: number;
  shadow?: true;
}

const UNITS = { s: 1, min: 60, h: 3_600, day: 86_400, month: 31 * 86_400 } as const;
type Unit = keyof typeof UNITS;
const PERIODS = { s: null, min: 'minute', h: 'hour', day: 'day', month: 'month' } as const;

const WINDOW = /^(\d{1,7})\/(\d{0,5})(s|min|h|day|month)((?: \S+)*)$/;
const COOLDOWN = /^cooldown (\d{1,5}) ?(s|min|h|day)$/;
const WORDS = /^(?: ([A-Za-z][\w+/-]*)(?= burst|$))?(?: burst (\d{1,7}))?$/;
const EXAMPLE = '4/min burst 2, 500/day UTC, cooldown 60 s';

/**
 * The one grammar of quotas as text: parts between commas, which hold at once.
 *
 * | part                    | means                                                                                                    |
 * | ----------------------- | -------------------------------------------------------------------------------------------------------- |
 * | `4/min`, `100/10min`    | sliding: any stretch of that length; units `s min h day month` (31 days), with a number before them where it is not one |
 * | `500/day UTC`           | calendar: each minute, hour, day or month of the zone (`UTC`, or a name like `America/Los_Angeles`)      |
 * | `4/min burst 2`         | of this window at most 2 at once: `burst` comes last in its part                                         |
 * | `cooldown 60 s`         | how long a refusal without `Retry-After` closes the quota                                                |
 * | `shadow`                | counts and says what it would refuse, but refuses nothing                                                |
 *
 * Throws `bad-quotas`, naming every fault at once.
 */
export function parseWindows(text: string): QuotaTerms {
  const terms: QuotaTerms = { windows: [] };
  const faults: string[] = [];
  for (const part of text.split(',').map((each) => each.trim().replaceAll(/\s+/g, ' '))) {
    const cooldown = COOLDOWN.exec(part);
    const window = readWindow(part);
    if (part === 'shadow') terms.shadow = true;
    else if (cooldown !== null) terms.cooldownSeconds = Number(cooldown[1]) * UNITS[cooldown[2] as Unit];
    else if (window === null) faults.push(`"${part.slice(0, 60)}" is no part of a quota like ${EXAMPLE}`);
    else terms.windows.push(window as QuotaWindow);
  }
  const checked = faults.length > 0 ? undefined : Quota.safeParse({ name: 'text', marginMs: 0, ...terms });
  for (const { path, message } of checked?.error?.issues ?? []) {
    faults.push(`${path[0] === 'windows' && path.length > 1 ? `part ${Number(path[1]) + 1} ` : ''}${message}`);
  }
  if (checked?.success === true) return { ...terms, windows: checked.data.windows };
  throw new SluiceError('bad-quotas', `This is no quota: ${faults.join('; ')}.`, { httpStatus: 400 });
}

/** As the schema of a window takes it, which says what is wrong with its figures; null where it is not even of the form. */
function readWindow(part: string): unknown {
  const [, limit, count, unit, words] = WINDOW.exec(part) ?? [];
  const [, zone, burst] = (words === undefined ? null : WORDS.exec(words)) ?? [];
  if (limit === undefined || unit === undefined || (words !== '' && zone === undefined && burst === undefined))
    return null;
  const common = { limit: Number(limit), ...(burst === undefined ? {} : { burst: Number(burst) }) };
  if (zone === undefined) return { kind: 'sliding', seconds: Number(count || 1) * UNITS[unit as Unit], ...common };
  const period = PERIODS[unit as Unit];
  return period === null || count !== '' ? null : { kind: 'calendar', period, zone, ...common };
}
