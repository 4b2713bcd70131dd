import { describe, expect, it } from 'vitest';
import { openJournal, readJournal } from '../journal/journal.ts';
import { withWholeProxies } from '../journal/proxies.ts';
import { memoryStore } from '../journal/store.test-helper.ts';
import { mesh, sidecar, workload } from '../mesh/status.test-helper.ts';
import { facts } from '../../test/mesh-facts.ts';
import type { Session } from './deps.ts';
import { proxiesEvents, recordTraffic, restAfter, writeProxies } from './records.ts';
import { testSession } from './session.test-helper.ts';

const line = { target: 'http://a/', sent: 1, failed: 0, p99Ms: 1, longestGapMs: 0, ended: {} };

describe('traffic', () => {
  function measured() {
    const session = testSession({ world: { traffic: { lines: () => [line] } } });
    const where = { stage: '' };
    const end = recordTraffic(session, () => where.stage);
    return { session, where, end };
  }

  it('is written every ten seconds of a stage, and from its beginning in the next', async () => {
    const { session, where, end } = measured();
    await session.world.clock.sleep(25_000);
    expect(session.written).toEqual([]);
    where.stage = 'wave-1';
    await session.world.clock.sleep(30_000);
    expect(session.written).toHaveLength(3);
    where.stage = 'wave-2';
    await session.world.clock.sleep(20_000);
    await end();
    expect(session.written.map((event) => event.type === 'traffic' && event.stage)).toEqual([
      ...['wave-1', 'wave-1', 'wave-1'],
      ...['wave-2', 'wave-2'],
    ]);
    await session.world.clock.sleep(60_000);
    expect(session.written).toHaveLength(5);
  });

  it('of a stage that lasts a day fills no more than some hundred entries', async () => {
    const { session, where, end } = measured();
    where.stage = 'wave-1';
    await session.world.clock.sleep(905_000);
    expect(session.written).toHaveLength(90);
    await session.world.clock.sleep(86_400_000);
    await end();
    expect(session.written.length).toBeLessThan(750);
    expect([0, 99, 100, 250].map(restAfter)).toEqual([10_000, 10_000, 20_000, 40_000]);
  });
});

describe('the proxies of a large mesh', () => {
  const large = (count: number) => {
    const proxies = Array.from({ length: count }, (_none, index) =>
      sidecar(`web-with-a-rather-long-name-5d8c7b9f6d-${index}`, '1-30-3', '1.30.3'),
    );
    return mesh({ workloads: [workload('web-with-a-rather-long-name', '1-30-3', '1.30.3')], proxies });
  };

  it('are one entry while that is small', () => {
    expect(proxiesEvents({ mesh: large(500) }, 'before')).toMatchObject([{ type: 'proxies', when: 'before' }]);
    expect(proxiesEvents({ mesh: large(500) }, 'before')[0]).not.toHaveProperty('part');
    expect(proxiesEvents({ mesh: large(0) }, 'after')).toEqual([{ type: 'proxies', when: 'after', proxies: {} }]);
  });

  it('are stored in parts that fit, and are one again when they are read', async () => {
    const store = memoryStore();
    const place = { namespace: 'istio-system', run: 'r' };
    const deps = { api: store.api, now: () => 0, sleep: () => Promise.resolve(), epoch: 1 };
    const view = { facts: facts(), mesh: large(20_000), seenAt: 0 };
    const journal = await openJournal(place, deps);
    const session: Session = { ...testSession({ look: () => Promise.resolve(view) }), journal };
    await writeProxies(session, 'before');
    // etcd takes 1.5 MiB, a ConfigMap 1 MiB.
    for (const object of store.objects.values()) expect(JSON.stringify(object).length).toBeLessThan(300_000);
    const read = await readJournal(store.api, place);
    expect(read).toHaveLength(40);
    const [whole, ...more] = withWholeProxies(read);
    expect(more).toEqual([]);
    expect(whole?.event.type === 'proxies' && Object.keys(whole.event.proxies)).toHaveLength(20_000);
    expect(whole).toMatchObject({ seq: 40, event: { when: 'before' } });
  });

  it('that were not written to the end are none', () => {
    const parts = proxiesEvents({ mesh: large(1200) }, 'before').map((event) => ({ event }));
    const note = { event: { type: 'note', step: '', text: '' } } as const;
    expect(withWholeProxies(parts.slice(0, 2))).toEqual([]);
    expect(withWholeProxies([...parts.slice(0, 2), note, ...parts])).toHaveLength(2);
    expect(withWholeProxies(parts.slice(1))).toEqual([]);
  });
});
