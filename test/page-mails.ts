import { crc32, deflateSync } from 'node:zlib';
import { buildMail } from '@sluice/testkit';

/** Plain phishing: two telling signs, one link, nothing to visit. */
export const PHISH = buildMail({
  from: '"PayPal Support" <service@paypa1.example.com>',
  subject: 'Your account has been limited',
  html: '<p>Dear customer, confirm your password within 24 hours.</p><a href="http://203.0.113.9/login">https://www.paypal.com/login</a>',
});

export const GOOD = buildMail({
  from: 'Ann Gardener <ann@garden.example>',
  to: 'bob@office.example',
  subject: 'Tulips on Thursday',
  text: 'Hi Bob,\n\nthe tulips are out. Shall we have lunch in the garden on Thursday?\n\nAnn',
});

/** A mail that has something for every part of a job's page. `origin`: of a site whose `/chain` leads to a look-alike page. */
export function richMail(origin: string): Uint8Array {
  const inner = new TextDecoder().decode(GOOD);
  const html = `<html><body bgcolor="#f3f5f9"><table width="560" align="center" cellpadding="18" bgcolor="#ffffff" style="border:1px solid #d5dbe3">
<tr><td><img src="data:image/png;base64,${logo()}" width="96" height="24" alt="Parcel"><h2 style="color:#b3261e">Delivery on hold</h2>
<p>Dear customer,</p><p>your parcel <b>RB 4471 208</b> could not be handed over. A fee of <b>1.99</b> is open.</p>
<p style="text-align:center"><a href="${origin}/chain" style="background-color:#b3261e;color:#ffffff;padding:10px 18px">Pay the fee now</a></p>
<p style="font-size:11px;color:#667">See also <a href="https://track.parcel-desk.example/?id=4471208&amp;u=bob">https://www.parcel.example/track</a>
or <a href="http://203.0.113.77/wallet.php">your wallet</a>. <img src="${origin}/pixel.gif" width="1" height="1" alt="open pixel"></p></td></tr></table></body></html>`;
  const head = [
    'Return-Path: <bounce@mailer.parcel-desk.example>',
    'Received: from mx.office.example (mx.office.example [192.0.2.20]) by mailbox.office.example with LMTP; Mon, 02 Nov 2026 09:12:44 +0000',
    'Received: from mailer.parcel-desk.example (unknown [203.0.113.50]) by mx.office.example with ESMTPS; Mon, 02 Nov 2026 09:12:41 +0000',
    'Received: from localhost (dynamic-198-51-100-7.isp.example [198.51.100.7]) by mailer.parcel-desk.example with ESMTP; Mon, 02 Nov 2026 09:12:30 +0000',
    'Authentication-Results: mx.office.example; spf=fail smtp.mailfrom=parcel-desk.example; dkim=none; dmarc=fail header.from=parcel.example',
    'From: "Parcel Service" <notice@parcel.example>',
    'Reply-To: desk@parcel-desk.example',
    'To: bob@office.example',
    'Subject: Your parcel is on hold: pay 1.99 today',
    'Date: Mon, 02 Nov 2026 09:12:29 +0000',
    'Message-ID: <4471208.77@mailer.parcel-desk.example>',
    'X-Mailer: BulkMaster 4.1',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="outer"',
  ];
  const part = (headers: string[], body: string) => ['--outer', ...headers, '', body];
  const body = [
    ...part(['Content-Type: multipart/alternative; boundary="inner"'], alternatives(html)),
    ...part(
      [
        'Content-Type: text/plain; name="label.txt"',
        'Content-Disposition: attachment; filename="label.txt"',
        'Content-Transfer-Encoding: base64',
      ],
      Buffer.concat([Buffer.from('MZ'), Buffer.alloc(600)]).toString('base64'),
    ),
    ...part(
      ['Content-Type: text/csv; name="items.csv"', 'Content-Disposition: attachment; filename="items.csv"'],
      'item,price\r\nfee,1.99',
    ),
    ...part(
      ['Content-Type: message/rfc822; name="before.eml"', 'Content-Disposition: attachment; filename="before.eml"'],
      inner,
    ),
    '--outer--',
    '',
  ];
  return new TextEncoder().encode([...head, '', ...body].join('\r\n'));
}

function alternatives(html: string): string {
  const part = (type: string, body: string) => ['--inner', `Content-Type: ${type}; charset=utf-8`, '', body];
  const text =
    'Dear customer, your parcel RB 4471 208 is on hold. Pay 1.99: https://track.parcel-desk.example/?id=4471208';
  return [...part('text/plain', text), ...part('text/html', html), '--inner--'].join('\r\n');
}

/** A PNG of 24 by 6 points in one colour. */
function logo(): string {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([size, body, check]);
  };
  const head = Buffer.from([0, 0, 0, 24, 0, 0, 0, 6, 8, 2, 0, 0, 0]);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(72, Buffer.from([0xb3, 0x26, 0x1e]))]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: 6 }, () => row)));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]).toString('base64');
}

/** A mail that tries all that a mail can try on who looks at it; each try would touch `lair`. */
export function hostileMail(lair: string): Uint8Array {
  const html = [
    `<script>fetch('${lair}/script'); alert(1)</script><svg onload="fetch('${lair}/svg')"><image href="${lair}/image"/></svg>`,
    `<style>@import url(${lair}/import); body { background: url(${lair}/style) }</style><link rel="stylesheet" href="${lair}/sheet">`,
    `<link rel="dns-prefetch preconnect" href="${lair}"><base href="${lair}/"><meta http-equiv="refresh" content="0;url=${lair}/refresh">`,
    `<img src="${lair}/img" srcset="${lair}/set 2x" onerror="alert(2)"><iframe src="${lair}/frame" srcdoc="<script>alert(3)</script>"></iframe>`,
    `<form action="${lair}/form"><input autofocus onfocus="alert(4)"><button>Go</button></form><video autoplay src="${lair}/video"></video>`,
    `<div style="position:fixed;inset:0;background:url(${lair}/background)">cover</div><object data="${lair}/object"></object>`,
    `<a href="${lair}/link" ping="${lair}/ping" target="_top">press me</a> <a href="javascript:alert(5)">and me</a><p>\u202Eright\u202C zero\u200Bwidth</p>`,
    '<div>'.repeat(2_000),
    'x'.repeat(300_000),
  ];
  const subject = 'Hi <script>alert(6)</script><img src=x onerror=alert(7)>\u202Efdp.exe';
  return buildMail({ subject, html: html.join('\n') });
}
