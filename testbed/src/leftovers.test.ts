import { expect, test } from 'vitest';
import { differences } from './leftovers.ts';

test('a machine that is as it was has no differences', () => {
  const survey = { mounts: ['a', 'b'], processes: [] };
  expect(differences(survey, { mounts: ['b', 'a'], processes: [] })).toEqual([]);
});

test('what came and what went is named with what it is', () => {
  const before = { mounts: ['a'], interfaces: ['eth0'] };
  const after = { mounts: ['a', '/left'], interfaces: [] };
  expect(differences(before, after)).toEqual(['mounts: left: /left', 'interfaces: gone: eth0']);
});
