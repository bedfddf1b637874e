import type { ParsedMail } from '@sluice/contracts';
import { readHtml } from '../mail/html.ts';

const MAX_PASSWORDS = 12;
const MAX_SEARCHED_CHARS = 50_000;
const MAX_HTML_TAGS = 2_000;
/** The word for a password in the languages that such mails are written in; what follows it is tried. */
const WORDS =
  'pass(?:word|code|wort|phrase)?|pwd|pw|pin|code|kennwort|contrase[nñ]a|clave|senha|mot de passe|parola|has[lł]o|heslo|wachtwoord|l[oö]senord|пароль|код|şifre|sifre|密码|密碼|パスワード|비밀번호';
const NAMED = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:${WORDS})(?![\p{L}\p{N}])[^\S\n]{0,5}(?:(?:is|ist|es|é|est|jest|to|(?:for|zum|de|da)\s[^:\n]{0,40})(?=[\s:=])[^\S\n]{0,3})?[:=\-–—»>"'“”(\[]{0,4}\s{0,5}["'“”«(\[]?([^\s"'“”«»()\[\]<>]{2,40})`,
  'giu',
);
/** What archives of malware and of careless offices are locked with, when nothing is said. */
const USUAL = ['infected', '1234', '12345', '123456', 'password'];

/** The passwords that the mails name for their attachments, in order, and a few usual ones. */
export function passwordsIn(mails: readonly ParsedMail[]): string[] {
  const found = new Set<string>();
  for (const text of mails.flatMap(textsOf)) {
    for (const match of text.slice(0, MAX_SEARCHED_CHARS).matchAll(NAMED)) {
      const word = match[1] ?? '';
      found.add(word.replace(/[.,;!?]+$/, '')).add(word);
      if (found.size > MAX_PASSWORDS) break;
    }
  }
  return [...found]
    .filter((word) => word !== '')
    .slice(0, MAX_PASSWORDS)
    .concat(USUAL);
}

function textsOf({ subject, text, html }: ParsedMail): string[] {
  const shown = html === null ? '' : readHtml(html.slice(0, MAX_SEARCHED_CHARS), MAX_HTML_TAGS).text;
  return [text ?? '', shown, subject ?? ''];
}
