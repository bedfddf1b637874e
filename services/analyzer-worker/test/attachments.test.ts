import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { MailDocument } from '@sluice/contracts';
import { MailDocument as MailDocumentSchema } from '@sluice/contracts';
import cfb from 'cfb';
import { checkMail } from '../src/checks/index.ts';
import { DEFAULT_DOCUMENT_LIMITS } from '../src/documents/limits.ts';
import { extractIndicators } from '../src/mail/extract.ts';
import { DEFAULT_MAIL_LIMITS } from '../src/mail/limits.ts';
import { parseMail } from '../src/mail/parse.ts';
import { BY_7ZIP, pdfOf, qrModules, qrPicture, rarOf, streamOf, zipOf } from './files.ts';
import { htmlMail, mailOf, multipartMail } from './mails.ts';

type File = { name: string; body: string | Buffer; type?: string };

/** A mail with a text and these files. */
function mailWith(text: string, ...files: File[]): Buffer {
  const attached = files.map(({ type = 'application/octet-stream', ...file }) => ({ type, ...file }));
  return multipartMail([{ type: 'text/plain; charset=utf-8', body: text, disposition: 'inline' }, ...attached]);
}

/** The attachments as a tree of names, each with what it can do. */
function treeOf({ mails }: MailDocument): string[] {
  const attachments = mails[0]?.attachments ?? [];
  const depthOf = (index: number): number => {
    const parent = attachments[index]?.parent;
    return parent === undefined ? 0 : 1 + depthOf(parent);
  };
  return attachments.map(({ fileName, features = [] }, index) =>
    [`${'> '.repeat(depthOf(index))}${fileName}`, ...features].join(' '),
  );
}

function urlsOf(document: MailDocument): string[] {
  return extractIndicators(document).urls.map(({ url, places }) => `${places[0]?.where} ${url}`);
}

function idsOf(document: MailDocument): string[] {
  return checkMail(document, extractIndicators(document)).map(({ id }) => id);
}

