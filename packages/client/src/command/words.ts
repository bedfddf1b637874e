import { styleText } from 'node:util';
import type { Verdict } from '@sluice/contracts';

export type Part = Verdict | 'title' | 'quote';
/** Adds colour to a part of what a person reads, or nothing. */
export type Paint = (part: Part, text: string) => string;

const STYLES = {
  clean: ['bold', 'green'],
  suspicious: ['bold', 'yellow'],
  malicious: ['bold', 'red'],
  title: ['bold'],
  quote: ['dim'],
} as const;

/** Colours where the stream is a terminal that has them; NO_COLOR and FORCE_COLOR are obeyed. */
export function createPaint(stream: NodeJS.WritableStream): Paint {
  return (part, text) => styleText([...STYLES[part]], text, { stream });
}

/** Lines of at most `width` characters, each with the indent; a longer word is broken, as a URL has to be. */
export function wrap(text: string, width: number, indent: string): string[] {
  const room = Math.max(20, width - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((long) => pieces(long, room))) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => (indent + one).trimEnd());
}

function pieces(word: string, room: number): string[] {
  if (word.length <= room) return [word];
  const found: string[] = [];
  for (let at = 0; at < word.length; at += room) found.push(word.slice(at, at + room));
  return found;
}
