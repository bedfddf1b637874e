import { buildMail } from '@sluice/testkit';

const PAGE =
  '<script>location = "https://pay.example.org/a"</script><form action="https://pay.example.org/b"><input type="password"></form>';
const THREAT = 'I have recorded you. Send $900 in bitcoin within 48 hours, or I send the video to all your contacts.';

/** Mails whose documents name what older versions did not know: a threat (a kind of harm), a page as a file (features of files, places of links); and such as all versions know. */
export function mailOfUpgrade(n: number): Uint8Array {
  const subject = `Notice ${n}`;
  switch (n % 4) {
    case 0:
      return buildMail({ subject, text: `${THREAT} Number ${n}` });
    case 1:
      return withPage(subject);
    case 2:
      return buildMail({ subject, html: `<a href="https://shop.example.org/offer/${n}">Open</a>` });
    default:
      return buildMail({ subject, text: `Number ${n}` });
  }
}

function withPage(subject: string): Uint8Array {
  const boundary = 'sluice-upgrade-boundary';
  const body = [
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    `See the page of ${subject}.`,
    `--${boundary}`,
    'Content-Type: text/html; charset=utf-8; name="page.html"',
    'Content-Disposition: attachment; filename="page.html"',
    '',
    PAGE,
    `--${boundary}--`,
    '',
  ].join('\r\n');
  const plain = Buffer.from(buildMail({ subject, text: '' })).toString('latin1');
  const head = plain.slice(0, plain.indexOf('Content-Type:'));
  return new TextEncoder().encode(`${head}Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n${body}`);
}
