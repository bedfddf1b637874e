import type { MailCheck, MailLook } from './look.ts';
import { findingFrom, quotesAround } from './finding.ts';
import { isFollowed, isWeb } from './look.ts';

/** What the lure is about, what threatens, and what to do. All three, and a link, make the pattern. */
const CUES: readonly RegExp[] = [
  /\b(?:your|you have) (?:[a-z0-9@._-]{1,40} )?(?:account|password|mailbox|e-?mail|wallet|card|storage|quota|parcel|package|shipment|payment|subscription|identity)\b(?! list)|\bihr(?:e|er|em)? (?:konto|passwort|postfach|karte|paket)\b|\b(?:sua|seu) (?:conta|senha|fatura|cart[aã]o)\b|\bsu (?:cuenta|contrase[nñ]a|paquete)\b|\bvotre (?:compte|colis|mot de passe)\b|アカウント/,
  /\b(?:suspended|suspicious|unusual|unauthori[sz]ed|deactivat|locked|restricted|on hold|has been limited|will be (?:closed|deleted|terminated|disabled|blocked)|expir(?:e|es|ed|ing|ation)|within (?:24|48|72) ?h|failed to (?:deliver|process)|could not be delivered|last (?:warning|reminder)|gesperrt|eingeschr[aä]nkt|bloquead[ao]|suspens[ao]|suspendu|expira|期限|制限|停止)/,
  /\b(?:verify|confirm|update|validate|restore|re-?activate|unlock|review|secure|keep) (?:your|the|my|same|current|now|it|account|password|information|identity)\b|\b(?:click|tap) (?:here|below|on the|the)\b|\b(?:log|sign) ?-?in\b|\bbest[aä]tigen\b|\bclique (?:aqui|no)\b|\bhaga clic\b|\bcliquez\b|\bconfirme\b|確認|ログイン/,
];

export const textCredentialLure: MailCheck = ({ mails, indicators }) => {
  const linked = new Set(
    indicators.urls
      .filter((url) => isWeb(url) && isFollowed(url))
      .flatMap((url) => url.places.map((place) => place.mail)),
  );
  const hits = mails.filter((mail) => linked.has(mail.index)).map((mail) => ({ mail, places: placesOf(mail) }));
  const lures = hits.filter(({ places }) => places.length === CUES.length);
  const isList = lures.every(({ mail }) => mail.isList);
  return findingFrom({
    id: 'text.credential-lure',
    severity: isList ? 'info' : 'medium',
    weight: isList ? 8 : 30,
    category: 'phishing',
    title: 'The mail presses for a click about an account',
    explanation:
      'It speaks of your account, threatens a loss, and asks you to follow a link: the usual shape of a mail that steals passwords.',
    evidence: lures.flatMap(({ mail, places }) => quotesAround('text', mail.words, places)),
  });
};

/** Where in its words the mail has each cue. */
function placesOf({ words }: MailLook): number[] {
  return CUES.flatMap((cue) => cue.exec(words)?.index ?? []);
}
