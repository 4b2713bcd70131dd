import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { meshStatus } from '../../mesh/status.ts';
import { halfMoved, sidecar } from '../../mesh/status.test-helper.ts';
import { readSchema, subschemas, understood, violations } from '../../../test/json-schema.ts';
import { testIo } from '../io.test-helper.ts';
import { main } from '../main.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const schema = readSchema('mesh-status');

const moments = ['ambient', 'broken', 'canary', 'inplace'].flatMap((folder) =>
  readdirSync(`${root}test/fixtures/recorded/${folder}`)
    .filter((name) => name.endsWith('.json.gz') && !name.includes('.istiod.'))
    .map((name) => `${folder}/${name}`),
);

describe('JSON Schema of MeshStatus', () => {
  it.each(moments)('describes the output for %s', async (moment) => {
    const { io, out } = testIo();
    const code = await main(['status', '-o', 'json', '--snapshot', `${root}test/fixtures/recorded/${moment}`], io);

    expect(code).toBe(0);
    expect(violations(JSON.parse(out()), schema)).toEqual([]);
  });

  it('describes what no recording holds', () => {
    const lost = sidecar('lost', 'x', '1.30.3', { connected: false, stale: ['Listener'], version: null });
    const status = meshStatus(
      { ...halfMoved(), proxies: [lost] },
      { takenAt: 'now', toolVersion: '1', namespace: 'shop' },
    );

    expect(violations(JSON.parse(JSON.stringify(status)), schema)).toEqual([]);
  });

  it('refuses a field that it does not describe, a missing one and a wrong type', () => {
    const status: object = meshStatus(halfMoved(), { takenAt: 'now', toolVersion: '1' });

    expect(violations({ ...status, novelty: 1 }, schema)).toEqual(['$.novelty: not described']);
    expect(violations({ ...status, tags: undefined }, schema)).toEqual(['$.tags: undefined instead of array']);
    expect(violations({ ...status, defaultRevision: 3 }, schema)).toEqual([
      '$.defaultRevision: integer instead of string or null',
    ]);
  });

  it('describes every field in words, closes every object, and uses nothing that this test does not check', () => {
    for (const one of subschemas(schema)) {
      expect(Object.keys(one).filter((key) => !understood.has(key))).toEqual([]);
      if (one.$ref === undefined && one.type !== 'integer') expect(one.description, JSON.stringify(one)).toBeTruthy();
      if (one.properties !== undefined) {
        expect(one.additionalProperties).toBe(false);
        expect(one.required).toEqual(Object.keys(one.properties));
      }
    }
  });
});
