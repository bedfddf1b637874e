import type { TenantId } from '@sluice/contracts';
import type { Logger } from '@sluice/fleet/service';
import type { Settings } from '@sluice/fleet/settings';
import type { Records } from '@sluice/records';
import { actionOf } from './action.ts';
import { createDecide, type Decision } from './decide.ts';
import { type AddressDirectory, createAddressDirectory, type PolicyNamespace } from './directory.ts';
import { policyChecks, policyDuration } from './metrics.ts';
import { createRooms, type Room } from './room.ts';
import { createPolicyServer } from './server.ts';
import type { PolicySettings } from './settings.ts';

interface PolicyConfig {
  config: PolicySettings;
  /** `policy` of the fleet's cache; null: there is none. */
  namespace: PolicyNamespace | null;
  records: Pick<Records, 'addresses'>;
  settings: Pick<Settings, 'tenant' | 'switchedOff'>;
  /** What is left of a tenant's plan, counted anew. */
  room: (tenant: TenantId) => Promise<Room>;
  log: Logger;
}

/**
 * A decision, and what Postfix is told. To a tenant, the addresses of others are not there; null sees all.
 */
export type CheckPolicy = (
  recipient: string,
  asked: { door: 'tcp' | 'http'; by: TenantId | null },
) => Promise<Decision & { action: string }>;

export interface PolicyService {
  directory: AddressDirectory;
  check: CheckPolicy;
  /** Throws where the port is taken. Without a port nothing is opened. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Policy checks of recipients: one way of deciding, for Postfix over TCP and for everybody over HTTP. */
export function createPolicyService({ config, namespace, records, settings, room, log }: PolicyConfig): PolicyService {
  const { addresses } = records;
  const directory = createAddressDirectory({ namespace, addresses, tag: config.POLICY_ADDRESS_TAG });
  const isOn = async () => !(await settings.switchedOff()).has('email-scan');
  const roomOf = createRooms({ count: room });
  const decide = createDecide({ directory, policyOf: settings.tenant, roomOf, isOn, log });

  const check: CheckPolicy = async (recipient, { door, by }) => {
    const done = policyDuration.startTimer();
    const decision = seenBy(by, await decide(recipient));
    done();
    policyChecks.inc({ door, verdict: decision.verdict, source: decision.source ?? 'none' });
    return { ...decision, action: actionOf(decision, config) };
  };

  const actionFor = async (recipient: string) => (await check(recipient, { door: 'tcp', by: null })).action;
  const server = createPolicyServer({ actionFor, maxConnections: config.POLICY_MAX_CONNECTIONS, log });
  return {
    directory,
    check,
    async start() {
      const { POLICY_PORT: port, POLICY_HOST: host } = config;
      if (port === undefined) return;
      await server.listen(port, host);
      log.info('policy service listening', { host, port });
    },
    stop: server.stop,
  };
}

function seenBy(tenant: TenantId | null, decision: Decision): Decision {
  if (tenant === null || decision.tenant === null || decision.tenant === tenant) return decision;
  return { ...decision, verdict: 'reject', reason: 'unknown-recipient', tenant: null };
}
