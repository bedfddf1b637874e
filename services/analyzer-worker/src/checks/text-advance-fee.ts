import type { MailCheck } from './look.ts';
import { findingFrom, quotesAround } from './finding.ts';

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

const LEAST_CUES = 3;

export const textAdvanceFee: MailCheck = ({ mails }) => {
  const hits = mails
    .filter((mail) => !mail.isList)
    .map((mail) => ({ mail, places: CUES.flatMap((cue) => cue.exec(mail.words)?.index ?? []) }))
    .filter(({ places }) => places.length >= LEAST_CUES);
  const isClear = hits.some(({ places }) => places.length > LEAST_CUES);
  return findingFrom({
    id: 'text.advance-fee',
    severity: isClear ? 'high' : 'medium',
    weight: isClear ? 60 : 40,
    category: 'scam',
    title: 'The mail promises a fortune',
    explanation: 'A stranger offers a large sum and asks for personal data or a fee first. The money does not exist.',
    evidence: hits.flatMap(({ mail, places }) => quotesAround('text', mail.words, places)),
  });
};
