import { describe, expect, it } from 'vitest';
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { MeshliftError } from '../errors.ts';
import { parsePolicy } from './parse.ts';
import { defaultPolicy, type Policy } from './policy.ts';

const head = 'apiVersion: meshlift.dev/v1alpha1\nkind: UpgradePolicy\n';

/** A file as the command line reads it: a value is where its node begins, a field where its key does. */
function parsed(text: string): Policy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (node: unknown): { line: number; column: number } => {
    const { line, col } = lines.linePos(isNode(node) ? (node.range?.[0] ?? 0) : 0);
    return { line, column: col };
  };
  return parsePolicy({
    name: 'meshlift.yaml',
    value: document.toJS() as unknown,
    position: (path) => at(document.getIn(path, true)),
    keyPosition: (path) => {
      const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
      const pairs = isMap(parent) ? parent.items : [];
      return at(pairs.find(({ key }) => isScalar(key) && key.value === path.at(-1))?.key);
    },
  });
}

const policy = (yaml: string): Policy => parsed(head + yaml);

function refused(yaml: string): string {
  try {
    return `not refused: ${JSON.stringify(policy(yaml))}`;
  } catch (error) {
    expect(error).toMatchObject({ errorClass: 'InvalidInput', object: 'file meshlift.yaml' });
    return error instanceof MeshliftError ? error.message : String(error);
  }
}

describe('a policy', () => {
  it('that says nothing has all defaults', () => {
    expect(policy('')).toEqual(defaultPolicy);
  });

  it('takes what it is given, and the defaults for the rest', () => {
    expect(policy('soakSeconds: 5\npace:\n  surgePods: 7\n')).toEqual({
      ...defaultPolicy,
      soakSeconds: 5,
      pace: { ...defaultPolicy.pace, surgePods: 7 },
    });
  });

  it('reads every field', () => {
    const all = `
strategy: revision
waves: { shares: [2, 10.5, 100], groups: [edge, prod], gateways: first }
pace: { maxWorkloads: 3, surgePods: 4, startsPerSecond: 0.5, longConnectionSeconds: 0 }
windows: ['Mon-Fri 08:00-17:00']
freezes: ['2026-12-20T00:00:00Z/2027-01-04T00:00:00Z']
soakSeconds: 0
gates:
  timeoutSeconds: 30
  conditions:
    - { name: errors, url: 'http://p:9090', query: q, below: 0.01, above: -1, interval: 5, count: 2, failureLimit: 1 }
probes:
  - { url: 'https://shop/x', protocol: h2, rate: 2.5, maxFailed: 3, headers: { Host: shop } }
onBreach: return-wave
overrides:
  - select: { namespaces: [shop*], names: [web], kinds: [Deployment], labels: { app: web } }
    skip: true
    method: hand-over
    graceful: false
    consent: true
    readyMs: 20000
    group: prod
    reason: because
ignore: [{ id: CP007, reason: known }, { id: CP008, object: 'shop/*', reason: judged }]
charts: https://charts.example
istioOperator: operator.yaml
`;
    expect(policy(all)).toEqual({
      strategy: 'revision',
      waves: { shares: [2, 10.5, 100], groups: ['edge', 'prod'], gateways: 'first' },
      pace: { maxWorkloads: 3, surgePods: 4, startsPerSecond: 0.5, longConnectionSeconds: 0 },
      windows: ['Mon-Fri 08:00-17:00'],
      freezes: ['2026-12-20T00:00:00Z/2027-01-04T00:00:00Z'],
      soakSeconds: 0,
      gates: {
        timeoutSeconds: 30,
        conditions: [
          {
            ...{ name: 'errors', url: 'http://p:9090', query: 'q', below: 0.01, above: -1 },
            ...{ interval: 5, count: 2, failureLimit: 1 },
          },
        ],
      },
      probes: [{ url: 'https://shop/x', protocol: 'h2', rate: 2.5, maxFailed: 3, headers: { Host: 'shop' } }],
      onBreach: 'return-wave',
      overrides: [
        {
          select: { namespaces: ['shop*'], names: ['web'], kinds: ['Deployment'], labels: { app: 'web' } },
          ...{ skip: true, method: 'hand-over', graceful: false, consent: true, readyMs: 20000, group: 'prod' },
          reason: 'because',
        },
      ],
      ignore: [
        { id: 'CP007', reason: 'known' },
        { id: 'CP008', object: 'shop/*', reason: 'judged' },
      ],
      charts: 'https://charts.example',
      istioOperator: 'operator.yaml',
    });
  });

  it('fills in what lists of objects leave out, and nothing more', () => {
    const found = policy(`
gates: { conditions: [{ name: n, url: 'http://p', query: q, above: 1 }] }
probes: [{ url: 'http://shop' }]
overrides: [{ select: {} }]
charts: ''
`);
    expect(found.gates).toEqual({
      timeoutSeconds: 600,
      conditions: [{ name: 'n', url: 'http://p', query: 'q', above: 1, interval: 15, count: 3, failureLimit: 0 }],
    });
    expect(found.probes).toEqual([{ url: 'http://shop', protocol: 'http1', rate: 10, maxFailed: 0, headers: {} }]);
    expect(found.overrides).toEqual([{ select: {} }]);
    expect(Object.keys(found.overrides[0] ?? {})).toEqual(['select']);
    expect(found.charts).toBe('');
  });
});

