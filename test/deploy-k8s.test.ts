import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { REPOSITORY } from '@sluice/supervisor';
import { faultsIn } from './deploy-promql.ts';
import { parseYaml } from './deploy-yaml.ts';

interface Labels {
  [name: string]: string;
}
interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: 'In' | 'NotIn'; values: string[] }[];
}
interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: { name: string } };
}
interface Container {
  name: string;
  image: string;
  workingDir: string;
  env: Variable[];
  volumeMounts: object[];
  securityContext: object;
  resources: { requests: Labels; limits: Labels };
  [probe: `${string}Probe`]: { httpGet: { path: string; port: string } };
}
interface PodSpec {
  containers: Container[];
  securityContext: { seccompProfile: object };
  automountServiceAccountToken: boolean;
  volumes: object[];
}
interface Peer {
  ipBlock?: { cidr: string; except?: string[] };
}
interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: {
    template: { metadata: { labels: Labels }; spec: PodSpec };
    selector: Selector;
    podSelector: Selector;
    policyTypes: string[];
    ingress?: { from?: object[]; ports: { port: number }[] }[];
    egress?: { to: Peer[]; ports?: { port: number }[] }[];
    scaleTargetRef: { name: string };
    triggers: { type: string; metadata: { query: string; threshold: string } }[];
  };
}

const COMPONENT = 'app.kubernetes.io/component';
const SERVICES = readdirSync(join(REPOSITORY, 'services')).toSorted();
const POOLS = ['aggregation', 'analysis', 'sandbox'];
const OVERLAYS = ['small', 'production'];

/** Any kubectl will do, Debian's of the package kubernetes-client too, which `npm test` installs where it can; null where there is none. */
function render(overlay: string): Manifest[] | null {
  const args = ['kustomize', `deploy/k8s/overlays/${overlay}`];
  const { status, stdout, stderr, error } = spawnSync('kubectl', args, { cwd: REPOSITORY, encoding: 'utf8' });
  if (error !== undefined) return null;
  if (status !== 0) throw new Error(stderr);
  return parseYaml(stdout) as Manifest[];
}

const rendered = new Map(OVERLAYS.map((overlay) => [overlay, render(overlay)]));
const withKubectl = [...rendered.values()].every((manifests) => manifests !== null) ? describe : describe.skip;

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => values.includes(labels[key] ?? '') === (operator === 'In'))
  );
}