describe('archives', () => {
  test('are opened to the innermost file, whose links and hash are indicators', async () => {
    const inner = zipOf({ 'deep.txt': 'pay at https://deep.example/pay' });
    const document = await parseMail(
      mailWith('hello', { name: 'a.zip', body: zipOf({ 'inner.zip': inner, 'x.exe': `MZ${'\0'.repeat(100)}` }) }),
    );
    expect(treeOf(document)).toEqual(['a.zip', '> inner.zip', '> > deep.txt', '> x.exe']);
    expect(urlsOf(document)).toEqual(['attachment-text https://deep.example/pay']);
    expect(extractIndicators(document).hashes.map(({ fileName }) => fileName)).toEqual(['a.zip', 'inner.zip', 'x.exe']);
    expect(idsOf(document)).toContain('attachment.dangerous');
    MailDocumentSchema.parse(document);
  });

  test('that are locked open with a password that the mail names', async () => {
    const zip = zipOf({ 'note.txt': 'see https://locked.example/' }, 'Xy7!q');
    const document = await parseMail(mailWith('The password for the file is: Xy7!q', { name: 'a.zip', body: zip }));
    expect(treeOf(document)).toEqual(['a.zip encrypted password-in-mail', '> note.txt']);
    expect(urlsOf(document)).toEqual(['attachment-text https://locked.example/']);
    expect(idsOf(document)).toContain('attachment.locked-password-given');
  });

  test('that stay locked are named with what is in them', async () => {
    const zip = zipOf({ 'invoice.exe': 'MZ' }, 'nobody-knows');
    const document = await parseMail(mailWith('hello', { name: 'a.zip', body: zip }));
    expect(document.mails[0]?.attachments).toMatchObject([{ features: ['encrypted'], unread: ['invoice.exe'] }]);
    expect(idsOf(document)).toContain('attachment.locked');
  });

  test('that 7-Zip has locked with AES open with a password that the mail names, and with no other', async () => {
    const body = Buffer.from(BY_7ZIP.sealedZip, 'base64');
    const named = await parseMail(mailWith('Password: Xy7Xq', { name: 'a.zip', body }));
    expect(treeOf(named)).toEqual(['a.zip encrypted password-in-mail', '> note.txt']);
    expect(urlsOf(named)).toEqual(['attachment-text https://seven.example/']);
    const unnamed = await parseMail(mailWith('Password: Xy7Xr', { name: 'a.zip', body }));
    expect(unnamed.mails[0]?.attachments).toMatchObject([{ features: ['encrypted'], unread: ['note.txt'] }]);
    // A changed byte of the content breaks the seal.
    const damaged = Buffer.from(body);
    damaged.writeUInt8(damaged.readUInt8(80) ^ 1, 80);
    const broken = await parseMail(mailWith('Password: Xy7Xq', { name: 'a.zip', body: damaged }));
    expect(treeOf(broken)).toEqual(['a.zip encrypted']);
  });

  test('of 7z and RAR are opened, and named as locked where they are, also where even the names are hidden', async () => {
    const text = { 'note.txt': 'see https://rar.example/' };
    const files = Object.entries({
      'plain.7z': Buffer.from(BY_7ZIP.plain, 'base64'),
      'files.7z': Buffer.from(BY_7ZIP.lockedFiles, 'base64'),
      'headers.7z': Buffer.from(BY_7ZIP.lockedHeaders, 'base64'),
      'plain.rar': rarOf(text),
      'files.rar': rarOf(text, 'files'),
      'headers.rar': rarOf(text, 'headers'),
    });
    const document = await parseMail(mailWith('Password: Xy7Xq', ...files.map(([name, body]) => ({ name, body }))));
    expect(treeOf(document)).toEqual([
      'plain.7z',
      '> note.txt',
      'files.7z encrypted',
      'headers.7z encrypted',
      'plain.rar',
      '> note.txt',
      'files.rar encrypted',
      'headers.rar encrypted',
    ]);
    expect(urlsOf(document)).toEqual(
      ['https://seven.example/', 'https://rar.example/'].map((url) => `attachment-text ${url}`),
    );
    expect(document.mails[0]?.attachments[2]?.unread).toEqual(['note.txt']);
  });

  test('that unpack to far more than their size are left, and said to be such', async () => {
    const zeros = Buffer.alloc(40 * 1024 * 1024);
    const zip = await parseMail(mailWith('hello', { name: 'a.zip', body: zipOf({ zeros }) }));
    const gzip = await parseMail(mailWith('hello', { name: 'a.gz', body: gzipSync(zeros) }));
    for (const document of [zip, gzip]) {
      expect(document.mails[0]?.attachments).toMatchObject([{ features: ['bomb'] }]);
      expect(document.limits.map(({ limit }) => limit)).toEqual(['attachment-ratio']);
    }
  });

  test('inside archives end at the bound on depth, files inside them at the bound on number', async () => {
    let nested = zipOf({ 'end.txt': 'the end' });
    for (let depth = 0; depth < 8; depth += 1) nested = zipOf({ 'in.zip': nested });
    const deep = await parseMail(mailWith('hello', { name: 'a.zip', body: nested }));
    expect(deep.mails[0]?.attachments).toHaveLength(1 + DEFAULT_DOCUMENT_LIMITS.maxDepth);
    expect(deep.limits.map(({ limit }) => limit)).toEqual(['attachment-depth']);
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`${index}.txt`, `${index}`]));
    const wide = await parseMail(mailWith('hello', { name: 'a.zip', body: zipOf(many) }));
    expect(wide.mails[0]?.attachments).toHaveLength(1 + DEFAULT_DOCUMENT_LIMITS.maxFiles);
    expect(wide.limits.map(({ limit }) => limit)).toEqual(['attachment-files']);
  });

  test('whose entries lead out of their folder are told; a mail in one is read as a mail', async () => {
    const zip = zipOf({ '../../start.txt': 'x', 'kept.eml': mailOf('see https://inner.example/') });
    const document = await parseMail(mailWith('hello', { name: 'a.zip', body: zip }));
    expect(document.mails[0]?.attachments[0]?.features).toEqual(['path-traversal']);
    expect(document.mails[1]).toMatchObject({ parent: 0, subject: 'Hello' });
    expect(urlsOf(document)).toEqual(['text https://inner.example/']);
  });

  test('that are broken say so; nothing is opened where it is not wanted', async () => {
    const zip = zipOf({ 'a.txt': 'see https://a.example/' });
    const broken = await parseMail(mailWith('hello', { name: 'a.zip', body: zip.subarray(0, 20) }));
    expect(treeOf(broken)).toEqual(['a.zip unreadable']);
    const closed = await parseMail(mailWith('hello', { name: 'a.zip', body: zip }), DEFAULT_MAIL_LIMITS, null);
    expect(treeOf(closed)).toEqual(['a.zip']);
  });
});