describe('the protocol of a probe', () => {
  it.each([
    ['http://a', 'http1'],
    ['https://a', 'http1'],
    ['h2c://a', 'h2'],
    ['h2://a', 'h2'],
    ['grpc://a', 'grpc'],
    ['grpcs://a', 'grpc'],
    ['tcp://a:1', 'tcp'],
    ['tls://a:1', 'tcp'],
    ['ws://a', 'ws'],
    ['wss://a', 'ws'],
  ])('of %s is %s when nothing is said', (url, protocol) => {
    expect(policy(`probes: [{ url: "${url}" }]`).probes).toMatchObject([{ url, protocol }]);
  });

  it.each(['h2', 'grpc', 'ws'])('%s can be spoken over https', (protocol) => {
    expect(policy(`probes: [{ url: "https://a", protocol: ${protocol} }]`).probes).toMatchObject([{ protocol }]);
  });
});

describe('an unknown field', () => {
  it.each([
    ['soakSecond: 5', 3, 1, 'soakSecond'],
    ['waves:\n  share: [1]', 4, 3, 'waves.share'],
    ['pace:\n  surgePods: 1\n  surge: 2', 5, 3, 'pace.surge'],
    ['gates:\n  conditions:\n    - nam: x', 5, 7, 'gates.conditions[0].nam'],
    ['probes:\n  - url: http://a\n    rates: 3', 5, 5, 'probes[0].rates'],
    ['overrides:\n  - select: {}\n  - select: { name: a }', 5, 15, 'overrides[1].select.name'],
    ['ignore:\n  - { id: a, reason: b, why: c }', 4, 25, 'ignore[0].why'],
  ])('%s is named with line, column and path', (yaml, line, column, path) => {
    expect(refused(yaml)).toContain(
      `file meshlift.yaml, line ${line}, column ${column}: ${path} is no field that meshlift knows; known are `,
    );
  });
});

