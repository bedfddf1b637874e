import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { REPOSITORY } from '@sluice/supervisor';
import { readYaml } from './deploy-yaml.ts';
import { CACHED } from './redis-users.ts';

interface ComposeService {
  image: string;
  working_dir?: string;
  command?: string[];
  environment?: Record<string, string>;
  networks: string[];
  secrets?: (string | { source: string; target: string })[];
  ports?: string[];
  profiles?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  cpus?: number;
  healthcheck?: object;
}
interface Scraping {
  scrape_configs: { dns_sd_configs: { names: string[] }[] }[];
}
interface Compose {
  services: Record<string, ComposeService>;
  networks: Record<string, { internal?: boolean; driver_opts?: Record<string, string> }>;
  secrets: Record<string, { file: string }>;
}

const compose = readYaml('docker-compose.yml') as Compose;
const entries = Object.entries(compose.services);
/** Those that run our image. */
const ours = entries.filter(([, { image }]) => image.startsWith('sluice'));
const SERVICES = readdirSync(join(REPOSITORY, 'services')).toSorted();
const secretsOf = ({ secrets = [] }: ComposeService) =>
  secrets.map((secret) => (typeof secret === 'string' ? secret : secret.source));
const holders = (secret: string) =>
  entries.filter(([, service]) => secretsOf(service).includes(secret)).map(([name]) => name);

