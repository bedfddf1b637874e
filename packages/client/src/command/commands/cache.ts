import { readSome, UsageError } from '../options.ts';
import { readOperands } from '../options.ts';
import { command } from '../spec.ts';
import { bytes, type Cell } from '../table.ts';
import { showDone, showOne } from './show.ts';

const stats = command({
  name: 'cache stats',
  summary: "the cache's server, and the counts of the gateway's own process",
  async run({ operands, out, connect, signal }) {
    readOperands(operands);
    const found = await (await connect()).cacheStats(signal);
    const { isEnabled, isUp, memory, redis } = found;
    await showOne(out, found, [
      ['Cache', isEnabled ? (isUp ? 'on' : 'on, but its server does not answer') : 'off'],
      ['Memory', `${memory.entries} entries, ${bytes(memory.bytes)} of ${bytes(memory.maxBytes)}`],
      ...Object.entries(redis ?? {}).map(([name, value]): Cell[] => [
        `Redis ${name}`,
        value === null ? null : String(value),
      ]),
    ]);
    if (out.isJson) return;
    await out.lines('');
    const head = ['PART', 'HITS', 'MISSES', 'SAVED CALLS', 'ENTRIES'];
    const rows = Object.entries(found.namespaces).map(([name, one]): Cell[] => {
      return [name, one.memory + one.redis + one.joined, one.misses, one.savedCalls, one.memoryEntries];
    });
    await out.table(head, rows);
  },
});

const forget = command({
  name: 'cache forget',
  operands: 'PART KEY… | PART --all',
  summary: 'makes all processes forget answers: of a shared part for an operator, of a tenant’s own for its admin',
  more: 'A KEY is written as the part has it: url:https://a.example/, ip:192.0.2.1, or a URL for visits.',
  options: { all: { type: 'boolean', says: 'the whole part, of all tenants' } },
  async run({ values, operands, out, connect, signal }) {
    const [part = '', ...keys] = readSome(operands, 'The part of the cache');
    if (values.all === true && keys.length > 0) throw new UsageError('Name keys or --all, not both.');
    if (values.all !== true && keys.length === 0) throw new UsageError('Name keys, or --all for the whole part.');
    const { cache } = (await connect()).admin;
    if (values.all === true) {
      await cache.forgetAll(part, signal);
      await showDone(out, { namespace: part, key: null }, `All of ${part} is forgotten.`);
    }
    for (const key of keys) {
      await cache.forget(part, key, { tenant: values.tenant }, signal);
      await showDone(out, { namespace: part, key }, `One answer of ${part} is forgotten.`);
    }
  },
});

export const cacheCommands = [stats, forget];