describe('a bad value', () => {
  it.each([
    ['strategy: in-place', 'strategy must be one of revision'],
    ['waves: { gateways: middle }', 'waves.gateways must be one of first, last'],
    ['waves: { shares: [5, 1] }', 'waves.shares must rise from one wave to the next'],
    ['waves: { shares: [0] }', 'waves.shares[0] must be a number from 0.1 to 100'],
    ['waves: { shares: [101] }', 'waves.shares[0] must be a number from 0.1 to 100'],
    ['waves: { groups: edge }', 'waves.groups must be a list'],
    ['waves: { groups: [1] }', 'waves.groups[0] must be text, and YAML reads a number here'],
    ['waves: [1]', 'waves must be an object'],
    ['pace: { maxWorkloads: 0 }', 'pace.maxWorkloads must be a number from 1 to 10000'],
    ['pace: { maxWorkloads: 1.5 }', 'pace.maxWorkloads must be a whole number'],
    ['pace: { surgePods: 0 }', 'pace.surgePods must be a number from 1 to 100000'],
    ['pace: { startsPerSecond: 0 }', 'pace.startsPerSecond must be a number from 0.01 to 1000'],
    ['pace: { longConnectionSeconds: -1 }', 'pace.longConnectionSeconds must be a number from 0 to 3600'],
    ['soakSeconds: "60"', 'soakSeconds must be a number from 0 to 604800'],
    ['soakSeconds: .nan', 'soakSeconds must be a number from 0 to 604800'],
    ['windows: [always]', 'windows[0] can\'t be read: window "always" cannot be read'],
    ['freezes: [2026-12-20]', 'freezes[0] can\'t be read: freeze "2026-12-20" cannot be read'],
    ['gates: { timeoutSeconds: 0 }', 'gates.timeoutSeconds must be a number from 1 to 86400'],
    ['gates: { conditions: [{ name: n, url: "http://p", query: q }] }', 'gates.conditions[0] needs below or above'],
    ['gates: { conditions: [{ url: "http://p", query: q, below: 1 }] }', 'gates.conditions[0] lacks name'],
    ['gates: { conditions: [{ name: n, query: q, below: 1 }] }', 'gates.conditions[0] lacks url'],
    ['gates: { conditions: [{ name: n, url: "http://p", below: 1 }] }', 'gates.conditions[0] lacks query'],
    ['gates: { conditions: [{ name: n, url: p, query: q, below: 1 }] }', 'gates.conditions[0].url must be a URL'],
    [
      'gates: { conditions: [{ name: n, url: "http://p", query: q, below: 1, count: 0 }] }',
      'gates.conditions[0].count must be a number from 1 to 1000',
    ],
    ['probes: [{ rate: 1 }]', 'probes[0] lacks url'],
    ['probes: [{ url: "http://a", protocol: http }]', 'probes[0].protocol must be one of http1, h2, grpc, tcp, ws'],
    [
      'probes: [{ url: "ftp://a" }]',
      'probes[0].url can\'t be read: The target "ftp://a" has the unknown scheme "ftp:"',
    ],
    ['probes: [{ url: "tcp://a" }]', 'probes[0].url can\'t be read: The target "tcp://a" needs a port'],
    [
      'probes: [{ url: "grpc://a:1", protocol: http1 }]',
      'probes[0].protocol is http1, but the scheme of its url says grpc',
    ],
    ['probes: [{ url: "http://a", protocol: tcp }]', 'probes[0].protocol is tcp, but the scheme of its url says http1'],
    ['probes: [{ url: "http://a", rate: 0 }]', 'probes[0].rate must be a number from 0.1 to 1000'],
    ['probes: [{ url: "http://a", headers: { a: 1 } }]', 'probes[0].headers.a must be text'],
    ['onBreach: panic', 'onBreach must be one of pause, return-workload, return-wave, rollback'],
    ['overrides: [{ skip: true, reason: r }]', 'overrides[0] lacks select'],
    ['overrides: [{ select: {}, skip: true }]', 'overrides[0] needs a reason'],
    ['overrides: [{ select: {}, consent: true }]', 'overrides[0] needs a reason'],
    ['overrides: [{ select: {}, method: by-pod }]', 'overrides[0].method must be one of rollout, hand-over'],
    ['overrides: [{ select: {}, graceful: yes please }]', 'overrides[0].graceful must be true or false'],
    ['overrides: [{ select: {}, readyMs: 0 }]', 'overrides[0].readyMs must be a number from 1 to 86400000'],
    ['overrides: [{ select: {}, group: "" }]', 'overrides[0].group must be text that is not empty'],
    ['ignore: [{ id: a }]', 'ignore[0] lacks reason'],
    ['ignore: [{ id: a, object: [b], reason: c }]', 'ignore[0].object must be text'],
    ['ignore: [{ reason: a }]', 'ignore[0] lacks id'],
    ['charts: 5', 'charts must be text'],
  ])('%s', (yaml, message) => {
    expect(refused(yaml)).toContain(message);
  });

  it('needs no reason for what is not skipped or consented to', () => {
    expect(policy('overrides: [{ select: {}, skip: false, consent: false }]')).toMatchObject({
      overrides: [{ skip: false, consent: false }],
    });
  });

  it('ends with one full stop, whatever reads the value', () => {
    expect(refused('probes: [{ url: "ftp://web" }]')).toMatch(/probes\[0\].* can't be read: .*[^.]\.$/);
  });

  it('names its place', () => {
    expect(refused('pace:\n  surgePods: many')).toBe(
      'file meshlift.yaml, line 4, column 14: pace.surgePods must be a number from 1 to 100000.',
    );
  });
});

describe('another document', () => {
  it.each([
    ['apiVersion: meshlift.dev/v2\nkind: UpgradePolicy', 'apiVersion must be one of meshlift.dev/v1alpha1'],
    ['apiVersion: meshlift.dev/v1alpha1\nkind: UpgradePlan', 'kind must be one of UpgradePolicy'],
    ['kind: UpgradePolicy', 'the document lacks apiVersion'],
    ['[]', 'the document must be an object'],
    ['', 'the document must be an object'],
  ])('is refused: %s', (text, message) => {
    expect(() => parsed(text)).toThrow(message);
  });
});
