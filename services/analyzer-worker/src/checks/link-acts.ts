import type { UrlIndicator } from '@sluice/contracts';
import { percentDecode } from '../mail/unwrap/query.ts';

const END = String.raw`(?![a-z])`;
/** Words of leaving a list, in an address or in what a link shows. */
const LEAVES =
  /unsub(?:scri|[^a-z]|$)|opt[-_. ]?(?:out|in)(?![a-z])|list[-_]?remove|remove[-_ ]?me|signoff|desuscri|desinscri|d[eé]sabonn|d[eé]sinscri|cancelar[-_ ]?(?:la )?(?:suscrip|inscri)|darse de baja|descadastr|abbestell|abmeld(?:en|ung)|disiscri|cancella iscri|afmeld|uitschrijv|avregistr|配信停止|退订/i;
/** Answers to an invitation: Google, Outlook and the usual buttons. */
const ANSWERS =
  /[?&]action=(?:respond|accept|decline|tentative)\b|[?&](?:rsvp|rst|partstat|response)=|\/(?:rsvp|accept-invit|decline-invit|invitations?\/(?:accept|decline))/i;
const ANSWER_LABEL =
  /^(?:accept|decline|maybe|tentative|rsvp|yes|no|zusagen|absagen|annehmen|ablehnen|accepter|refuser|aceptar|rechazar)[ !.]*$/i;
/** Of a place in a header, its name is the label. */
const LEAVING_HEADER = /^(?:list-unsubscribe|list-help|x-unsubscribe-web)$/;
/** Finishes a registration, or answers in the recipient's name that an address is theirs. */
const CONFIRMS = new RegExp(
  String.raw`(?<![a-z]|re-)(?:confirm|verify|activate|validate)[a-z]{0,5}[-_/. ]{0,2}(?:my |your |the |this )?(?:e-?mail|mail|subscription|registration|sign-?up|newsletter|opt-?in|account|address|token)${END}|(?:subscription|registration|email|signup|newsletter)[-_/. ](?:confirm|verif|activat|validat)|double-?opt-?in|/confirm(?:ation)?/?(?:\?|$)|/(?:verify|activate)/[0-9a-z_-]{16,}`,
  'i',
);

/**
 * True where opening the link does something in the recipient's name: leaving a list, answering an invitation, confirming an address or an
 * account. Such links are never opened: a scanner that opens them unsubscribes people, accepts meetings, and confirms to a stranger that an account
 * opened with somebody else's address is theirs.
 *
 * By the words of its address, or by what it shows wherever it stands with words: a link behind `View message` and `Unsubscribe` alike is no honest way out of a list.
 *
 * @param isTelling the address itself is suspicious. Then `confirm` and `verify` are the words of a lure, not of a service; leaving a list and
 *   answering an invitation stay untouched.
 */
export function linkActs(url: UrlIndicator, isTelling: boolean): boolean {
  const address = addressWords(url.url);
  const isAct = (text: string): boolean => LEAVES.test(text) || (!isTelling && CONFIRMS.test(text));
  if (isAct(address) || ANSWERS.test(address)) return true;
  const labels = url.places.flatMap(({ label }) => (label === undefined || label.trim() === '' ? [] : [label.trim()]));
  return (
    labels.length > 0 && labels.every((label) => LEAVING_HEADER.test(label) || ANSWER_LABEL.test(label) || isAct(label))
  );
}

/** Path and query; a host called `unsubscribe` only serves for nothing else, so its first label counts too. */
function addressWords(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return '';
  const [first = ''] = parsed.hostname.split('.');
  return percentDecode(`${first}${parsed.pathname}${parsed.search}`.slice(0, 4096));
}
