import type { PolicyReason } from '@sluice/contracts';
import type { Decision } from './decide.ts';
import type { PolicySettings } from './settings.ts';

/** Words of access(5), with the codes of RFC 3463. Nothing of a request stands in them. */
const ACTIONS: Record<Exclude<PolicyReason, 'known-recipient' | 'away'>, string> = {
  'no-address': 'REJECT 5.1.3 This is no address.',
  'unknown-recipient': 'REJECT 5.1.1 There is no such recipient here.',
  'inactive-recipient': 'REJECT 5.2.1 This recipient takes no mail.',
  'tenant-blocked': 'REJECT 5.2.1 This recipient takes no mail.',
  'intake-off': 'DEFER_IF_PERMIT 4.3.2 No mail is taken in for now, try again later.',
  'too-many-jobs': 'DEFER_IF_PERMIT 4.3.2 Too much mail for this recipient is at work, try again later.',
  'too-many-jobs-today': 'DEFER_IF_PERMIT 4.3.2 This recipient has had its mail for today, try again later.',
};
/** Nothing is said: the restrictions that follow decide. */
export const NO_OPINION = 'DUNNO';

/** A decision as Postfix understands it. */
export function actionOf(
  { reason }: Pick<Decision, 'reason'>,
  settings: Pick<PolicySettings, 'POLICY_ALLOW_ACTION' | 'POLICY_WHEN_AWAY'>,
): string {
  if (reason === 'known-recipient') return settings.POLICY_ALLOW_ACTION;
  if (reason !== 'away') return ACTIONS[reason];
  return settings.POLICY_WHEN_AWAY === 'DUNNO'
    ? NO_OPINION
    : 'DEFER_IF_PERMIT 4.3.0 The recipient cannot be checked at the moment, try again later.';
}
