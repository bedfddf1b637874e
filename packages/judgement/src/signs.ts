/** Signs of somebody who writes under his own name and knows his reader; they can only speak for a mail. */
const IN_FAVOUR =
  /^t (?:images-own:(?:all|most|some)|links-own:(?:all|most|some)|link:(?:own|kin)|from:brand|brand:is-sender|brand-own:\S+|brand-sender:(?:own|mailer)-links|name:is-(?:domain|local)|reply-to:(?:none|same)|bulk:unsubscribe-own|greeting:name|text:(?:postal-address|legal|order-number|code-number|closing|signature-mark|quotes))$|^i \S+ with (?:links-own:all|name:is-domain|brand:is-sender)$/;
/** What a mail wants, borrows or hides; these can only speak against it. */
const AGAINST =
  /^t (?:all-links-other:(?:cheap|free-mail|free-host|none)|brand:claimed(?:-with-link)?|brand-elsewhere:(?:name|subject)|brand-sender:foreign-links|bulk:unsubscribe-elsewhere|from:(?:cheap|free-host|none)|from-(?:host|local):random|greeting:generic|html:(?:hidden-text-\S+|split-words|image-only)|link:(?:address|cheap|free-host|shortener)|links-own:nobody|(?:name|subject):(?:emoji|fancy|mixed-scripts|split)|reply-to:free-mail|text:mixed-scripts|url:(?:userinfo|random-host|site-insides|php|port))$|^i \S+(?: twice| from (?:cheap|free-host|free-mail|none)| with (?:links-own:nobody|brand:claimed-with-link|html:image-only))?$/;

/** Which way alone the weight of a feature may point: 1 against a mail, -1 in its favour, 0 where training decides. Few honest mails would else teach what is mere chance. */
export function signOf(feature: string): -1 | 0 | 1 {
  if (AGAINST.test(feature)) return 1;
  return IN_FAVOUR.test(feature) ? -1 : 0;
}
