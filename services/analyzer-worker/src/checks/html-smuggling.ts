import { scriptsOf } from '../mail/scripts.ts';
import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

const HANDS_OUT = /\b(?:URL\s{0,3}\.\s{0,3}createObjectURL|msSaveOrOpenBlob|msSaveBlob)\b|\.\s{0,3}download\s{0,3}=/;
const BUILDS = /\batob\s{0,3}\(|\bnew\s{1,3}(?:Blob|File|Uint8Array)\b|\bfromCharCode\b/;
const UNPACKS =
  /\b(?:eval|document\s{0,3}\.\s{0,3}write(?:ln)?|unescape)\s{0,3}\(|\bnew\s{1,3}Function\b|\binnerHTML\b/;

/** Looks at the scripts of HTML bodies only: code that a mail shows to be read smuggles nothing. */
export const htmlSmuggling: MailCheck = ({ mails }) => {
  const scripts = mails.flatMap(({ mail }) => scriptsOf(mail.html ?? ''));
  const building = scripts.filter((script) => BUILDS.test(script));
  const smuggling = building.filter((script) => HANDS_OUT.test(script));
  if (smuggling.length > 0) {
    return findingFrom({
      id: 'html.smuggling',
      severity: 'high',
      weight: 65,
      category: 'malware',
      title: 'A script in the mail builds a file',
      explanation:
        'The mail hides a file inside a script, which puts it together on the reader’s computer, past every filter.',
      evidence: smuggling.map((script) => quoteOf('html', around(script, HANDS_OUT))),
    });
  }
  return findingFrom({
    id: 'html.script-unpacks',
    severity: 'medium',
    weight: 40,
    category: 'phishing',
    title: 'A script in the mail unpacks a hidden page',
    explanation: 'The mail holds a page in a coded form, which a script makes readable only when the mail is opened.',
    evidence: building
      .filter((script) => UNPACKS.test(script))
      .map((script) => quoteOf('html', around(script, UNPACKS))),
  });
};

function around(script: string, pattern: RegExp): string {
  const at = script.search(pattern);
  return script.slice(Math.max(0, at - 60), at + 140);
}
