import { SluiceError } from '@sluice/contracts';
import type { RequestHandler } from 'express';

/** The last handler of a path: says which methods it has, to `OPTIONS` and to every other one. */
export function onlyMethods(...methods: string[]): RequestHandler {
  const allow = [...methods, 'OPTIONS'].join(', ');
  return (request, response) => {
    response.set('allow', allow);
    if (request.method === 'OPTIONS') {
      response.status(204).end();
      return;
    }
    throw new SluiceError('method-not-allowed', `This path has ${allow}.`, { httpStatus: 405 });
  };
}
