import type { MailCheck, MailLook } from './look.ts';
import { findingFrom, quotesAround } from './finding.ts';

/** What is threatened: that something is shown, or done, to others. English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian. */
const THREAT =
  /\b(?:i|we)(?: have|['’]ve)? (?:recorded|hacked|infected|filmed|installed|gained access|full access|stolen|downloaded all)|\b(?:your|this|the) (?:video|recording|footage|files?|data|database|pictures|photos)\b.{0,60}\b(?:publish|leak|release|sent? to|share|public|sold)|\b(?:publish|leak|release|send|share)\w* (?:it |this |the |your |all |that )*(?:video|recording|footage|data|database|pictures|photos|files)|\b(?:to|with) all (?:of )?your (?:contacts|friends|relatives|family|colleagues)|\bmasturbat|habe ich (?:sie|dich) (?:gefilmt|aufgenommen)|an alle (?:ihre|deine) kontakte|\b(?:j['’]ai|nous avons) (?:enregistr|pirat)|[aà] tous vos contacts|\bhe (?:grabado|hackeado)|a todos (?:tus|sus) contactos|\b(?:gravei|hackeei|invadi) |para todos os seus contatos|\bho (?:registrato|hackerato)|a tutti i (?:tuoi|suoi) contatti|naar al (?:je|uw) contacten|do wszystkich twoich kontakt|всем вашим контактам|взломал/u;
/** What is asked for: coins that nobody can take back. */
const COINS =
  /\b(?:bitcoins?|btc|monero|xmr|litecoin|ltc|usdt|ethereum|crypto ?currency)\b|биткоин|比特币|ビットコイン/u;
/** An address that is paid to. Words are in lower case here, so that addresses are as well. */
const COIN_ADDRESS =
  /\b(?:bc1[a-z0-9]{25,60}|[13][a-z0-9]{25,34}|0x[0-9a-f]{40}|4[0-9ab][a-z0-9]{93}|ltc1[a-z0-9]{30,60})\b/u;
const DEMAND =
  /\b(?:pay|send|transfer|zahlen|[uü]berweis|payer|envoyer|pagar|enviar|transferir|paga|invia|betaal|zap[lł]a[cć]|переве)\w*\b|\b(?:24|36|48|50|72) (?:hours|hrs|stunden|heures|horas|ore|uur)\b/u;

/** A threat, coins and a demand together. Lists discuss such mails, and are left out. */
export const textExtortion: MailCheck = ({ mails }) => {
  const [outer] = mails;
  if (outer === undefined || outer.isList) return [];
  return findingFrom({
    id: 'text.extortion',
    severity: 'high',
    weight: 65,
    category: 'extortion',
    title: 'The mail threatens its reader and wants coins',
    explanation:
      'It claims to hold recordings or data and demands a payment that cannot be taken back. Such mails go to millions; hardly ever is anything behind them.',
    evidence: quotesAround('text', outer.words, placesOf(outer)),
  });
};

/** Where the three stand; nowhere unless all of them do. */
function placesOf({ words }: MailLook): number[] {
  const cues = [THREAT.exec(words), COINS.exec(words) ?? COIN_ADDRESS.exec(words), DEMAND.exec(words)];
  const places = cues.flatMap((cue) => cue?.index ?? []);
  return places.length === cues.length ? places : [];
}
