import { afterEach, describe, expect, it } from 'vitest';
import type { KubeApi, KubeObject, ListPage, ListOptions } from './api.ts';
import { httpKubeApi } from './http-api.ts';
import {
  DEPLOYMENTS,
  failure,
  type Handler,
  json,
  type Loopback,
  loopback,
  plainConnection,
  pod,
  PODS,
} from './loopback.test-helper.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function start(handler: Handler): Promise<{ server: Loopback; api: KubeApi }> {
  const server = await loopback(handler);
  const api = httpKubeApi(plainConnection(server.url), { requestTimeoutMs: 2_000, backoffMs: 2 });
  open.push(server, api);
  return { server, api };
}

async function pages<T>(api: KubeApi, options: ListOptions<T>, resource = PODS): Promise<ListPage<T>[]> {
  const all: ListPage<T>[] = [];
  for await (const page of api.list(resource, options)) all.push(page);
  return all;
}

const name = (object: KubeObject) => object.metadata.name;

describe('list', () => {
  it('follows the continue token and asks with the selectors', async () => {
    const { api, server } = await start((_, response, index) =>
      index === 0
        ? json(response, 200, {
            metadata: { resourceVersion: '7', continue: 'to/ken=', remainingItemCount: 1 },
            items: [pod('a')],
          })
        : json(response, 200, { metadata: { resourceVersion: '7' }, items: [pod('b')] }),
    );
    const found = await pages(api, {
      namespace: 'shop',
      labelSelector: 'app in (a,b)',
      fieldSelector: 'x=y',
      project: name,
    });
    expect(found).toEqual([
      { items: ['a'], resourceVersion: '7', remaining: 1 },
      { items: ['b'], resourceVersion: '7', remaining: undefined },
    ]);
    const [first, second] = server.received;
    expect(first?.url.startsWith('/api/v1/namespaces/shop/pods?')).toBe(true);
    expect(Object.fromEntries(first?.query ?? [])).toEqual({
      limit: '500',
      labelSelector: 'app in (a,b)',
      fieldSelector: 'x=y',
    });
    expect(second?.query.get('continue')).toBe('to/ken=');
  });

  it('fills in the kind, and asks for metadata only', async () => {
    const item = { ...pod('a'), kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' };
    const { api, server } = await start((_, response) =>
      json(response, 200, { metadata: { resourceVersion: '7' }, items: [item] }),
    );
    const kind = ({ kind: k, apiVersion }: KubeObject) => `${String(apiVersion)} ${String(k)}`;
    const found = await pages(api, { metadataOnly: true, pageSize: 3, project: kind }, DEPLOYMENTS);
    expect(found[0]?.items).toEqual(['apps/v1 Deployment']);
    expect(server.received[0]?.url).toBe('/apis/apps/v1/deployments?limit=3');
    expect(server.received[0]?.headers.accept).toContain('as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
  });

  it('is Transient when the continue token has expired', async () => {
    const { api, server } = await start((_, response, index) =>
      index === 0
        ? json(response, 200, { metadata: { resourceVersion: '7', continue: 'x' }, items: [] })
        : json(response, 410, failure(410, 'The provided continue parameter is too old')),
    );
    await expect(pages(api, { project: name })).rejects.toMatchObject({
      errorClass: 'Transient',
      remedy: 'Start the list over.',
    });
    expect(server.received).toHaveLength(2);
  });

  it.each([
    ['no resourceVersion', { metadata: {}, items: [] }],
    ['an item without name', { metadata: { resourceVersion: '1' }, items: [{ metadata: {} }] }],
    ['no object', []],
  ])('does not take a page with %s for a list', async (_name, body) => {
    const { api } = await start((_, response) => json(response, 200, body));
    await expect(pages(api, { project: name })).rejects.toMatchObject({ errorClass: 'Transient' });
  });

  it('passes on what the projection throws', async () => {
    const { api } = await start((_, response) =>
      json(response, 200, { metadata: { resourceVersion: '1' }, items: [pod('a')] }),
    );
    const project = () => {
      throw new RangeError('a fault of the caller');
    };
    await expect(pages(api, { project })).rejects.toThrow(RangeError);
  });
});
