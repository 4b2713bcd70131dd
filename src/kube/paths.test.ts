import { describe, expect, it } from 'vitest';
import { collectionPath, describeCollection, describeObject, objectPath, withQuery } from './paths.ts';
import { DEPLOYMENTS, PODS } from './loopback.test-helper.ts';

const NODES = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };

describe('paths', () => {
  it('of collections: group, namespace when the kind has one', () => {
    expect(collectionPath(PODS)).toBe('/api/v1/pods');
    expect(collectionPath(DEPLOYMENTS, 'shop')).toBe('/apis/apps/v1/namespaces/shop/deployments');
    expect(collectionPath(NODES, 'shop')).toBe('/api/v1/nodes');
  });

  it('of objects, with names that cannot leave their segment', () => {
    expect(objectPath({ resource: NODES, name: 'n1' }, 'status')).toBe('/api/v1/nodes/n1/status');
    expect(objectPath({ resource: PODS, namespace: 'shop', name: '../x?y' })).toBe(
      '/api/v1/namespaces/shop/pods/..%2Fx%3Fy',
    );
  });

  it('name things for people', () => {
    expect(describeObject({ resource: DEPLOYMENTS, namespace: 'shop', name: 'web' })).toBe('Deployment shop/web');
    expect(describeObject({ resource: NODES, name: 'n1' })).toBe('Node n1');
    expect(describeCollection(DEPLOYMENTS)).toBe('deployments.apps in all namespaces');
    expect(describeCollection(NODES)).toBe('nodes');
  });

  it('take only parameters that are set', () => {
    expect(withQuery('/x', { a: undefined, b: '', c: 0 })).toBe('/x?c=0');
    expect(withQuery('/x', {})).toBe('/x');
  });
});
