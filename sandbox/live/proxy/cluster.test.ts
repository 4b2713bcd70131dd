import { expect, test } from 'vitest';
import { seededRandom } from '../../store/random.ts';
import { Cluster } from './cluster.ts';
import { outboundRetries } from './local-reply.ts';

const endpoint = (uid: string) => ({ uid, address: `10.0.0.1:${uid}` });

test.each([2, 3, 5])('of %i endpoints the one with the most under way gets the draws that both fall on it', (count) => {
  const endpoints = Array.from({ length: count }, (_, index) => endpoint(String(index)));
  const cluster = new Cluster('outbound', outboundRetries, seededRandom(7), () => endpoints);
  const [dead] = endpoints;
  if (!dead) throw new Error('no endpoint');
  cluster.begin(dead);
  const draws = 20_000;
  const picked = Array.from({ length: draws }, () => cluster.pick(new Set()));
  const share = picked.filter((one) => one === dead).length / draws;
  expect(Math.abs(share - 1 / count ** 2)).toBeLessThan(0.01);
});

test('an endpoint that was tried is left out while there is another', () => {
  const cluster = new Cluster('outbound', outboundRetries, seededRandom(7), () => [endpoint('a'), endpoint('b')]);
  const picked = Array.from({ length: 50 }, () => cluster.pick(new Set(['a']))?.uid);
  expect(new Set(picked)).toEqual(new Set(['b']));
  expect(cluster.pick(new Set(['a', 'b']))).toBeDefined();
});

test('without endpoints there is none to pick', () => {
  expect(new Cluster('outbound', outboundRetries, seededRandom(7), () => []).pick(new Set())).toBeUndefined();
});
