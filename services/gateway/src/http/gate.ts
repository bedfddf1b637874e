import { SluiceError } from '@sluice/contracts';
import type { Admission } from '../admission/admission.ts';
import type { Authenticator } from '../keys/authenticate.ts';
import { type Caller, hasRole, isOperator } from '../keys/caller.ts';
import type { Access } from './route.ts';
import type { Gate } from './router.ts';

interface GateConfig {
  authenticator: Pick<Authenticator, 'authenticate'>;
  admission: Pick<Admission, 'request'>;
}

/** Lets through who has a key of the role, within the rate of the tenant's plan. Throws what the parts throw, and `forbidden` (403). */
export function createGate({ authenticator, admission }: GateConfig): Gate {
  return async (request, access) => {
    const caller = await authenticator.authenticate(request);
    if (!mayEnter(caller, access)) {
      const needed = access === 'operator' ? 'an admin of the tenant default' : `the role ${access}`;
      throw new SluiceError('forbidden', `This needs ${needed}.`, { httpStatus: 403 });
    }
    await admission.request(caller);
    return caller;
  };
}

function mayEnter(caller: Caller, access: Exclude<Access, 'public'>): boolean {
  return access === 'operator' ? isOperator(caller) : hasRole(caller, access);
}
