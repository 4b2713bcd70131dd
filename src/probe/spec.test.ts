import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../errors.ts';
import { probeSpec } from './spec.ts';
import { parseProtocol, parseTarget } from './target.ts';

describe('parseTarget', () => {
  it.each([
    ['http://a', 'http1', false, 'a', 80, '/'],
    ['https://a:8443/x?y=1', 'http1', true, 'a', 8443, '/x?y=1'],
    ['h2c://a', 'h2', false, 'a', 80, '/'],
    ['h2://a', 'h2', true, 'a', 443, '/'],
    ['grpc://a:90/p.S/M', 'grpc', false, 'a', 90, '/p.S/M'],
    ['grpcs://a', 'grpc', true, 'a', 443, '/'],
    ['tcp://[::1]:9000', 'tcp', false, '::1', 9000, '/'],
    ['tls://a:9000', 'tcp', true, 'a', 9000, '/'],
    ['ws://a/chat', 'ws', false, 'a', 80, '/chat'],
    ['wss://a', 'ws', true, 'a', 443, '/'],
  ])('%s', (url, ...[protocol, tls, hostname, port, path]) => {
    expect(parseTarget(url)).toMatchObject({ protocol, tls, hostname, port, path });
  });

  it('lets the protocol be named and keeps the TLS of the scheme', () => {
    expect(parseTarget('https://a', 'h2')).toMatchObject({ protocol: 'h2', tls: true, port: 443 });
  });

  it('keeps a query out of the name, where a token may be', () => {
    expect(parseTarget('http://a/x?token=s3cret').name).toBe('http://a/x?…');
  });

  it.each(['', 'not a url', 'ftp://a', 'tcp://a', 'http://a:99999', 'http://u:p@a', 'http://a:0', 'tcp://:90'])(
    'refuses "%s"',
    (url) => {
      expect(() => parseTarget(url)).toThrow(InvalidInput);
    },
  );

  it('does not repeat a password', () => {
    expect(() => parseTarget('http://u:hunter2@a')).toThrow(expect.not.stringContaining('hunter2'));
  });
});

describe('parseProtocol', () => {
  it('refuses what the probe does not speak', () => {
    expect(parseProtocol('grpc')).toBe('grpc');
    expect(() => parseProtocol('quic')).toThrow(InvalidInput);
  });
});

describe('probeSpec', () => {
  const targets = [parseTarget('http://a')];

  it('fills in what is left out', () => {
    expect(probeSpec({ targets })).toMatchObject({
      ratePerSecond: 100,
      durationMs: 60_000,
      maxFailed: 0,
      request: { method: 'GET', expectStatus: 200 },
    });
  });

  it.each([
    [{ targets: [] }, 'no target'],
    [{ targets, ratePerSecond: 0 }, 'rate'],
    [{ targets, ratePerSecond: NaN }, 'rate'],
    [{ targets, connections: 1.5 }, 'connections'],
    [{ targets, timeoutMs: -1 }, 'timeout'],
    [{ targets, ratePerSecond: 1001 }, 'heavy'],
    [{ targets: [...targets, ...targets], ratePerSecond: 501 }, 'heavy'],
    [{ targets, durationMs: 3_600_001 }, 'heavy'],
    [{ targets, tls: { cert: 'x' } }, 'certificate'],
    [{ targets, request: { headers: { Host: 'x' } } }, 'cannot be set'],
    [{ targets, request: { headers: { 'a b': 'x' } } }, 'not valid'],
    [{ targets, request: { headers: { a: 'x\r\ny: z' } } }, 'not valid'],
  ])('refuses %j', (input, message) => {
    expect(() => probeSpec(input)).toThrow(InvalidInput);
    expect(() => probeSpec(input)).toThrow(message);
  });

  it('starts a heavy probe when told that it is meant', () => {
    expect(probeSpec({ targets, ratePerSecond: 5000, durationMs: Infinity, reallyHeavy: true }).ratePerSecond).toBe(
      5000,
    );
  });
});
