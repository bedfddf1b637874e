import { runAnalysisBench } from './analysis/bench.ts';
import { runBurstBench } from './burst/bench.ts';
import { runChaosBench } from './chaos/bench.ts';
import { runCorpusBench } from './corpus/bench.ts';
import { runDoorBench } from './door/bench.ts';
import { runDrainBench } from './drain/bench.ts';
import { runEngineBench } from './engine/bench.ts';
import { runJudgementBench } from './judgement/bench.ts';
import { runLimitersBench } from './limiters/bench.ts';
import { describeMachine } from './machine.ts';
import type { Benchmark } from './measure.ts';
import { runPolicyBench } from './policy/bench.ts';
import { runPostfixTrial } from './policy/postfix/bench.ts';
import { runProvidersBench } from './providers/bench.ts';
import { runScanBench } from './scan/bench.ts';
import { runSharingBench } from './sharing/bench.ts';
import { runSocketsBench } from './sockets/bench.ts';
import { runUpgradeBench } from './upgrade/bench.ts';
import { runTortureBench } from './torture/bench.ts';

/** One benchmark a name: `npm run bench -- NAME [ARGUMENTS] [--json]`. */
const benchmarks: Record<string, Benchmark> = {
  analysis: runAnalysisBench,
  burst: runBurstBench,
  chaos: runChaosBench,
  corpus: runCorpusBench,
  door: runDoorBench,
  drain: runDrainBench,
  engine: runEngineBench,
  judgement: runJudgementBench,
  limiters: runLimitersBench,
  policy: runPolicyBench,
  postfix: runPostfixTrial,
  providers: runProvidersBench,
  scan: runScanBench,
  sharing: runSharingBench,
  sockets: runSocketsBench,
  upgrade: runUpgradeBench,
  torture: runTortureBench,
};

const words = process.argv.slice(2).filter((word) => word !== '--json');
const isJson = process.argv.includes('--json');
const [name = '', ...rest] = words;
const benchmark = benchmarks[name];
if (benchmark === undefined) {
  process.stderr.write(
    `usage: npm run bench -- NAME [--json]\n  NAME is one of ${Object.keys(benchmarks).join(', ')}\n`,
  );
  process.exit(2);
}
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`machine: ${describeMachine()}`);
const { method, measures } = await benchmark(rest, say);
say(`method: ${method}`);
if (!isJson) for (const [measure, value] of Object.entries(measures)) say(`${measure}: ${value}`);
if (isJson) say(JSON.stringify({ benchmark: name, machine: describeMachine(), method, measures }));
