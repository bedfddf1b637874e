/** Mails for tests, built here. */

export const HEADERS = [
  'From: Ann Example <ann@example.com>',
  'To: bob@example.org',
  'Subject: Hello',
  'Date: Sun, 22 Nov 2026 10:00:00 +0100',
  'Message-ID: <1@example.com>',
];

/** A mail with the usual headers, more of them, and a body. */
export function mailOf(body: string, ...more: string[]): Buffer {
  return Buffer.from([...HEADERS, ...more, '', body].join('\r\n'));
}

export function htmlMail(html: string, ...more: string[]): Buffer {
  return mailOf(html, 'Content-Type: text/html; charset=utf-8', ...more);
}

type Part = { type: string; body: string | Buffer; name?: string; disposition?: string };

/** A mail of several parts, each in base64. */
export function multipartMail(parts: Part[], ...more: string[]): Buffer {
  const boundary = 'the-boundary';
  const bodies = parts.map(({ type, body, name, disposition = 'attachment' }) =>
    [
      `--${boundary}`,
      `Content-Type: ${type}`,
      `Content-Disposition: ${disposition}${name === undefined ? '' : `; filename="${name}"`}`,
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(body).toString('base64'),
    ].join('\r\n'),
  );
  return mailOf(
    [...bodies, `--${boundary}--`, ''].join('\r\n'),
    `Content-Type: multipart/mixed; boundary=${boundary}`,
    ...more,
  );
}

/** The mail, attached `depth` times inside itself. */
export function nestedMail(depth: number): Buffer {
  let mail = mailOf('the innermost');
  for (let level = 0; level < depth; level += 1) mail = multipartMail([{ type: 'message/rfc822', body: mail }]);
  return mail;
}
