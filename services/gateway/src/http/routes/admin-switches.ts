import { type Switches, Switches as SwitchesSchema, SWITCHES, switchKindOf, SwitchUpdate } from '@sluice/contracts';
import type { Settings } from '@sluice/fleet/settings';
import type { Records } from '@sluice/records';
import type { Audit } from '../../audit.ts';
import { answer, type Route, route } from '../route.ts';

export interface SwitchAdminConfig {
  records: Pick<Records, 'switches'>;
  settings: Pick<Settings, 'switchedOff' | 'putSwitch'>;
  audit: Audit;
  now?: () => number;
}

const common = { chapter: 'Administration: switches', access: 'operator', path: '/api/admin/switches' } as const;
const told = { name: 'Switches', schema: SwitchesSchema };

/** `/api/admin/switches`: pipelines and providers, each on or off. Written to the record first: without it nothing changes (503). */
export function switchAdminRoutes({ records, settings, audit, now = Date.now }: SwitchAdminConfig): Route[] {
  async function all(): Promise<Switches> {
    const off = await settings.switchedOff();
    return {
      v: 1,
      switches: SWITCHES.map((name) => ({ kind: switchKindOf(name), name, off: off.get(name) ?? null })),
    };
  }

  return [
    route({
      ...common,
      method: 'get',
      name: 'admin-switches',
      summary: 'Pipelines and providers, and who has switched off which of them, when and why.',
      answers: { 200: { says: 'All that there are.', ...told } },
      problems: [],
      handle: async () => answer(await all()),
    }),
    route({
      ...common,
      method: 'put',
      name: 'admin-switch-set',
      summary:
        'Switches a pipeline or a provider off, or on again; the whole fleet follows within a second. Jobs that are under way are finished.',
      body: { name: 'SwitchUpdate', schema: SwitchUpdate },
      answers: { 200: { says: 'All that there are.', ...told } },
      problems: [],
      async handle({ caller, body: order, requestId }) {
        const { name } = order;
        const off = order.isOn ? null : { reason: order.reason, sinceMs: now(), by: caller.keyId };
        await (off === null ? records.switches.turnOn(name) : records.switches.turnOff(name, off));
        await settings.putSwitch(name, off);
        const detail = off === null ? {} : { reason: off.reason };
        await audit.note(caller, requestId, {
          action: `switch.${order.isOn ? 'on' : 'off'}`,
          target: name,
          tenant: null,
          detail,
        });
        return answer(await all());
      },
    }),
  ];
}
