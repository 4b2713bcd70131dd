import { expect, it } from 'vitest';
import { probeNames } from './probe-names.ts';

it('names probes by their URL, and tells those of one URL apart', () => {
  const [shop, api] = [{ url: 'http://gateway/' }, { url: 'http://other/' }];
  expect(probeNames([shop, api])).toEqual(['http://gateway/', 'http://other/']);
  expect(probeNames([shop, api, shop])).toEqual(['http://gateway/', 'http://other/', 'http://gateway/ (probes[2])']);
});