describe('docker-compose.yml', () => {
  test('runs the six services, their stores and what watches them; mail and RabbitMQ only where asked for', () => {
    const always = entries.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
    const around = ['redis-queue', 'redis-cache', 'postgres', 'prometheus', 'grafana', 'otel-collector'];
    expect(always.toSorted()).toEqual([...SERVICES, ...around].toSorted());
    for (const service of SERVICES) {
      expect(compose.services[service]?.working_dir).toBe(`/app/services/${service}`);
    }
    expect(new Set(entries.flatMap(([, { profiles = [] }]) => profiles))).toEqual(new Set(['mail', 'rabbitmq']));
  });

  test('bounds memory and processor of every container, and pins every image', () => {
    for (const [name, { mem_limit, cpus, image }] of entries) {
      expect([name, typeof mem_limit, typeof cpus]).toEqual([name, 'string', 'number']);
      expect(image).toMatch(/:[^:]*\d/);
    }
  });

  test('gives our containers no privilege and nothing to write to but /data and /tmp', () => {
    for (const [, { read_only, cap_drop, security_opt, volumes = [] }] of ours) {
      const writable = volumes.filter((volume) => !volume.endsWith(':ro'));
      expect({ read_only, cap_drop, writable }).toEqual({
        read_only: true,
        cap_drop: ['ALL'],
        writable: ['data:/data'],
      });
      expect(security_opt).toContain('no-new-privileges:true');
    }
    expect(compose.services['sandbox-worker']?.security_opt).toContain('seccomp=deploy/docker/chromium-seccomp.json');
  });

  test('starts our services when their stores are healthy', () => {
    for (const [, { depends_on = {} }] of ours) {
      for (const store of ['redis-queue', 'redis-cache', 'postgres']) {
        expect(depends_on[store]?.condition).toBe('service_healthy');
        expect(compose.services[store]?.healthcheck).toBeDefined();
      }
    }
  });

  test('has a queue that forgets nothing and a cache that forgets what is used least', () => {
    expect(compose.services['redis-queue']?.command?.join(' ')).toMatch(/appendonly yes.*noeviction/);
    expect(compose.services['redis-cache']?.command?.join(' ')).toMatch(/appendonly no.*allkeys-lru/);
  });

  test('takes every secret from a file, and gives each service only its own', () => {
    for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`deploy/secrets/${name}`);
    for (const [, service] of entries) {
      const { environment = {} } = service;
      for (const [name, value] of Object.entries(environment)) {
        if (!/(_URL|_KEY|PASSWORD|_FILE)$/.test(name)) continue;
        expect(name).toMatch(/_FILE$/);
        expect(secretsOf(service)).toContain(value.replace('/run/secrets/', ''));
      }
    }
    const doors = ['gateway', 'mail-intake', 'queue-intake'];
    expect(holders('database_url').toSorted()).toEqual([...doors, 'orchestrator', 'retry-worker'].toSorted());
    // All of ours see the folder /data. In it, the operators' key is a file that gateways alone are given.
    expect(holders('admin_key')).toEqual(doors);
    for (const door of doors) {
      expect(compose.services[door]?.secrets).toContainEqual({ source: 'admin_key', target: '/data/admin.key' });
    }
    expect(holders('data_key')).not.toContain('retry-worker');
    for (const secret of Object.keys(compose.secrets).filter((name) => name.endsWith('_api_key'))) {
      expect(holders(secret)).toEqual(['analyzer-worker']);
    }
  });

  test('lets each service come to Redis as a user of its own, and to the cache only who has one', () => {
    const usersFile = (server: string) => compose.services[server]?.command?.join(' ');
    expect(usersFile('redis-queue')).toContain('--aclfile /run/secrets/redis_queue_users');
    expect(usersFile('redis-cache')).toContain('--aclfile /run/secrets/redis_cache_users');
    expect([holders('redis_queue_users'), holders('redis_cache_users')]).toEqual([['redis-queue'], ['redis-cache']]);
    for (const [, { working_dir = '', environment = {} }] of ours) {
      const service = working_dir.replace('/app/services/', '');
      const user = service.replaceAll('-', '_');
      const own = CACHED.includes(service) ? `/run/secrets/cache_redis_url_${user}` : undefined;
      expect(environment.REDIS_URL_FILE).toBe(`/run/secrets/redis_url_${user}`);
      expect(environment.CACHE_REDIS_URL_FILE).toBe(own);
    }
  });

  test('opens a way out only for links, providers, webhooks and traces', () => {
    const outside = entries.filter(([, { networks }]) => networks.includes('outside')).map(([name]) => name);
    expect(outside.toSorted()).toEqual(['aggregator-worker', 'analyzer-worker', 'otel-collector', 'sandbox-worker']);
    expect([compose.networks.inside?.internal, compose.networks.record?.internal]).toEqual([true, true]);
    for (const [store, network] of [
      ['redis-queue', 'inside'],
      ['redis-cache', 'inside'],
      ['postgres', 'record'],
    ] as const) {
      expect(compose.services[store]?.networks).toEqual([network]);
      expect(compose.services[store]?.ports).toBeUndefined();
    }
    // The firewall finds the two ways out by their bridges.
    const rules = readFileSync(join(REPOSITORY, 'deploy/docker/firewall.sh'), 'utf8');
    for (const name of ['outside', 'front']) {
      const bridge = compose.networks[name]?.driver_opts?.['com.docker.network.bridge.name'];
      expect(rules).toContain(`-i ${bridge} ! -o ${bridge} `);
    }
    const near = entries.filter(([, { networks }]) => networks.includes('record')).map(([name]) => name);
    expect(near.toSorted()).toEqual(['postgres', ...holders('database_url')].toSorted());
  });

  test('publishes ports on loopback unless somebody says otherwise, and none of what is scaled', () => {
    const published = entries.flatMap(([, { ports = [] }]) => ports);
    for (const port of published) expect(port).toMatch(/^\$\{(MAIL_)?BIND:-127\.0\.0\.1\}:/);
    for (const worker of ['analyzer-worker', 'sandbox-worker', 'aggregator-worker']) {
      expect(compose.services[worker]?.ports).toBeUndefined();
    }
  });

  test('is watched whole: Prometheus looks for every container of ours', () => {
    const { scrape_configs } = readYaml('deploy/prometheus/prometheus.yml') as Scraping;
    const looked = scrape_configs.flatMap(({ dns_sd_configs }) => dns_sd_configs.flatMap(({ names }) => names));
    expect(looked.toSorted()).toEqual(ours.map(([name]) => name).toSorted());
  });

  test("gives analyzers, and nobody else, the operator's YARA rules, where they look for them", () => {
    const mounted = ours.filter(([, { volumes = [] }]) => volumes.some((volume) => volume.startsWith('./')));
    expect(mounted.map(([name]) => name)).toEqual(['analyzer-worker']);
    const { environment, volumes } = compose.services['analyzer-worker'] ?? {};
    expect(volumes).toContain(`./deploy/yara:${environment?.YARA_RULES_DIR}:ro`);
  });

  test('mounts only files that are there', () => {
    const mounted = entries.flatMap(([, { volumes = [] }]) => volumes.filter((one) => one.startsWith('./')));
    expect(mounted.length).toBeGreaterThan(3);
    for (const mount of mounted) expect(existsSync(join(REPOSITORY, mount.split(':')[0] ?? ''))).toBe(true);
  });
});

