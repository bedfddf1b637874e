/** Headers that say what a mail is, not who collected it. */
const KEPT = /^(?:from|to|subject|date|reply-to|mime-version|content-(?:type|transfer-encoding|disposition)):/i;
/** Addresses of those who collected the mails: honeypots, archives, lists. */
const COLLECTORS =
  /phishing@pot|lists(?:\+[\w.-]+)?@lfdr\.de|(?:usrp-users|openbmc|cake|bloat|linux-nvdimm)@(?:lists\.)?[\w.-]+|open-iscsi@googlegroups\.com|user@example\.com|jose@monkey\.org|(?:zzzz|yyyy)@[\w.-]+/gi;
const SUBJECT_TAGS = /\[(?:usrp-users|cake|bloat|openbmc|ilug|razor-users|spambayes|zzzzteana|sadev|satalk)\]\s*/gi;
const LIST_FOOTER = /\r?\n(?:-- ?\r?\n)?_{20,}\r?\n[^\n]*(?:mailing list|usrp-users|Cake)[\s\S]{0,600}$/gi;
const NOBODY = 'user@example.org';

/**
 * A mail without the traces of whoever collected it: the same as `strip_leaks.py --minimal` of the corpus writes. From, To (as nobody), Subject, Date,
 * Reply-To and Content-* are kept. Works on bytes, as Latin-1.
 */
export function minimalView(mail: Uint8Array): Uint8Array {
  const text = Buffer.from(mail)
    .toString('latin1')
    .replace(/^>?From [^\n]*\n/, '');
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const body = end === null ? '' : text.slice(end.index);
  const headers = head
    .split(/\r?\n(?![ \t])/)
    .filter((header) => KEPT.test(header))
    .map(minimalHeader);
  const kept = body.replace(COLLECTORS, NOBODY).replace(LIST_FOOTER, '\n');
  return Buffer.from(headers.join('\n') + kept, 'latin1');
}

function minimalHeader(header: string): string {
  if (/^to:/i.test(header)) return `To: ${NOBODY}`;
  const plain = /^subject:/i.test(header) ? header.replace(SUBJECT_TAGS, '') : header;
  return plain.replace(COLLECTORS, NOBODY);
}
