import { beforeAll, describe, expect, it } from 'vitest';
import { accepted, compareObjects, proxiesOf, recordedProxies, type Accepted } from './compare.test-helper.ts';
import { recordedObjects } from '../istio/recorded.test-helper.ts';
import { RecordedAmbient } from './recorded-ambient.test-helper.ts';

const mesh = new RecordedAmbient();

const differences: readonly Accepted[] = [
  { line: /^only recorded: Pod probe\/probe-/, why: 'pods that the observer of the recording made every two seconds' },
  {
    line: /^only (here|recorded): (Deployment|ReplicaSet|Pod) way\/waypoint/,
    why: 'the recorded waypoint could not start, which its user tried to mend by changing it several times',
  },
  {
    line: /^only (here|recorded): Secret istio-system\/sh\.helm\.release\.v1\.istiod\.v[1-5] /,
    why: 'the recorded istiod had been upgraded three times before, with other values',
  },
  {
    line: /^only recorded: Lease istio-system\/istio-status-leader /,
    why: 'the lock of the status controller, an election that the simulated istiod does not hold',
  },
];
const used = new Set<Accepted>();

const steps: readonly (readonly [moment: string, step: () => void])[] = [
  ['ambient/00-before', () => mesh.before()],
  ['ambient/10-istiod-upgraded', () => mesh.upgradeIstiod()],
  ['ambient/40-after', () => mesh.upgradeNodes()],
];

describe.each(steps)('the recorded upgrade of an ambient mesh: %s', (moment, step) => {
  beforeAll(step);

  it('has the objects that were recorded', () => {
    const comparison = compareObjects(mesh.cluster, moment, [...accepted, ...differences]);
    expect(comparison.unlisted).toEqual([]);
    for (const entry of comparison.used) used.add(entry);
  });

  it('has every proxy at the istiod that was recorded', async () => {
    const proxies = await proxiesOf(mesh.cluster);
    // The recorded waypoint never started; see above.
    expect(proxies.filter((line) => !line.includes('waypoint'))).toEqual(recordedProxies(moment));
    expect(recordedProxies(moment)).toHaveLength(1);
  });
});

describe('the table of differences of the ambient mesh', () => {
  it('has no entry that is not needed', () => {
    expect(differences.filter((entry) => !used.has(entry))).toEqual([]);
  });

  it('leaves the pods of the mesh to be compared, with what istio-cni wrote to them', () => {
    const inMesh = recordedObjects('ambient/00-before').filter(
      ({ metadata }) => metadata.annotations?.['ambient.istio.io/redirection'] === 'enabled',
    );
    expect(inMesh.filter(({ metadata }) => metadata.namespace !== 'probe')).toHaveLength(15);
  });
});
