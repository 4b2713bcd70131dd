import { describe, expect, it } from 'vitest';
import { compareNatural, compareVersions, imageVersion, serverVersion } from './versions.ts';

describe('imageVersion', () => {
  it.each([
    ['docker.io/istio/pilot:1.29.6-distroless', '1.29.6'],
    ['docker.io/istio/pilot:1.29.6', '1.29.6'],
    ['proxyv2:1.29.6-debug', '1.29.6'],
    ['registry.example:5000/istio/proxyv2:1.30.3', '1.30.3'],
    ['registry.example:5000/istio/proxyv2', null],
    ['istio/proxyv2:1.31.0-rc.0', '1.31.0-rc.0'],
    ['istio/proxyv2:1.31.0-rc.0-distroless', '1.31.0-rc.0'],
    ['istio/proxyv2:1.30-alpha.0123456789abcdef', '1.30-alpha.0123456789abcdef'],
    ['istio/proxyv2:1.29.6@sha256:0011', '1.29.6'],
    ['istio/proxyv2@sha256:0011', null],
    ['istio/proxyv2:latest', null],
    ['auto', null],
    ['', null],
  ])('%s is %s', (image, version) => {
    expect(imageVersion(image)).toBe(version);
  });
});

describe('serverVersion', () => {
  it.each([
    ['1.29.6-1.29.6-Clean', '1.29.6'],
    ['1.29.6-0123abcd-Clean\n', '1.29.6'],
    ['1.31.0-rc.0-0123abcd-Clean', '1.31.0-rc.0'],
    ['1.31.0-rc.0-1.31.0-rc.0-Clean', '1.31.0-rc.0'],
    ['1.30-alpha.0123abcd-0123abcd-Modified', '1.30-alpha.0123abcd'],
    ['1.29.6-fips.1-0123abcd-Clean', '1.29.6-fips.1'],
    ['1.29.6', '1.29.6'],
    ['unknown-unknown-unknown', null],
  ])('%s is %s', (text, version) => {
    expect(serverVersion(text)).toBe(version);
  });
});

describe('order', () => {
  it('compares versions by number, with a pre-release before its release', () => {
    const versions = ['1.31.0', '1.9.0', '1.31.0-rc.10', '1.31.0-rc.2', '1.30-alpha.0', '1.29.10', '1.29.6'];
    expect(versions.sort(compareVersions)).toEqual([
      '1.9.0',
      '1.29.6',
      '1.29.10',
      '1.30-alpha.0',
      '1.31.0-rc.2',
      '1.31.0-rc.10',
      '1.31.0',
    ]);
  });

  it('puts revisions in the order of the numbers in them', () => {
    expect(['default', '1-30-3', '1-9-0', '1-29-6'].sort(compareNatural)).toEqual([
      '1-9-0',
      '1-29-6',
      '1-30-3',
      'default',
    ]);
  });
});
