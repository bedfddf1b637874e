import { describe, expect, test } from '@jest/globals';
import { Finding } from '@sluice/contracts';
import { scoreFindings } from '@sluice/judgement/score';
import { htmlMail, mailOf, multipartMail } from '../../test/mails.ts';
import { extractIndicators } from '../mail/extract.ts';
import { parseMail } from '../mail/parse.ts';
import { extractObservable } from '../observable/extract.ts';
import { checkMail, checkObservable, examineMail } from './index.ts';

async function findingsOf(bytes: Uint8Array): Promise<Finding[]> {
  const document = await parseMail(bytes);
  return checkMail(document, extractIndicators(document));
}

async function idsOf(bytes: Uint8Array): Promise<string[]> {
  return (await findingsOf(bytes)).map((finding) => finding.id);
}

/** A mail whose From header is the given one. */
function from(sender: string, body = 'hi', ...more: string[]): Buffer {
  return Buffer.from(
    mailOf(body, ...more)
      .toString()
      .replace(/^From: .*\r\n/, `From: ${sender}\r\n`),
  );
}

/** The boundary in the header is another one than in the body. */
function undividedMail(): Buffer {
  const part =
    '--b\r\nContent-Type: text/html\r\n\r\n<html><p>Verify your ac<b>count</b>: it has been</p><style>x</style> verify your <i>password</i></html>\r\n--b--';
  return Buffer.from(mailOf(part, 'MIME-Version: 1.0', 'Content-Type: multipart/related; boundary=c').toString());
}

const attached = (name: string, body: string, type = 'application/octet-stream'): Buffer =>
  multipartMail([{ type, name, body }]);

