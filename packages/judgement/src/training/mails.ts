import { readFileSync } from 'node:fs';
import { attachmentOf, bodyOf, htmlBody, plainBody, shapeOf } from './body.ts';
import { type Draft, fill, pick, pickSome, type Random, randomFrom, type Scene, token } from './draft.ts';
import { cheatingLink, honestLink } from './links.ts';
import { cheatingSender, honestSender, replyTo } from './senders.ts';

/** A mail of our own making, for training alone. */
type TrainingMail = { isHonest: boolean; scene: string; language: string; source: string };

const MARKS = ['🎁', '⚠️', '💰', '✅', '🔥', '❗', '📦', '💎'];
const HONEST_MARKS = ['🎉', '☀️', '🌱', '😍', '📦', '🎁', '✨', '⏰', '❤️'];

/** The same mails for the same seed: `each` of every scene. */
export function makeTrainingMails(seed: number, each: number): TrainingMail[] {
  const random = randomFrom(seed);
  return (['honest', 'lures'] as const).flatMap((file) => {
    const isHonest = file === 'honest';
    return scenesOf(readFileSync(new URL(`./${file}.txt`, import.meta.url), 'utf8')).flatMap((scene) =>
      Array.from({ length: each }, () => ({
        isHonest,
        scene: scene.name,
        language: scene.language,
        source: writeMail({ random, known: new Map(), scene, isHonest }),
      })),
    );
  });
}

function scenesOf(text: string): Scene[] {
  const scenes: Scene[] = [];
  for (const line of text.split('\n')) {
    const head = /^# (\S+) (\S+) (\S+) (\S+)$/.exec(line);
    if (head !== null) {
      const [, name = '', language = '', sender = '', links = ''] = head;
      scenes.push({ name, language, sender, links, lines: new Map() });
    }
    const entry = /^([NSTCAF]) (.+)$/.exec(line);
    const scene = scenes.at(-1);
    if (entry === null || scene === undefined) continue;
    const [, letter = '', words = ''] = entry;
    const known = scene.lines.get(letter) ?? [];
    scene.lines.set(letter, [...known, ...(letter === 'T' ? [words] : words.split('|'))]);
  }
  return scenes;
}

function writeMail(draft: Draft): string {
  const { random, scene, isHonest } = draft;
  const sender = isHonest ? honestSender(draft) : cheatingSender(draft);
  draft.known.set('own', sender.domain);
  const subject = fill(pick(scene.lines.get('S') ?? ['{topic}'], random), draft);
  const sentences = pickSome(scene.lines.get('T') ?? [], draft).map((text) => fill(text, draft));
  const calls = (scene.lines.get('C') ?? []).map((text) => fill(text, draft));
  const headers = [
    `From: ${sender.name === '' ? '' : `${encode(sender.name)} `}<${sender.address}>`,
    'To: user@example.org',
    `Subject: ${encode(isHonest ? dressLightly(subject, draft) : dressUp(subject, draft))}`,
    `Date: Tue, ${1 + Math.floor(random() * 28)} May 202${Math.floor(random() * 6)} 09:12:33 +0000`,
    ...replyTo(draft, sender.domain),
    'MIME-Version: 1.0',
  ];
  const link = () => (isHonest ? honestLink(draft, sender.domain) : cheatingLink(draft, sender.domain));
  const main = scene.links === 'none' && calls.length === 0 ? null : link();
  const plain = plainBody(sentences, calls, main, draft);
  const shape = shapeOf(draft);
  const html =
    shape === 'plain' ? null : htmlBody({ sentences, calls, main, link, shape, sender: sender.domain }, draft);
  return `${headers.join('\r\n')}\r\n${bodyOf(plain, html, attachmentOf(draft), shape, random)}`;
}

/** Shops and services like marks as well. */
function dressLightly(subject: string, { random, scene }: Draft): string {
  if (scene.sender !== 'firm' && scene.sender !== 'brand') return subject;
  const way = random();
  if (way < 0.06) return `${subject} ${pick(HONEST_MARKS, random)}`;
  if (way < 0.09) return `${pick(HONEST_MARKS, random)} ${subject}`;
  if (way < 0.12) return `${subject}!`;
  if (way < 0.16) return `${subject} (${token(random, 6).toUpperCase()})`;
  return subject;
}

/** Marks, codes and disguises that cheats put into subjects. */
function dressUp(subject: string, { random }: Draft): string {
  const way = random();
  if (way < 0.1) return `${pick(MARKS, random)} ${subject} ${pick(MARKS, random)}`;
  if (way < 0.17) return `${subject} #${token(random, 6)}`;
  if (way < 0.23) return `${pick(['RE', 'Fwd', 'Re'], random)}: ${subject}`;
  if (way < 0.27) return subject.toUpperCase();
  if (way < 0.32) return disguise(subject, random);
  if (way < 0.37) return `${subject}!!`;
  if (way < 0.4) return `user@example.org, ${subject}`;
  return subject;
}

function disguise(text: string, random: Random): string {
  const way = random();
  if (way < 0.35) return text.replaceAll('a', 'а').replaceAll('o', 'о').replaceAll('e', 'е');
  if (way < 0.7) return Array.from(text).join('\u200b');
  return text.replace(/[a-z]/g, (letter) => String.fromCodePoint(0x1d5ee + letter.charCodeAt(0) - 97));
}

function encode(text: string): string {
  return /^[\x20-\x7e]*$/.test(text)
    ? `"${text.replaceAll('"', "'")}"`.replace(/^"([\w ]*)"$/, '$1')
    : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}
