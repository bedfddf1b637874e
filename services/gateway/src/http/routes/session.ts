import { SessionRequest, SessionView } from '@sluice/contracts';
import type { Request } from 'express';
import { isSecure } from '../../keys/address.ts';
import type { Authenticator } from '../../keys/authenticate.ts';
import { type Caller, isOperator } from '../../keys/caller.ts';
import { cookieOf, type Sessions, tokenIn } from '../../keys/sessions.ts';
import { answer, type Route, route } from '../route.ts';

export interface SessionRoutesConfig {
  authenticator: Authenticator;
  sessions: Sessions;
}

const CHAPTER = 'Session';
const view = { name: 'SessionView', schema: SessionView };

/** `/api/session`: a cookie for a key, so that a page need not keep the key. */
export function sessionRoutes({ authenticator, sessions }: SessionRoutesConfig): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/session',
      name: 'session-open',
      chapter: CHAPTER,
      summary:
        'Gives a session cookie for a key, for 12 h. With the cookie, what changes something needs the header X-Sluice-CSRF with any value.',
      access: 'public',
      body: { name: 'SessionRequest', schema: SessionRequest },
      answers: { 201: { says: 'The cookie is set.', ...view } },
      problems: ['unauthorized', 'tenant-blocked', 'too-many-guesses', 'record-away'],
      async handle({ body, request }) {
        const key = await authenticator.open(request, body.key);
        const caller = await authenticator.admit(key, 'session');
        const { token, endsMs } = await sessions.create(key);
        const lifeSeconds = (endsMs - Date.now()) / 1_000;
        const cookie = cookieOf(token, { isSecure: isSecure(request), lifeSeconds });
        return answer(viewOf({ ...caller, expiresMs: endsMs }), 201, { 'set-cookie': cookie });
      },
    }),
    route({
      method: 'get',
      path: '/api/session',
      name: 'session',
      chapter: CHAPTER,
      summary: 'Who asks: tenant, role and key.',
      access: 'submitter',
      answers: { 200: { says: 'Who asks.', ...view } },
      problems: [],
      handle: ({ caller }) => answer(viewOf(caller)),
    }),
    route({
      method: 'delete',
      path: '/api/session',
      name: 'session-close',
      chapter: CHAPTER,
      summary: 'Ends the session and takes the cookie away.',
      access: 'submitter',
      answers: { 204: { says: 'There is none any more.' } },
      problems: [],
      async handle({ request }) {
        const token = tokenIn(request.headers.cookie);
        if (token !== undefined) await sessions.end(token);
        return { status: 204, headers: { 'set-cookie': goodbye(request) } };
      },
    }),
  ];
}

function goodbye(request: Request): string {
  return cookieOf(null, { isSecure: isSecure(request) });
}

function viewOf(caller: Caller): SessionView {
  const { tenant, role, keyId, name, by, expiresMs } = caller;
  return { v: 1, tenant, role, keyId, name, by, isOperator: isOperator(caller), expiresMs };
}
