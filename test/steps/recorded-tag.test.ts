import { describe, expect, it } from 'vitest';
import { RecordedMesh } from '../../sandbox/assembly/recorded-mesh.test-helper.ts';
import { byId, idOf, recordedObjects } from '../../sandbox/istio/recorded.test-helper.ts';
import { resources } from '../../sandbox/store/resources.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { moveTag } from '../../src/steps/move-tag.ts';
import { tag } from './cases.ts';
import { around, type Lab } from './lab.ts';

/** What the API server and time decide. */
const decided = /^(uid|resourceVersion|creationTimestamp|managedFields|generation)$/;

/** Labels, annotations, webhooks and selector of an object; addresses and bundles are each cluster's own. */
function essence(object: KubeObject): unknown {
  const { metadata, ...rest } = object;
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !decided.test(key)));
  const text = JSON.stringify({ ...rest, metadata: kept });
  const plain = text
    .replace(/"caBundle":"[^"]*"/g, '"caBundle":"REDACTED-CA"')
    .replace(/"clusterIPs?":(\[[^\]]*\]|"[^"]*")/g, '"clusterIP":""');
  return JSON.parse(plain);
}

const ids = ['MutatingWebhookConfiguration istio-revision-tag-prod', 'Service istio-system/istiod-revision-tag-prod'];

function tagObjects({ cluster }: Lab): KubeObject[] {
  const all = [...cluster.store.all(resources.mutatingWebhooks), ...cluster.store.all(resources.services)];
  return ids.map((id) => byId(all, id));
}

const recorded = (moment: string) => ids.map((id) => essence(byId(recordedObjects(moment), id)));

describe('a tag that istioctl made', () => {
  it('is moved to what istioctl tag set left in a real cluster, object by object, and back', async () => {
    const mesh = new RecordedMesh();
    mesh.before();
    mesh.installCanary();
    const lab = around(mesh.cluster, mesh.clock);
    const spec = tag('prod', '1-29-6', '1-30-3');
    expect(tagObjects(lab).map(essence)).toEqual(recorded('canary/10-canary-installed'));
    await moveTag.apply(lab.context, spec);
    expect(tagObjects(lab).map(essence)).toEqual(recorded('canary/20-tag-moved'));
    const before = new Set(
      recordedObjects('canary/10-canary-installed').map((object) => JSON.stringify(essence(object))),
    );
    const changed = recordedObjects('canary/20-tag-moved').filter((one) => !before.has(JSON.stringify(essence(one))));
    expect(
      changed
        .map(idOf)
        .filter((id) => /Webhook|^Service/.test(id))
        .sort(),
    ).toEqual([...ids].sort());
    expect(lab.writes).toEqual(ids.map((id) => `patch ${id}`));
    const [back] = moveTag.undo(spec);
    if (back?.kind === 'move-tag') await moveTag.apply(lab.context, back);
    expect(tagObjects(lab).map(essence)).toEqual(recorded('canary/10-canary-installed'));
  });
});
