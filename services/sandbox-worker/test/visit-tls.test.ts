import { X509Certificate } from 'node:crypto';
import { expect, test, describe } from '@jest/globals';
import { makeIdentity } from './identity.ts';
import { html, redirect, startRawSite, startSecureSite, startSite } from './site.ts';
import { visiting } from './visiting.ts';

const identity = makeIdentity('login.example');

describe('a visit over TLS', () => {
  const { serve, visit } = visiting();

  (identity ? test : test.skip)(
    'a certificate that nobody vouches for is a fact, and the page behind it is seen',
    async () => {
      if (!identity) return;
      const names: unknown[] = [];
      const routes = { '/': redirect('/in'), '/in': html('<title>Login</title>') };
      const site = await serve(startSecureSite(routes, { ...identity }, (name) => names.push(name)));
      const facts = await visit(`https://login.example:${site.port}/`, { lookup: async () => ['127.0.0.1'] });
      const known = new X509Certificate(identity.cert);
      expect(facts).toMatchObject({ landing: { title: 'Login' }, cuts: [] });
      expect(facts.chain).toHaveLength(2);
      for (const hop of facts.chain) {
        expect(hop.certificate).toEqual({
          subject: 'CN=login.example',
          issuer: 'CN=login.example',
          validFrom: new Date(known.validFrom).toISOString(),
          validTo: new Date(known.validTo).toISOString(),
          fingerprint256: known.fingerprint256,
          authorized: false,
          problem: 'DEPTH_ZERO_SELF_SIGNED_CERT',
        });
      }
      expect(names).toEqual(['login.example', 'login.example']);
    },
  );

  test('a handshake that never ends is left after the time of a hop', async () => {
    const site = await serve(startRawSite(() => {}));
    const facts = await visit(`https://127.0.0.1:${site.port}/`, { limits: { hopMs: 200 } });
    expect(facts).toMatchObject({ chain: [], cuts: [{ reason: 'time' }] });
  });

  test('a server that speaks no TLS is told as tls', async () => {
    const site = await serve(startSite({}));
    const facts = await visit(`https://127.0.0.1:${site.port}/`);
    expect(facts).toMatchObject({ chain: [], cuts: [{ reason: 'tls' }], guard: [{ allowed: true }] });
  });
});