/** A grey picture of a code, as a generator of PDFs packs it. */
async function pictureObject(text: string): Promise<Buffer> {
  const rows = await qrModules(text);
  const side = (rows.length + 8) * 4;
  const grey = Buffer.alloc(side * side, 255);
  rows.forEach((row, y) => {
    row.forEach((isBlack, x) => {
      for (let line = 0; line < 4; line += 1) {
        if (!isBlack) break;
        const at = ((y + 4) * 4 + line) * side + (x + 4) * 4;
        grey.fill(0, at, at + 4);
      }
    });
  });
  const size = `/Width ${side} /Height ${side} /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /FlateDecode`;
  return streamOf(`/Type /XObject /Subtype /Image ${size}`, deflateSync(grey));
}

describe('documents', () => {
  test('a PDF gives its words, links, scripts, files and the codes in its pictures', async () => {
    const pdf = pdfOf([
      '<< /Type /Catalog /Pages 2 0 R /OpenAction 6 0 R /Names << /EmbeddedFiles << /Names [(a.exe) 8 0 R] >> >> >>',
      '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Resources << /Font << /F 5 0 R >> >> /Contents 4 0 R /Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://link.example/) >> >>] >>',
      streamOf('', 'BT /F 12 Tf 20 20 Td (Confirm your account) Tj ET'),
      '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
      '<< /S /J#61vaScript /JS (app.launchURL\\("https://script.example/"\\)) >>',
      await pictureObject('https://code.example/'),
      '<< /Type /Filespec /F (a.exe) /EF << /F 9 0 R >> >>',
      streamOf('/Type /EmbeddedFile', `MZ${'\0'.repeat(100)}`),
    ]);
    const document = await parseMail(mailWith('hello', { name: 'a.pdf', body: pdf }));
    expect(treeOf(document)).toEqual(['a.pdf javascript embedded-file open-action obfuscated', '> a.exe']);
    expect(document.mails[0]?.contents?.[0]?.text?.trim()).toBe('Confirm your account');
    expect(document.mails[0]?.attachments[0]?.pages).toBe(1);
    expect(urlsOf(document).toSorted()).toEqual([
      'attachment-pdf https://link.example/',
      'attachment-pdf https://script.example/',
      'qr https://code.example/',
    ]);
    expect(idsOf(document)).toEqual(
      expect.arrayContaining(['attachment.script-starts', 'attachment.obfuscated', 'qr.link']),
    );
  });

  test('a PDF that no reader opens still gives its links', async () => {
    const text = '%PDF-1.4\n1 0 obj\n<< /S /URI /URI (https://broken.example/) >>\nendobj\n';
    const document = await parseMail(mailWith('hello', { name: 'a.pdf', body: text }));
    expect(treeOf(document)).toEqual(['a.pdf unreadable']);
    expect(urlsOf(document)).toEqual(['attachment-pdf https://broken.example/']);
  });

  test('a Word document gives its words, links, what it loads, its objects and its macros', async () => {
    const relation = (type: string, target: string) =>
      `<Relationship Id="r" Type="http://schemas.example/${type}" Target="${target}" TargetMode="External"/>`;
    const object = cfb.utils.cfb_new();
    cfb.utils.cfb_add(
      object,
      '/VBA/Module1',
      packedModule('Sub AutoOpen()\r\nx = "https://macro.example/"\r\nEnd Sub'),
    );
    const docx = zipOf({
      '[Content_Types].xml': '<Types/>',
      'word/document.xml':
        '<w:document><w:p><w:r><w:t>Enable &amp; see</w:t></w:r></w:p><w:p><w:instrText>DDEAUTO c:\\\\x</w:instrText></w:p></w:document>',
      'word/_rels/document.xml.rels': `<Relationships>${relation('hyperlink', 'https://click.example/')}</Relationships>`,
      'word/_rels/settings.xml.rels': `<Relationships>${relation('attachedTemplate', 'https://template.example/t.dotm')}</Relationships>`,
      'word/embeddings/oleObject1.bin': 'MZ-not-really',
      'word/vbaProject.bin': Buffer.from(cfb.write(object, { type: 'buffer' }) as Uint8Array),
    });
    const document = await parseMail(mailWith('hello', { name: 'a.docx', body: docx }));
    const [file, inner] = document.mails[0]?.attachments ?? [];
    expect(file?.features?.toSorted()).toEqual(['auto-open', 'dde', 'embedded-object', 'external-template', 'macro']);
    expect(inner).toMatchObject({ fileName: 'word/embeddings/oleObject1.bin', via: 'document', parent: 0 });
    expect(document.mails[0]?.contents?.[0]?.text).toContain('Enable & see');
    expect(urlsOf(document).toSorted()).toEqual([
      'attachment-document https://click.example/',
      'attachment-document https://macro.example/',
      'attachment-document https://template.example/t.dotm',
    ]);
    const wanted = [
      'attachment.macro-starts',
      'attachment.external-template',
      'attachment.dde',
      'attachment.macro-document',
    ];
    expect(idsOf(document)).toEqual(expect.arrayContaining(wanted));
  });

  test('an old document whose sectors are linked in a ring is unreadable, and costs nothing', async () => {
    const ole = cfb.utils.cfb_new();
    cfb.utils.cfb_add(ole, '/WordDocument', Buffer.alloc(20_000, 'words '));
    const doc = Buffer.from(cfb.write(ole, { type: 'buffer' }) as Uint8Array);
    const sound = await parseMail(mailWith('x', { name: 'a.doc', body: doc }));
    const table = (doc.readInt32LE(76) + 1) * 512;
    for (let sector = 0; sector < 10; sector += 1) doc.writeInt32LE((sector + 1) % 10, table + sector * 4);
    const ring = await parseMail(mailWith('x', { name: 'a.doc', body: doc }));
    expect([treeOf(sound), treeOf(ring)]).toEqual([['a.doc'], ['a.doc unreadable']]);
  });

  test('an old document and a rich text give the files packed in them', async () => {
    const native = packed('run.exe', Buffer.from(`MZ${'\0'.repeat(60)}`));
    const ole = cfb.utils.cfb_new();
    cfb.utils.cfb_add(ole, '/ObjectPool/_1/\u0001Ole10Native', native);
    cfb.utils.cfb_add(
      ole,
      '/WordDocument',
      Buffer.concat([Buffer.alloc(64), Buffer.from('go to https://words.example/')]),
    );
    const doc = Buffer.from(cfb.write(ole, { type: 'buffer' }) as Uint8Array);
    const data = Buffer.concat([
      Buffer.from('\u0001\u0005\0\0\u0002\0\0\0\u0008\0\0\0Package\0'),
      Buffer.alloc(8),
      native,
    ]);
    const rtf = `{\\rtf1 {\\*\\template https://far.example/t}{\\object{\\*\\objdata ${data.toString('hex')}}} Hello}`;
    const document = await parseMail(mailWith('x', { name: 'a.doc', body: doc }, { name: 'a.rtf', body: rtf }));
    expect(treeOf(document)).toEqual([
      'a.doc embedded-object',
      '> run.exe',
      'a.rtf external-template embedded-object',
      '> run.exe',
    ]);
    expect(urlsOf(document)).toContain('attachment-document https://words.example/');
  });
});

