import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FleetFile } from '@sluice/contracts';
import { z } from 'zod';
import { StartError } from './errors.ts';
import type { RunningProcess } from './program.ts';
import { identify } from './process-identity.ts';

/** What stands in `processes.json`: enough to recognise, after a crash of the supervisor, the processes that it left. */
const ProcessesFile = z.object({
  v: z.literal(1),
  processes: z.array(z.object({ name: z.string(), pid: z.number(), identity: z.string() })),
});
export type RecordedProcess = z.infer<typeof ProcessesFile>['processes'][number];

/** The files of a data folder that are the supervisor's. All are readable by their owner only. */
export class DataFolder {
  readonly root: string;
  readonly logs: string;
  readonly lockFile: string;

  /** Makes the folder where it is missing, with mode 0700: mails, keys and the files of servers lie in it. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.root = realpathSync(folder);
    this.logs = join(this.root, 'logs');
    this.lockFile = join(this.root, 'supervisor.lock');
    mkdirSync(this.logs, { recursive: true, mode: 0o700 });
  }

  /** The password of our Redis servers: made once, then the same for ever, so that a restart finds its servers' files open to it. */
  redisPassword(): string {
    return this.#secret('redis.password', 'hex', /^[0-9a-f]{64}$/);
  }

  /** What seals secrets and stored mails. Who loses it loses them. Throws {@link StartError} where the file is there but holds no key: another one would open nothing. */
  dataKey(): string {
    const file = join(this.root, 'data.key');
    return this.#secret('data.key', 'base64url', /^[\w-]{43}$/, () => {
      throw new StartError(`${file} holds no key. Bring back its backup, or set DATA_KEY.`);
    });
  }

  /** 32 random bytes in a file: made once, then the same for ever. */
  #secret(name: string, encoding: 'hex' | 'base64url', shape: RegExp, onOther: () => void = () => undefined): string {
    const file = join(this.root, name);
    const known = readText(file)?.trim();
    if (known !== undefined && shape.test(known)) {
      chmodSync(file, 0o600);
      return known;
    }
    if (known !== undefined) onOther();
    const made = randomBytes(32).toString(encoding);
    replace(file, `${made}\n`);
    return made;
  }

  readFleet(): FleetFile | null {
    return readJson(join(this.root, 'fleet.json'), FleetFile);
  }

  writeFleet(fleet: FleetFile): void {
    replace(join(this.root, 'fleet.json'), `${JSON.stringify(FleetFile.parse(fleet), null, 2)}\n`);
  }

  removeFleet(): void {
    rmSync(join(this.root, 'fleet.json'), { force: true });
  }

  recordedProcesses(): readonly RecordedProcess[] {
    return readJson(join(this.root, 'processes.json'), ProcessesFile)?.processes ?? [];
  }

  recordProcesses(running: readonly RunningProcess[]): void {
    const processes = running.flatMap(({ name, pid }) => {
      const identity = identify(pid);
      return identity === null ? [] : [{ name, pid, identity }];
    });
    replace(join(this.root, 'processes.json'), `${JSON.stringify({ v: 1, processes })}\n`);
  }
}

/** A reader sees the old text or the new one, never a part. */
function replace(file: string, text: string): void {
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function readJson<T>(file: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}
