import { describe, expect, test } from '@jest/globals';
import { parseSandboxConfig } from './config.ts';

describe('the sandbox worker’s settings', () => {
  test('have defaults, and permit nothing private', () => {
    const config = parseSandboxConfig({});
    expect(config).toMatchObject({ SANDBOX_PAGES: 3, SANDBOX_CACHE_SECONDS: 3600, SANDBOX_VISIT_SECONDS: 20 });
    expect(config.SANDBOX_ALLOW_PRIVATE.size).toBe(0);
    expect(parseSandboxConfig({ SANDBOX_ALLOW_PRIVATE: '127.0.0.1:8080' }).SANDBOX_ALLOW_PRIVATE.size).toBe(1);
  });

  test('that are wrong are all named at once', () => {
    const parse = () =>
      parseSandboxConfig({
        SANDBOX_ALLOW_PRIVATE: 'localhost:80,10.0.0.1',
        SANDBOX_VISIT_SECONDS: '3',
        SANDBOX_PAGES: 'x',
      });
    expect(parse).toThrow(/SANDBOX_ALLOW_PRIVATE "localhost:80": must name an IP address/);
    expect(parse).toThrow(/SANDBOX_ALLOW_PRIVATE "10.0.0.1": must be ADDRESS:PORT/);
    expect(parse).toThrow(/SANDBOX_VISIT_SECONDS is below 5/);
    expect(parse).toThrow(/SANDBOX_PAGES is not a whole number/);
  });
});