/** A `\x01Ole10Native` stream. */
function packed(name: string, content: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(content.length);
  const head = Buffer.from(`\u0002\0${name}\0C:\\${name}\0`, 'latin1');
  return Buffer.concat([Buffer.alloc(4), head, Buffer.alloc(8), Buffer.from(`${name}\0`), size, content]);
}

/** A module of a VBA project: one chunk of letters alone ([MS-OVBA] 2.4.1). */
function packedModule(code: string): Buffer {
  const letters = Buffer.from(`Attribute VB_Name = "Module1"\r\n${code}\r\n`);
  const groups: Buffer[] = [];
  for (let at = 0; at < letters.length; at += 8) groups.push(Buffer.from([0]), letters.subarray(at, at + 8));
  const chunk = Buffer.concat(groups);
  const head = Buffer.alloc(3);
  head[0] = 1;
  head.writeUInt16LE(0xb000 | (chunk.length - 1), 1);
  return Buffer.concat([Buffer.from('MODULE'), head, chunk]);
}

describe('pages, invitations and pictures', () => {
  test('an attached page gives its form, its links, and what its scripts hold', async () => {
    const hidden = Buffer.from('<html><body>Invoice <a href="https://hidden.example/">open</a></body></html>');
    const half = Math.floor(hidden.toString('base64').length / 2);
    const code = `"${hidden.toString('base64').slice(0, half)}" + "${hidden.toString('base64').slice(half)}"`;
    const page = `<html><form action="https://post.example/"><input type=password></form><script>const b = new Blob([atob(${code})]); a.download = 'invoice.html'; a.href = URL.createObjectURL(b);</script></html>`;
    const document = await parseMail(mailWith('hello', { name: 'a.html', type: 'text/html', body: page }));
    expect(treeOf(document)).toEqual(['a.html script form password-field form-submit smuggling', '> invoice.html']);
    expect(urlsOf(document)).toEqual([
      'attachment-html https://post.example/',
      'attachment-html https://hidden.example/',
    ]);
    expect(idsOf(document)).toEqual(expect.arrayContaining(['attachment.smuggling', 'attachment.asks-password']));
  });

  test.each([
    [
      'percent escapes',
      `document.write(unescape("${percent('<html><body><a href="https://in.example/">x</a>  </body></html>')}"))`,
    ],
    [
      'hexadecimal',
      `run("${Buffer.from('<html><body><a href="https://in.example/">x</a>  </body></html>').toString('hex')}")`,
    ],
    [
      'numbers',
      `String.fromCharCode(${[...Buffer.from('<html><body><a href="https://in.example/">x</a>  </body></html>')].join(', ')})`,
    ],
  ])('what a script writes in %s is decoded', async (_, script) => {
    const page = `<html><script>${script}</script></html>`;
    const document = await parseMail(mailWith('hello', { name: 'a.html', type: 'text/html', body: page }));
    expect(treeOf(document)).toEqual(['a.html script smuggling', '> script.html']);
    expect(urlsOf(document)).toContain('attachment-html https://in.example/');
  });

  test('an invitation gives its organizer, its words, its links and its files', async () => {
    const lines = [
      'BEGIN:VCALENDAR',
      'BEGIN:VEVENT',
      'ORGANIZER;CN=Ann:mailto:ann@cal.example',
      'SUMMARY:Overdue invoice',
      'DESCRIPTION:see https://cal.exam',
      ' ple/join',
      'ATTACH;FILENAME=note.txt;ENCODING=BASE64;VALUE=BINARY:aGVsbG8=',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ];
    const body = lines.join('\r\n');
    const document = await parseMail(mailWith('hello', { name: 'a.ics', type: 'text/calendar', body }));
    expect(document.mails[0]?.contents?.[0]?.text).toContain('Overdue invoice');
    expect(urlsOf(document)).toEqual(['calendar https://cal.example/join']);
    expect(extractIndicators(document).addresses.map(({ address }) => address)).toContain('ann@cal.example');
    expect(treeOf(document)).toEqual(['a.ics', '> note.txt']);
  });

  test('the codes of attached and inline pictures are links with their place', async () => {
    const picture = await qrPicture('HTTPS://QR.EXAMPLE/A');
    const attached = await parseMail(mailWith('scan', { name: 'a.png', type: 'image/png', body: picture }));
    expect(urlsOf(attached)).toEqual(['qr https://qr.example/A']);
    expect(idsOf(attached)).toContain('qr.link');
    const inline = await parseMail(htmlMail(`<img src="data:image/png;base64,${picture.toString('base64')}">`));
    expect(inline.mails[0]?.attachments).toMatchObject([{ via: 'body', detectedType: 'image/png' }]);
    expect(urlsOf(inline)).toContain('qr https://qr.example/A');
  });

  test('a picture that says that it is huge is not decoded', async () => {
    const picture = await qrPicture('https://qr.example/');
    picture.writeUInt32BE(60_000, 16);
    picture.writeUInt32BE(60_000, 20);
    const document = await parseMail(mailWith('scan', { name: 'a.png', type: 'image/png', body: picture }));
    expect(document.limits.map(({ limit }) => limit)).toEqual(['image-pixels']);
    expect(urlsOf(document)).toEqual([]);
  });
});

function percent(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
