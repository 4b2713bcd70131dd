import { expect, it } from 'vitest';
import { kinds, listedKinds } from '../../src/inventory/kinds.ts';
import { Registry } from './registry.ts';

it('serves what meshlift looks for in every cluster, custom kinds aside', () => {
  const registry = new Registry();
  const wanted = listedKinds.filter((name) => kinds[name].presence !== 'optional');
  expect(wanted.length).toBeGreaterThan(15);
  for (const resource of wanted.flatMap((name) => kinds[name].resources)) {
    expect(registry.served(resource)).toMatchObject({ kind: resource.kind, namespaced: resource.namespaced });
  }
});
