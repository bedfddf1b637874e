import type { MailCheck, MailLook } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

const CUES: readonly RegExp[] = [
  /\bnext of kin\b|\binheritance\b|\blate (?:client|husband|father)\b|\bdeceased\b/,
  /\b(?:million|billion) (?:u\.?s\.? ?)?(?:dollars|euros?|pounds|usd)\b|(?:us\$|\$|€|£|usd|eur) ?\d{1,3}(?:[.,]\d{1,3})? ?million\b|\b\d{1,3}(?:,\d{3}){2}(?:\.00)?\b/,
  /\bbeneficiary\b|\bbenefactor\b|\bcompensation (?:fund|payment)\b|\bunclaimed\b|\bconsignment\b|\batm (?:visa )?card\b/,
  /\b(?:western union|money ?gram|bank draft|wire transfer|transfer of (?:the|this) (?:fund|sum|money))\b/,
  /\b(?:strictly|highly|utmost) confidential|\bconfidentiality\b|\btransaction\b.{0,40}\brisk.?free\b|\b100% (?:risk|safe)/,
  /\b(?:lottery|jackpot|lucky winner|you (?:have )?won|donat(?:e|ed|ion) (?:of|the sum|to you))\b/,
  /\b(?:full|your) names?\b.{0,80}\b(?:phone|telephone|address|occupation|age)\b/,
  /\b(?:barrister|attorney|director of|minister of|diplomat|mrs?\.? [a-z]{2,20} from (?:the )?(?:bank|un|united nations|fbi|imf))\b/,
  /\bbitcoin\b.{0,200}\b(?:webcam|recorded|masturbat|your device)\b|\b(?:webcam|recorded|masturbat)\w*.{0,400}\bbitcoin\b/,
];

export const textAdvanceFee: MailCheck = ({ mails }) => {
  const hits = mails
    .filter((mail) => !mail.isList)
    .map(cuesOf)
    .filter((cues) => cues.length >= 3);
  const most = Math.max(0, ...hits.map((cues) => cues.length));
  return findingFrom({
    id: 'text.advance-fee',
    severity: most > 3 ? 'high' : 'medium',
    weight: most > 3 ? 60 : 40,
    category: 'scam',
    title: 'The mail promises a fortune',
    explanation: 'A stranger offers a large sum and asks for personal data or a fee first. The money does not exist.',
    evidence: hits.flat().map((cue) => quoteOf('text', cue)),
  });
};

function cuesOf({ words }: MailLook): string[] {
  return CUES.flatMap((cue) => {
    const match = cue.exec(words);
    return match === null ? [] : [words.slice(Math.max(0, match.index - 40), match.index + 80)];
  });
}
