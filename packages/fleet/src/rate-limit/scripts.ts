import { bindScript, readScript, type Script } from '../redis/index.ts';

const LUA = new URL('./lua/', import.meta.url);
const NAMES = ['take', 'end', 'release', 'close', 'report', 'state', 'open', 'configure', 'grant'] as const;
type Name = (typeof NAMES)[number];
export type QuotaScripts = Readonly<Record<Name, Script>>;

const known = new Map<string, QuotaScripts>();
const MOST_KNOWN = 1_000;

/** The scripts of a plan. Their texts hold it, so that a server keeps one set for all quotas of one plan. */
export function scriptsOf({ identity, source }: { identity: string; source: string }): QuotaScripts {
  const held = known.get(identity);
  if (held !== undefined) return held;
  const made = Object.fromEntries(
    NAMES.map((name) => [name, bindScript(readQuotaScript(name, source))]),
  ) as QuotaScripts;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(identity, made);
  return made;
}

const texts = new Map<Name, string>();

function readQuotaScript(name: Name, source: string): string {
  const text = texts.get(name) ?? readScript(LUA, name);
  texts.set(name, text);
  return text.replace('--@plan', () => source);
}