describe('checkMail', () => {
  test.each<[string, string, Buffer]>([
    [
      'link.text-mismatch',
      'a link that shows another domain',
      htmlMail('<a href="http://evil.example.net/">www.bank.com/login</a>'),
    ],
    [
      'link.text-mismatch',
      'a link that shows Google and leads through it',
      htmlMail('<a href="https://www.google.com/url?q=http://evil.example.net/">www.google.com</a>'),
    ],
    [
      'url.ip-host',
      'a link to an IP address inside a gateway’s',
      mailOf('https://linkprotect.cudasvc.com/url?a=http%3a%2f%2f203.0.114.7%2f'),
    ],
    ['url.hidden-destination', 'a link through Google', mailOf('https://www.google.com/amp/s/evil.example.net/x')],
    ['domain.brand-lookalike', 'a link to a name like a brand’s', mailOf('http://paypa1.com/x')],
    ['domain.brand-lookalike', 'a sender whose name is like a brand’s', from('x@secure-paypal-login.com')],
    ['attachment.macro-document', 'a document with macros by name', attached('x.docm', 'x')],
    [
      'attachment.macro-document',
      'a document with macros by type',
      attached('x', 'x', 'application/vnd.ms-excel.sheet.macroEnabled.12'),
    ],
    [
      'html.smuggling',
      'a script that builds a file',
      htmlMail('<script>var b=new Blob([atob("eA==")]);a.href=URL.createObjectURL(b)</script>'),
    ],
    [
      'html.smuggling',
      'the same for old browsers',
      htmlMail('<SCRIPT>navigator.msSaveOrOpenBlob(new Blob([x]),"x")</SCRIPT>'),
    ],
    ['html.script-unpacks', 'a script that unpacks a page', htmlMail('<script>document.write(atob("PGI+"))</script>')],
    [
      'domain.brand-lookalike',
      'a slip in a company’s domain in front of another one',
      mailOf('http://amzaon.co.jp.evil.net/x'),
    ],
    [
      'sender.brand-leads-away',
      'a company’s address and a stranger’s link',
      from('Correios <x@correios.com.br>', 'Your parcel waits: https://evil.example.net/'),
    ],
    [
      'sender.brand-name',
      'a company’s name split by signs that nobody sees',
      from('"Co\u{e0139}in\u034fbase" <x@evil.example.net>'),
    ],
    ['sender.brand-name', 'a company’s name in a script without spaces', from('三井住友カード <x@evil.example.net>')],
    [
      'text.invisible-letters',
      'a sender split by signs that nobody sees',
      from('"A\u034fbc d\u{e0139}ef" <x@evil.example.net>'),
    ],
    [
      'text.unfilled-blanks',
      'a blank for random letters',
      mailOf('Your A[RAND_LETTER-LOW_0]ma%{RAND_LETTER_8}zon account'),
    ],
    ['text.unfilled-blanks', 'a blank for a name', mailOf('Dear [Recipient’s Name], hello')],
    [
      'text.call-back',
      'a charge and a number',
      mailOf('Your membership renewal of $349 will be charged. Phone Support: +1 (864) 329-6068'),
    ],
    ['links.at-brand', 'a company that leads to itself', from('PayPal <service@paypal.com>', 'https://paypal.com/')],
    ['text.nothing-to-follow', 'a short note of a company', from('UPS <x@ups.com>', 'Delivered: 123456789012')],
    [
      'text.extortion',
      'a threat, coins and a demand',
      mailOf('I have recorded you. Send $900 in bitcoin or I send the video to all your contacts.'),
    ],
    ['text.wants-secrets', 'a page in a body that cannot be divided', undividedMail()],
    ['sender.several-authors', 'two authors of two domains', from('Ann <ann@example.com>, Eve <eve@evil-example.net>')],
    ['sender.several-authors', 'two From headers', mailOf('hi', 'From: Eve <eve@example.com>')],
    ['sender.sender-header-elsewhere', 'another sender', mailOf('hi', 'Sender: eve@evil-example.net')],
    ['sender.return-path-elsewhere', 'returns to another domain', mailOf('hi', 'Return-Path: <eve@evil-example.net>')],
    [
      'header.date-off',
      'a date long before the first relay',
      mailOf('hi', 'Received: from a by b; Sun, 6 Dec 2026 10:00:00 +0100'),
    ],
    [
      'header.date-off',
      'a date after the first relay',
      mailOf('hi', 'Received: from a by b; Fri, 20 Nov 2026 10:00:00 +0100'),
    ],
    ['url.ip-host', 'a link to an IP address', mailOf('http://203.0.114.7/x')],
    [
      'url.userinfo',
      'a link with a name before the @',
      htmlMail('<a href="http://www.bank.com@evil.example.net/">x</a>'),
    ],
    ['url.lookalike-host', 'a link with Cyrillic letters among Latin ones', mailOf('http://раypal.com/')],
    ['url.data-page', 'a link that holds a page', htmlMail('<a href="data:text/html,<h1>hi">x</a>')],
    ['url.free-host', 'a short link', mailOf('http://bit.ly/x')],
    ['attachment.dangerous', 'a program', attached('x.exe', 'MZ')],
    ['attachment.dangerous', 'a program under another name', attached('x.dat', `MZ${'\0'.repeat(100)}`)],
    ['attachment.dangerous', 'a disk image', attached('x.iso', 'x')],
    ['attachment.web-page', 'a web page', attached('x.htm', '<html>')],
    ['attachment.disguised', 'a program called a PDF', attached('x.pdf', `MZ${'\0'.repeat(100)}`)],
    ['attachment.double-extension', 'two endings', attached('bill.pdf.js', 'x')],
    ['sender.reply-elsewhere', 'replies to another domain', mailOf('hi', 'Reply-To: x@gmail.com')],
    ['sender.name-claims-other', 'a name that is an address', from('"help@bank.com" <x@evil.example.net>')],
    ['sender.brand-name', 'a borrowed brand', from('PayPal Support <x@evil-example.net>')],
    [
      'form.asks-password',
      'a password field',
      htmlMail('<form action="http://a.example"><input type=password></form>'),
    ],
    ['form.posts-out', 'a form', htmlMail('<form action="http://a.example"><input></form>')],
    [
      'text.credential-lure',
      'a threat about an account',
      mailOf('Your account was suspended. Click here: http://a.com/'),
    ],
    [
      'text.advance-fee',
      'a fortune',
      mailOf('The inheritance of 5 million dollars; you are the beneficiary. Western Union.'),
    ],
    ['sender.brand-name', 'a brand in lookalike letters', from('"MеtаМаsk" <x@evil-example.net>')],
    ['sender.brand-name', 'a brand at a host that is no domain', from('PayPal <x@paypal>')],
    [
      'text.lookalike-letters',
      'a subject in lookalike letters',
      Buffer.from('Subject: Your wallet is Ѕuѕpеndеd\r\n\r\nhi'),
    ],
    ['header.missing', 'no headers', Buffer.from('Subject: x\r\n\r\nhi')],
  ])('%s: %s', async (id, _, bytes) => {
    expect(await idsOf(bytes)).toContain(id);
  });

  test.each<[string, Buffer]>([
    ['a plain mail', mailOf('Shall we meet at ten? http://example.com/agenda')],
    ['a link that shows its own domain', htmlMail('<a href="http://login.bank.com/">www.bank.com</a>')],
    ['an image and a PDF', multipartMail([{ type: 'application/pdf', name: 'a.pdf', body: '%PDF-1.7 x' }])],
    [
      'a brand that leads to a place of its customers',
      from('Google <x@google.com>', 'https://forms.gle/abc https://google.com/'),
    ],
    [
      'a company that wants a call beside its links',
      from('PayPal <service@paypal.com>', 'Call our support team at once: (864) 329-6068. https://paypal.com/'),
    ],
    ['replies within the company', mailOf('hi', 'Reply-To: other@mail.example.com')],
    [
      'a list that takes the replies',
      mailOf('hi', 'Reply-To: list@lists.example.org', 'List-Id: <list.lists.example.org>'),
    ],
    ['words about an account without a link', mailOf('Your account was suspended. Click here.')],
    ['words of two alphabets side by side', from('Иван Ann <ann@example.com>')],
    [
      'a gateway’s link that shows where it leads',
      htmlMail(
        '<a href="https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.bank.com%2F&amp;data=1">www.bank.com</a>',
      ),
    ],
    ['a link through Google to Google', mailOf('https://www.google.com/url?q=https://maps.google.com/x')],
    ['a defanged address', mailOf('We saw hxxp://203.0.114[.]7/x yesterday.')],
    ['code that is shown', htmlMail('<pre>URL.createObjectURL(new Blob([atob(x)]))</pre>')],
    ['a script that builds nothing', htmlMail('<script>document.write("hi")</script>')],
    [
      'a newsletter through a mailer',
      mailOf('hi', 'List-Unsubscribe: <mailto:u@mailer.net>', 'Sender: m@mailer.net', 'Return-Path: <b@mailer.net>'),
    ],
    ['two authors of one company', from('Ann <ann@example.com>, Bob <bob@mail.example.com>')],
    ['a mail that waited for two days', mailOf('hi', 'Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0100')],
    [
      'somebody who works at a company and links elsewhere',
      from('Ann <ann@google.com>', 'See https://kernel.example/x'),
    ],
    ['a company that links elsewhere and to itself', from('UPS <x@ups.com>', 'https://ups.com/ https://a.example/')],
    [
      'an invoice of somebody with a website',
      mailOf('Your invoice no 77 of $9. Phone support: (864) 329-6068. https://example.com/bills'),
    ],
    ['a talk about recordings', mailOf('We recorded the talk and will send the video to all members. It is free.')],
    ['a long word divided for its line', from('"Donau\u00addampf\u00adschiff" <ann@example.com>')],
    ['a template in code', mailOf('res.render("{{ title }}", { name: "[x]" }) and %s {random}')],
    ['a link to the own network', mailOf('http://192.168.1.1/')],
  ])('%s gives no finding', async (_, bytes) => {
    expect(await idsOf(bytes)).toEqual([]);
  });

  test('a mail inside a mail is checked too', async () => {
    const inner = htmlMail('<form action="http://a.example"><input type=password></form>');
    expect(await idsOf(multipartMail([{ type: 'message/rfc822', body: inner }]))).toContain('form.asks-password');
  });

  test('evidence is quoted from the mail and cut', async () => {
    const [finding] = await findingsOf(mailOf(`http://203.0.114.7/${'x'.repeat(1000)}`));
    expect(Finding.parse(finding).evidence[0]?.quote).toMatch(/^http:\/\/203\.0\.114\.7\/x{270,}…$/);
  });

  test('evidence is told once, and places near each other share a quote', async () => {
    const lure = 'Your account was suspended. Click here: http://a.com/';
    const near = (await findingsOf(mailOf(lure))).find(({ id }) => id === 'text.credential-lure');
    expect(near?.evidence.map(({ quote }) => quote)).toEqual([`hello ${lure.toLowerCase()}`]);
    const twice = await findingsOf(mailOf('hi', 'Reply-To: x@gmail.com, x@gmail.com'));
    expect(twice[0]?.evidence).toHaveLength(1);
  });

  test('a warning of a company that leads to itself moves no verdict, and the same words that lead elsewhere do', async () => {
    const verdictOf = async (link: string) => {
      const words = `Your account is on hold. Update your payment details, or it will be suspended within 24 hours: sign in at ${link}`;
      return scoreFindings(await findingsOf(from('Netflix <info@account.netflix.com>', words))).verdict;
    };
    expect(await verdictOf('https://www.netflix.com/YourAccount')).toBe('clean');
    expect(await verdictOf('https://nfx-pay.example.net/YourAccount')).not.toBe('clean');
  });

  test('a company’s name at another address moves no verdict alone', async () => {
    expect(scoreFindings(await findingsOf(from('PayPal <x@evil-example.net>'))).verdict).toBe('clean');
  });

  test('the author whom a list answers to is nobody else to the model', async () => {
    const factsOf = async (sender: string, reply: string) => {
      const document = await parseMail(from(sender, 'hi', `Reply-To: ${reply}`));
      return examineMail(document, extractIndicators(document)).facts;
    };
    const list = await factsOf('Ann Lee via users <users@lists.example.org>', 'Ann Lee <ann@gmail.com>');
    expect(list?.replyTo).toBe('same');
    const other = await factsOf('Ann Lee via users <users@lists.example.org>', 'Eve <eve@gmail.com>');
    expect(other?.replyTo).toBe('free-mail');
  });

  test('a shop that has its mail sent by a platform, and is answered itself, is as usual', async () => {
    const shop = from('Yarn Shop <store@t.shopifyemail.com>', 'On its way', 'Reply-To: wool@yarn-shop.example');
    const document = await parseMail(shop);
    const { findings, facts } = examineMail(document, extractIndicators(document));
    expect(facts).toMatchObject({ fromOwner: 'platform', replyTo: 'same' });
    expect(findings.find(({ id }) => id === 'sender.reply-elsewhere')).toMatchObject({ severity: 'info', weight: 5 });
    const cheat = from('Yarn Shop <store@t.shopifyemail.com>', 'On its way', 'Reply-To: wool@gmail.com');
    expect((await findingsOf(cheat)).find(({ id }) => id === 'sender.reply-elsewhere')?.weight).toBe(30);
  });

  test('newsletters that count the clicks on their own links weigh little', async () => {
    const [finding] = await findingsOf(htmlMail('<a href="http://click.mailer.net/1">www.example.com</a>'));
    expect(finding).toMatchObject({ id: 'link.text-mismatch', weight: 10 });
  });
});

describe('checkObservable', () => {
  test('a URL is checked like a link in a mail', () => {
    const indicators = extractObservable({ type: 'url', value: 'http://www.bank.com@203.0.114.7/' });
    expect(checkObservable(indicators).map((finding) => finding.id)).toEqual(['url.ip-host', 'url.userinfo']);
  });

  test.each([
    ['ip', '10.0.0.1'],
    ['ip', '::1'],
    ['url', 'http://192.168.1.1/'],
  ] as const)('the %s %s is told to be known to nobody outside', (type, value) => {
    expect(checkObservable(extractObservable({ type, value }))).toMatchObject([{ id: 'ip.not-public', weight: 0 }]);
  });

  test('a public address is nothing by itself', () => {
    expect(checkObservable(extractObservable({ type: 'ip', value: '203.0.114.7' }))).toEqual([]);
  });

  test('a domain that looks like a brand’s is found', () => {
    const indicators = extractObservable({ type: 'domain', value: 'login.paypal-verify.com' });
    expect(checkObservable(indicators)).toMatchObject([{ id: 'domain.brand-lookalike', weight: 45 }]);
  });
});
