import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Findings, Indicators, MailDocument } from '@sluice/contracts';
import { checkMail } from '../src/checks/index.ts';
import { processSpentMs } from '../src/documents/budget.ts';
import { extractIndicators } from '../src/mail/extract.ts';
import { parseMail } from '../src/mail/parse.ts';

const corpus = fileURLToPath(new URL('../../../../shared/corpus/', import.meta.url));
const labels = ['phish', 'spam', 'ham', 'torture'];
const isThere = labels.every((label) => existsSync(join(corpus, label)));
if (!isThere) process.stderr.write('Skipped: no corpus of real mails at ../shared/corpus.\n');

const PER_LABEL = 38;

/** Evenly spread over the label's files, whose names are hashes. */
function sampleOf(label: string): string[] {
  const names = readdirSync(join(corpus, label)).toSorted();
  const step = Math.max(1, Math.floor(names.length / PER_LABEL));
  return names.filter((_, index) => index % step === 0).map((name) => join(corpus, label, name));
}

(isThere ? describe : describe.skip)('real mails', () => {
  test.each(labels)(
    '%s: every mail gives a valid document, indicators and findings within two seconds of processor time',
    async (label) => {
      for (const path of sampleOf(label)) {
        const first = await read(path);
        // A process pays for its compiling and collecting in the middle of some mail; not twice in the same one.
        const { spentMs, document, indicators, findings } = first.spentMs > 2_000 ? await read(path) : first;
        expect({ path, isSlow: spentMs > 2_000 }).toEqual({ path, isSlow: false });
        MailDocument.parse(document);
        Indicators.parse(indicators);
        Findings.parse({ v: 1, findings });
      }
    },
  );

  test('mails of mailing lists mostly stay below the mark of suspicion', async () => {
    const scores = await Promise.all(sampleOf('ham').map(scoreOf));
    expect(scores.filter((score) => score >= 40).length).toBeLessThanOrEqual(scores.length * 0.05);
  });
});

/** Not by the clock: other tests run beside this one. `npm run bench -- torture` holds every mail against the clock, alone. */
async function read(path: string) {
  const beganMs = processSpentMs();
  const document = await parseMail(readFileSync(path));
  const indicators = extractIndicators(document);
  const findings = checkMail(document, indicators);
  return { spentMs: processSpentMs() - beganMs, document, indicators, findings };
}

/** The noisy-or of the weights, as the score is made. */
async function scoreOf(path: string): Promise<number> {
  const { findings } = await read(path);
  return 100 * (1 - findings.reduce((product, finding) => product * (1 - finding.weight / 100), 1));
}
