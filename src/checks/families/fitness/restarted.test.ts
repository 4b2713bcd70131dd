import { expect, test } from 'vitest';
import { workload } from '../../../../test/mesh-facts.ts';
import { numbersOf } from './restarted.ts';

const numbers = (kind: 'Deployment' | 'StatefulSet', replicas: number, maxUnavailable: string, maxSurge = '') => {
  const { surge, unavailable } = numbersOf(workload(kind, 'shop', 'web', { replicas, maxUnavailable, maxSurge }));
  return [surge, unavailable];
};

test('29 % of 100 pods are 29', () => {
  expect(numbers('Deployment', 100, '29%', '29%')).toEqual([29, 29]);
});

test('a StatefulSet takes one pod away at a time, or what its maxUnavailable says, rounded up', () => {
  expect(numbers('StatefulSet', 10, '')).toEqual([0, 1]);
  expect(numbers('StatefulSet', 10, '25%')).toEqual([0, 3]);
});
