import { connectRedis, closeRedis } from '@sluice/fleet/redis';
import { createProducer } from '@sluice/fleet/queue';
import { startRedis } from '@sluice/testkit';
const s = await startRedis();
const mode = process.argv[2];
const r = connectRedis(s.url, { name: 'x', ...(mode.includes('t') ? { answerWithinMs: 5000 } : {}) });
await r.ping();
if (mode.includes('p')) { const p = createProducer(r); if (mode.includes('c')) await p.counts(); await p.close(); }
await closeRedis(r);
await s.stop();
const t = performance.now();
process.on('exit', () => console.log(mode, 'exit', performance.now()-t));
