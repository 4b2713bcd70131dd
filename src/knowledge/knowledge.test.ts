import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../errors.ts';
import { flagChanges, flagDefault } from './flags.ts';
import { planHops } from './hops.ts';
import { builtInKnowledge as base, extendKnowledge } from './knowledge.ts';

const head = { apiVersion: 'meshlift.dev/v1alpha1', kind: 'Knowledge', date: '2026-12-02', source: 'a test' };
const release = {
  minor: '1.32',
  released: '2026-12-01',
  kubernetes: { from: '1.33', to: '1.37' },
  latest: '1.32.0',
};
const change = {
  ...{ id: 'new-change', since: ['1.32.0'], title: 't', effect: 'e', affected: 'a', remedy: 'r', severity: 'low' },
  detect: { kind: 'manual', why: 'w' },
};

function extend(rest: object) {
  return extendKnowledge(base, {
    name: 'new.yaml',
    value: { ...head, ...rest },
    position: (path) => ({ line: path.length + 1, column: 3 }),
    keyPosition: (path) => ({ line: path.length + 1, column: 1 }),
  });
}

function refusal(rest: object): string {
  try {
    extend(rest);
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('extendKnowledge', () => {
  it('adds a release to which ways lead at once', () => {
    const knowledge = extend({ releases: [release] });
    const result = planHops({ from: '1.30.5', to: '1.32', strategy: 'revision', kubernetes: 'v1.34.1', knowledge });

    expect(result).toMatchObject({ outcome: 'hops', hops: [{ from: '1.30.5', to: '1.32.0', kind: 'minor' }] });
    expect(knowledge.releases.at(-1)).toMatchObject({
      endOfLife: { value: null, source: 'a test', date: '2026-12-02' },
      codeMinimum: null,
    });
    expect(knowledge.parts.at(-1)).toEqual({ name: 'new.yaml', date: '2026-12-02' });
    expect(base.releases.at(-1)?.minor).toBe('1.31');
  });

  it('changes only what it names of a known release', () => {
    const known = (of: typeof base) => of.releases.find(({ minor }) => minor === '1.30');
    const extended = known(extend({ releases: [{ minor: '1.30', endOfLife: '2027-01-12' }] }));

    expect(extended?.endOfLife).toEqual({ value: '2027-01-12', source: 'a test', date: '2026-12-02' });
    expect({ ...extended, endOfLife: null }).toEqual({ ...known(base), endOfLife: null });
  });

  it('adds the flags of the next minor, and leaves those of a minor without flags unknown', () => {
    const flags = [
      {
        minor: '1.32',
        added: { NEW_ONE: true, DEBOUNCE: 3 },
        changed: { PILOT_ENABLE_IP_AUTOALLOCATE: 'false' },
        removed: ['PILOT_UNIFIED_SIDECAR_SCOPE'],
      },
    ];
    const { flags: table } = extend({ flags });

    expect(flagChanges('1.31', '1.32', table)).toEqual({
      added: [
        { name: 'DEBOUNCE', value: '3' },
        { name: 'NEW_ONE', value: 'true' },
      ],
      removed: [{ name: 'PILOT_UNIFIED_SIDECAR_SCOPE', value: 'true' }],
      changed: [{ name: 'PILOT_ENABLE_IP_AUTOALLOCATE', from: 'true', to: 'false' }],
    });
    expect(flagChanges('1.31', '1.32', extend({ releases: [release] }).flags)).toBeNull();
    expect(flagDefault(base.flags, 'NEW_ONE', '1.31')).toBeNull();
  });

  it('adds changes and pairs, and replaces those with a known id', () => {
    const { changes } = extend({ changes: [change, { ...change, id: 'auto-sni' }] });

    expect(changes).toHaveLength(base.changes.length + 1);
    expect(changes.find(({ id }) => id === 'auto-sni')).toMatchObject({
      since: ['1.32.0'],
      source: 'a test',
      revert: null,
    });
  });

  it.each<[string, object, string]>([
    ['another kind', { kind: 'UpgradePlan' }, 'file new.yaml, line 2, column 3: kind must be one of Knowledge.'],
    ['no date', { date: undefined }, 'line 2, column 3: date must be text that is not empty.'],
    ['a day that is none', { date: '2026-02-30' }, 'date must be a day like 2026-12-01, not "2026-02-30".'],
    ['an unknown field', { relases: [] }, 'relases is no field that meshlift knows; known are apiVersion,'],
    ['no list', { releases: {} }, 'releases must be a list.'],
    [
      'an unquoted minor',
      { releases: [{ ...release, minor: 1.3 }] },
      'line 4, column 3: releases[0].minor must be text, and YAML reads a number',
    ],
    [
      'a patch for a minor',
      { releases: [{ ...release, minor: '1.32.0' }] },
      'releases[0].minor must be a minor like "1.32"',
    ],
    [
      'a new release without Kubernetes',
      { releases: [{ ...release, kubernetes: undefined }] },
      'releases[0].kubernetes must be an object',
    ],
    [
      'a new release that lacks a field',
      { releases: [{ minor: '1.32', released: '2026-12-01' }] },
      'releases[0] lacks kubernetes.',
    ],
    [
      'a range that ends first',
      { releases: [{ ...release, kubernetes: { from: '1.35', to: '1.33' } }] },
      'must not end before it begins',
    ],
    [
      'a patch of another minor',
      { releases: [{ ...release, latest: '1.31.2' }] },
      'latest must be a version of 1.32, not "1.31.2"',
    ],
    ['a release twice', { releases: [release, release] }, 'releases[1] names 1.32 a second time'],
    ['flags of a minor further on', { flags: [{ minor: '1.33' }] }, 'flags[0].minor must be the minor after 1.31'],
    [
      'a new flag that exists',
      { flags: [{ minor: '1.32', added: { ISTIO_DELTA_XDS: true } }] },
      'flags[0].added.ISTIO_DELTA_XDS exists in 1.31 already',
    ],
    [
      'a removed flag that is none',
      { flags: [{ minor: '1.32', removed: ['ENABLE_AUTO_SNI'] }] },
      'flags[0].removed[0] does not exist in 1.31',
    ],
    [
      'a flag twice',
      { flags: [{ minor: '1.32', changed: { ISTIO_DELTA_XDS: false }, removed: ['ISTIO_DELTA_XDS'] }] },
      'flags[0].removed[0] is named twice',
    ],
    ['a bad id', { changes: [{ ...change, id: 'New Change' }] }, 'changes[0].id must be lower-case words'],
    [
      'falling versions',
      { changes: [{ ...change, since: ['1.32.0', '1.31.4'] }] },
      'changes[0].since must be in rising order',
    ],
    ['no versions', { changes: [{ ...change, since: [] }] }, 'changes[0].since must name a version'],
    ['a change without remedy', { changes: [{ ...change, remedy: undefined }] }, 'changes[0].remedy must be text'],
    [
      'an unknown matcher',
      { changes: [{ ...change, detect: { kind: 'magic' } }] },
      'changes[0].detect.kind must be one of field,',
    ],
    [
      'an unknown detector',
      { changes: [{ ...change, detect: { kind: 'detector', name: 'x' } }] },
      'changes[0].detect.name must be one of ambient-in-use',
    ],
    [
      'an empty any',
      { changes: [{ ...change, detect: { kind: 'any', of: [] } }] },
      'changes[0].detect.of must not be empty',
    ],
    [
      'a path that is none',
      { changes: [{ ...change, detect: { kind: 'meshConfig', each: 'a..b', tests: [{ op: 'exists' }] } }] },
      'detect.each must be a path like',
    ],
    [
      'no regular expression',
      { changes: [{ ...change, detect: { kind: 'meshConfig', tests: [{ op: 'matches', value: '(' }] } }] },
      'tests[0].value must be a regular expression',
    ],
    [
      'a test without value',
      { changes: [{ ...change, detect: { kind: 'meshConfig', tests: [{ op: 'equals' }] } }] },
      'tests[0] lacks value',
    ],
    [
      'a pair without spans',
      { pairs: [{ id: 'a', from: [], to: [], between: 'nodes' }] },
      'pairs[0].from must not be empty',
    ],
  ])('refuses %s', (_what, rest, words) => {
    expect(refusal(rest)).toContain(words);
  });

  it('refuses what is no document', () => {
    for (const value of [null, [], 'text']) {
      const document = { name: 'x', value, position: () => null, keyPosition: () => null };
      expect(() => extendKnowledge(base, document)).toThrow('file x: the document must be an object.');
    }
  });
});