describe('secrets.sh', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-secrets-'));
    for (const part of ['docker', 'redis']) {
      cpSync(join(REPOSITORY, 'deploy', part), join(folder, part), { recursive: true });
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function make(): Record<string, string> {
    expect(spawnSync('sh', [join(folder, 'docker/secrets.sh')], { encoding: 'utf8' })).toMatchObject({ status: 0 });
    const place = join(folder, 'secrets');
    return Object.fromEntries(readdirSync(place).map((name) => [name, readFileSync(join(place, name), 'utf8')]));
  }

  test('makes every secret that Compose names, and never another one in its place', () => {
    const made = make();
    expect(Object.keys(made)).toEqual(expect.arrayContaining(Object.keys(compose.secrets)));
    expect(make()).toEqual(made);
  });

  test('gives each service the address of its own user, with the password that Redis knows', () => {
    const made = make();
    const url = new URL(made['redis_url_sandbox_worker'] ?? '');
    expect([url.username, url.host]).toEqual(['sandbox-worker', 'redis-queue:6379']);
    expect(made['redis_queue_users']).toContain(`user sandbox-worker on >${url.password} ~job:*`);
    expect(made['cache_redis_url_sandbox_worker']).not.toContain(url.password);
    expect(made['redis_queue_users']).not.toContain('PASSWORD_OF');
  });

  test('takes over the rules of a newer version, and leaves the passwords', () => {
    const before = make();
    const rules = join(folder, 'redis/cache.acl');
    writeFileSync(rules, readFileSync(rules, 'utf8').replace('~cache:visits:*', '~cache:newer:*'));
    const after = make();
    expect(after['redis_cache_users']).toBe(before['redis_cache_users']?.replace('~cache:visits:*', '~cache:newer:*'));
    expect({ ...after, redis_cache_users: '' }).toEqual({ ...before, redis_cache_users: '' });
  });
});

describe('the preload that reads secrets from files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-secrets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function run(environment: Record<string, string>): { status: number | null; stdout: string; stderr: string } {
    const preload = join(REPOSITORY, 'deploy/docker/secrets.mjs');
    const print = 'const { PATH, ...rest } = process.env; console.log(JSON.stringify(rest))';
    const args = ['--import', preload, '-e', print];
    return spawnSync(process.execPath, args, { encoding: 'utf8', env: environment });
  }

  test('puts the content of a file where the setting is looked for', () => {
    writeFileSync(join(folder, 'one'), 'redis://:secret@host:6379\n');
    const { stdout } = run({ REDIS_URL_FILE: join(folder, 'one'), DATA_KEY_FILE: join(folder, 'one') });
    const url = 'redis://:secret@host:6379';
    expect(JSON.parse(stdout)).toEqual({ REDIS_URL: url, DATA_KEY: url });
  });

  test('leaves alone what is no secret of ours', () => {
    const { stdout } = run({ SSL_CERT_FILE: '/etc/ssl/some.pem' });
    expect(JSON.parse(stdout)).toEqual({ SSL_CERT_FILE: '/etc/ssl/some.pem' });
  });

  test('refuses a file that is not there, and a setting that is given twice, without telling its value', () => {
    expect(run({ DATABASE_URL_FILE: join(folder, 'none') })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('DATABASE_URL_FILE names a file that cannot be read'),
    });
    writeFileSync(join(folder, 'two'), 'hush');
    const twice = run({ DATA_KEY: 'hush', DATA_KEY_FILE: join(folder, 'two') });
    expect(twice).toMatchObject({ status: 2, stderr: expect.stringContaining('both set') });
    expect(twice.stderr).not.toContain('hush');
  });
});

test('an image sees neither secrets nor data: what a build may read is listed', () => {
  const lines = readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8').split('\n');
  expect(lines).toContain('*');
  const letIn = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  expect(letIn.filter((path) => /secret(?!s\.mjs)|data|git/.test(path))).toEqual([]);
});