withKubectl.each(OVERLAYS)('the overlay %s', (overlay) => {
  const all = rendered.get(overlay) ?? [];
  const ofKind = (kind: string) => all.filter((one) => one.kind === kind);
  const deployments = ofKind('Deployment');
  const labelsOf = ({ spec }: Manifest) => spec.template.metadata.labels;
  const names = (some: Manifest[]) => some.map(({ metadata }) => metadata.name).toSorted();

  /** Policies of one direction that hold for a component. */
  const policiesOf = (component: string, direction: 'Ingress' | 'Egress') => {
    const labels = { 'app.kubernetes.io/name': 'sluice', [COMPONENT]: component };
    return ofKind('NetworkPolicy').filter(
      ({ spec }) => spec.policyTypes.includes(direction) && selects(spec.podSelector, labels),
    );
  };
  const withPolicy = (name: string, direction: 'Ingress' | 'Egress') =>
    SERVICES.filter((service) => names(policiesOf(service, direction)).includes(name));

  test('has a Deployment and a disruption budget for each of the six services, in one namespace', () => {
    expect(names(deployments)).toEqual(SERVICES);
    expect(names(ofKind('PodDisruptionBudget'))).toEqual(SERVICES);
    for (const one of deployments) {
      expect(labelsOf(one)[COMPONENT]).toBe(one.metadata.name);
      expect(one.spec.template.spec.containers[0]?.workingDir).toBe(`/app/services/${one.metadata.name}`);
      expect(selects(one.spec.selector, labelsOf(one))).toBe(true);
    }
    const namespaced = all.filter(({ kind }) => kind !== 'Namespace');
    expect(new Set(namespaced.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['sluice']));
  });

  test('gives no pod more than it needs: no root, no privilege, nothing to write to, no token, a list of system calls', () => {
    for (const { metadata, spec } of deployments) {
      const { containers, securityContext, automountServiceAccountToken } = spec.template.spec;
      expect(automountServiceAccountToken).toBe(false);
      expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(securityContext.seccompProfile).toEqual(
        metadata.name === 'sandbox-worker'
          ? { type: 'Localhost', localhostProfile: 'sluice/chromium.json' }
          : { type: 'RuntimeDefault' },
      );
      for (const { securityContext: own } of containers) {
        expect(own).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  test('probes every service and bounds its memory', () => {
    for (const { spec } of deployments) {
      for (const { startupProbe, livenessProbe, readinessProbe, resources } of spec.template.spec.containers) {
        expect(livenessProbe?.httpGet).toEqual({ path: '/health/live', port: 'metrics' });
        for (const probe of [startupProbe, readinessProbe]) {
          expect(probe?.httpGet).toEqual({ path: '/health/ready', port: 'metrics' });
        }
        expect(resources.limits).toHaveProperty('memory');
        expect(resources.requests).toHaveProperty('cpu');
      }
    }
  });

  test('writes no secret down, and gives each service only its own', () => {
    const holders = (secret: string) =>
      names(deployments.filter(({ spec }) => JSON.stringify(spec.template.spec).includes(`"${secret}"`)));
    expect(ofKind('Secret')).toEqual([]);
    expect(holders('sluice-stores')).toEqual(SERVICES.filter((service) => service !== 'retry-worker'));
    for (const service of SERVICES) expect(holders(`sluice-redis-${service}`)).toEqual([service]);
    expect(holders('sluice-record')).toEqual(['gateway', 'orchestrator', 'retry-worker']);
    expect(holders('sluice-providers')).toEqual(['analyzer-worker']);
    expect(holders('sluice-admin')).toEqual(['gateway']);
    const variables = deployments.flatMap(({ spec }) => spec.template.spec.containers.flatMap(({ env }) => env));
    const written = variables.filter(({ name, value }) => /(_URL|_KEY|_PASSWORD)$/.test(name) && value !== undefined);
    expect(written).toEqual([]);
  });

  test("gives analyzers the operator's YARA rules, which may be missing", () => {
    const { containers, volumes } = deployments.find(({ metadata }) => metadata.name === 'analyzer-worker')?.spec
      .template.spec ?? { containers: [], volumes: [] };
    expect(volumes).toContainEqual({ name: 'yara', configMap: { name: 'sluice-yara', optional: true } });
    const mountPath = containers[0]?.env.find(({ name }) => name === 'YARA_RULES_DIR')?.value;
    expect(containers[0]?.volumeMounts).toContainEqual({ name: 'yara', mountPath, readOnly: true });
  });

  test('scales each pool by the work in its queue', () => {
    const queries = ofKind('ScaledObject').flatMap(({ spec }) =>
      spec.triggers.filter(({ type }) => type === 'prometheus').map(({ metadata }) => metadata),
    );
    expect(queries.map(({ query }) => /pool="(\w+)"/.exec(query)?.[1] ?? '').toSorted()).toEqual(POOLS);
    for (const { query, threshold } of queries) {
      expect(query).toContain('state=~"waiting|running"');
      expect(faultsIn(query)).toEqual([]);
      expect(Number(threshold)).toBeGreaterThan(0);
    }
    for (const { spec } of ofKind('ScaledObject')) expect(SERVICES).toContain(spec.scaleTargetRef.name);
  });

  test('lets nothing pass that is not said: all pods are shut in both directions', () => {
    for (const service of SERVICES) {
      expect(names(policiesOf(service, 'Ingress'))).toContain('nothing');
      expect(names(policiesOf(service, 'Egress'))).toContain('nothing');
    }
    const nothing = ofKind('NetworkPolicy').find(({ metadata }) => metadata.name === 'nothing');
    expect([nothing?.spec.ingress, nothing?.spec.egress]).toEqual([undefined, undefined]);
  });

  test('lets only probes and metrics into the sandbox', () => {
    const ports = policiesOf('sandbox-worker', 'Ingress').flatMap(({ spec }) => spec.ingress ?? []);
    expect(ports.flatMap((rule) => rule.ports.map(({ port }) => port))).toEqual([9464]);
  });

  test('lets only those out into the world that must, and to no private place', () => {
    expect(withPolicy('world', 'Egress')).toEqual(['aggregator-worker', 'analyzer-worker', 'sandbox-worker']);
    expect(withPolicy('record', 'Egress')).toEqual(['gateway', 'orchestrator', 'retry-worker']);
    expect(withPolicy('queue-intake', 'Egress')).toEqual(['gateway']);
    expect(withPolicy('traces', 'Egress')).not.toContain('sandbox-worker');
    const wide = ofKind('NetworkPolicy').flatMap(({ spec }) =>
      (spec.egress ?? []).flatMap(({ to }) =>
        to.flatMap(({ ipBlock }) => (ipBlock?.cidr === '0.0.0.0/0' ? [ipBlock] : [])),
      ),
    );
    expect(wide).toHaveLength(1);
    const closed = ['10.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];
    expect(wide[0]?.except).toEqual(expect.arrayContaining(closed));
  });

  test('is valid by the schemas of Kubernetes, KEDA and the Prometheus operator', async () => {
    const faults = await Promise.all(all.map(schemaFault));
    expect(faults.filter((fault) => fault !== null)).toEqual([]);
    const broken = structuredClone(deployments[0] as unknown as { spec: { replicas: unknown } } & Manifest);
    broken.spec.replicas = 'two';
    expect(await schemaFault(broken)).toContain('replicas');
  });
});

test('the sandbox may make user namespaces, and none of the calls that only root has', () => {
  const text = readFileSync(join(REPOSITORY, 'deploy/docker/chromium-seccomp.json'), 'utf8');
  const { defaultAction, syscalls } = JSON.parse(text) as {
    defaultAction: string;
    syscalls: { names: string[]; action: string }[];
  };
  const allowed = syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW').flatMap(({ names }) => names);
  expect(defaultAction).toBe('SCMP_ACT_ERRNO');
  expect(allowed).toEqual(expect.arrayContaining(['clone', 'unshare', 'setns', 'chroot']));
  const forRoot = [
    'mount',
    'umount2',
    'bpf',
    'init_module',
    'kexec_load',
    'keyctl',
    'perf_event_open',
    'reboot',
    'swapon',
  ];
  expect(allowed.filter((name) => forRoot.includes(name))).toEqual([]);
});

type Models = Record<string, new (data: Manifest) => { validate(): void }>;
/** The schemas of each API that the manifests use. */
const SCHEMAS: Readonly<Record<string, () => Promise<unknown>>> = {
  v1: () => import('kubernetes-models/v1'),
  'apps/v1': () => import('kubernetes-models/apps/v1'),
  'policy/v1': () => import('kubernetes-models/policy/v1'),
  'networking.k8s.io/v1': () => import('kubernetes-models/networking.k8s.io/v1'),
  'keda.sh/v1alpha1': () => import('@kubernetes-models/keda/keda.sh/v1alpha1'),
  'monitoring.coreos.com/v1': () => import('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'),
};

/** What is wrong with a manifest by its schema, or null. */
async function schemaFault(manifest: Manifest): Promise<string | null> {
  const models = (await SCHEMAS[manifest.apiVersion]?.()) as Models | undefined;
  const Model = models?.[manifest.kind];
  if (Model === undefined) return `${manifest.kind}: there is no such kind`;
  try {
    new Model(manifest).validate();
    return null;
  } catch (error) {
    return `${manifest.kind} ${manifest.metadata.name}: ${(error as Error).message}`;
  }
}
