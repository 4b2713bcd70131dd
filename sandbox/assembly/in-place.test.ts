import { beforeAll, describe, expect, it } from 'vitest';
import { accepted, compareObjects, proxiesOf, recordedProxies } from './compare.test-helper.ts';
import { RecordedMesh } from './recorded-mesh.test-helper.ts';

describe('the recorded mesh without revisions, as istioctl installs it', () => {
  const mesh = new RecordedMesh();
  const moment = 'inplace/00-before';

  beforeAll(() => mesh.inPlace());

  it('has the objects that were recorded', () => {
    expect(compareObjects(mesh.cluster, moment, accepted).unlisted).toEqual([]);
  });

  it('has every proxy at the istiod that was recorded', async () => {
    expect(await proxiesOf(mesh.cluster)).toEqual(recordedProxies(moment));
  });
});
