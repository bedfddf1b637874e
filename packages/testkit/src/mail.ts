export interface TestMail {
  from?: string;
  to?: string;
  subject?: string;
  text?: string;
  html?: string;
  headers?: Record<string, string>;
}

/** A well-formed mail with CRLF line ends: plain text, HTML, or both as alternatives. */
export function buildMail(mail: TestMail = {}): Uint8Array {
  const { from = 'Ann <ann@example.org>', to = 'bob@example.net', subject = 'Hello', text, html } = mail;
  const head = [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    'Date: Mon, 02 Nov 2026 10:00:00 +0000',
    `Message-ID: <${Buffer.from(subject).toString('hex').slice(0, 40)}@example.org>`,
    'MIME-Version: 1.0',
    ...Object.entries(mail.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  ];
  return new TextEncoder().encode([...head, ...bodyOf(text, html)].join('\r\n'));
}

function bodyOf(text: string | undefined, html: string | undefined): string[] {
  if (html === undefined) return ['Content-Type: text/plain; charset=utf-8', '', text ?? 'Hello.', ''];
  if (text === undefined) return ['Content-Type: text/html; charset=utf-8', '', html, ''];
  const boundary = 'sluice-test-boundary';
  const part = (type: string, body: string) => [`--${boundary}`, `Content-Type: ${type}; charset=utf-8`, '', body];
  return [
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    '',
    ...part('text/plain', text),
    ...part('text/html', html),
    `--${boundary}--`,
    '',
  ];
}
