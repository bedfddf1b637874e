import type { Dossier } from '@sluice/contracts';

/**
 * Why a clean verdict means nothing: what was submitted could not be looked at. Null where somebody has looked: a mail was read, a page or a file was reached, or a provider knows
 * what was asked about.
 */
export function whyUnseen({
  subject,
  defects,
  visits,
  answers,
}: Pick<Dossier, 'subject' | 'defects' | 'visits' | 'answers'>): string | null {
  if (subject.kind === 'mail') {
    const { from, date, messageId, textSha256, attachments } = subject;
    const isRead = [subject.subject, date, messageId, textSha256].some((part) => part !== null && part !== undefined);
    if (isRead || from.length > 0 || attachments.length > 0) return null;
    return ['It could not be read as a mail.', ...defects.slice(0, 1)].join(' ');
  }
  if (answers.some(({ isKnown }) => isKnown === true)) return null;
  if (visits.length === 0) return 'No provider knows it, or none was asked.';
  const isReached = visits.some(({ facts }) => facts?.chain.some(({ status }) => status !== null) === true);
  return isReached ? null : 'The page could not be reached, and no provider knows it, or none was asked.';
}
