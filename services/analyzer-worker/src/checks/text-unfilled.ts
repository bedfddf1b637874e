import type { MailCheck, MailLook } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

/** What programs of cheats put where something else each time should stand: it exists to make every copy differ. */
const VARIED =
  /[[{%#$-]{1,3} ?(?:(?:rand(?:om)?|RAND(?:OM)?)[-_ ]?(?:letters?|num(?:ber)?s?|strings?|words?|md5|LETTERS?|NUM(?:BER)?S?|STRINGS?|TEXT|WORDS?|MD5)[-_A-Z0-9]{0,12}|CURRENT[-_ ](?:DATE|TIME)|(?:VICTIM|TARGET)[-_ ]?(?:E?MAIL|NAME|DOMAIN)) ?[\]}%#$-]{1,3}/g;
/** A field that stayed empty: honest programs forget it too. */
const FIELD =
  /\[(?:recipient|customer|client|first|last|your)(?:['’]s)?[-_ ]name\]|(?:\{\{|\[\[|%%|##|\{%) ?(?:e-?mail|name|first_?name|domain|user(?:name)?) ?(?:\}\}|\]\]|%%|##|%\})/gi;
const MAX_SEARCHED_CHARS = 100_000;

/** Mail whose program forgot to fill its own blanks in. Lists discuss such blanks, and are left out. */
export const textUnfilled: MailCheck = ({ mails }) => {
  const [outer] = mails;
  if (outer === undefined || outer.isList) return [];
  const read = readOf(outer);
  const varied = quotesOf(read, VARIED);
  const isVaried = varied.length > 0;
  return findingFrom({
    id: 'text.unfilled-blanks',
    severity: isVaried ? 'high' : 'low',
    weight: isVaried ? 60 : 15,
    category: isVaried ? 'phishing' : 'spam',
    title: isVaried
      ? 'The mail shows the tricks of the program that made it'
      : 'The mail has blanks that nobody filled in',
    explanation: isVaried
      ? 'Words for “put random letters here” are left in the text. Programs do that to make every copy differ, so that filters do not know it again.'
      : 'It was made for many readers by a program, which left names out.',
    evidence: (isVaried ? varied : quotesOf(read, FIELD)).map((quote) => quoteOf('text', quote)),
  });
};

function readOf({ mail, plain, html }: MailLook): string {
  const name = mail.from[0]?.name ?? '';
  return [name, mail.subject ?? '', plain, html?.text ?? ''].join('\n').slice(0, MAX_SEARCHED_CHARS);
}

function quotesOf(text: string, pattern: RegExp): string[] {
  return [...new Set(Array.from(text.matchAll(pattern), ([quote]) => quote))];
}
