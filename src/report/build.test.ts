import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../journal/entry.ts';
import { eventfulRun, patch, pen, planOf, proxies, reportOf, run, stateOf, step } from './story.test-helper.ts';
import { answer, enter, traffic } from './story.test-helper.ts';

/** Report of a run in wave-1 in which these events happen. */
function inWave1(events: readonly JournalEvent[], status: Parameters<typeof stateOf>[0] = 'running') {
  const { write, entries } = pen();
  for (const event of [run('started'), enter('wave-1'), ...events]) write(event);
  return reportOf(entries, planOf(), stateOf(status));
}

describe('report of an eventful run', () => {
  const report = reportOf(eventfulRun());

  it('says in one sentence how it ended', () => {
    expect(report.outcome).toEqual({
      ...{ status: 'finished', phase: 'forward', stage: '', why: '' },
      sentence:
        'The mesh was moved from 1.29.6 to 1.30.3 in 1 min 44 s; 4 of 4 proxies ran 1.30.3 at the end; 0 of 1,800 requests failed.',
    });
    expect(report.time).toMatchObject({ from: '2026-03-02T08:00:01.000Z', seconds: 764, activeSeconds: 104 });
  });

  it('puts the visits of a stage together, without the time between them', () => {
    const wave = report.stages.find(({ stage }) => stage === 'wave-2');
    expect(wave?.visits.map(({ epoch, seconds }) => [epoch, seconds])).toEqual([
      [1, 2],
      [2, 34],
      [3, 21],
    ]);
    expect(wave).toMatchObject({ outcome: 'passed', seconds: 57, title: 'Title of wave-2' });
    expect(report.stages.map(({ stage }) => stage)).toEqual(['prepare', 'wave-1', 'wave-2']);
  });

  it('follows a step through a killed process, a failure and its end', () => {
    const [web] = report.stages[2]?.steps ?? [];
    expect(web).toMatchObject({
      outcome: 'done',
      start: '2026-03-02T08:00:33.000Z',
      seconds: 48,
      retries: 2,
      detail: '',
    });
    expect(web?.executions.map(({ epoch, end }) => [epoch, end])).toEqual([
      [1, 'no word'],
      [2, 'failed'],
      [3, 'done'],
    ]);
    const [checkout] = report.stages[1]?.steps ?? [];
    expect(checkout).toMatchObject({ outcome: 'done', seconds: 20, retries: 1 });
  });

  it('takes the moment at which a step was seen done for its end, when no process wrote one', () => {
    const tail = [run('resumed'), enter('wave-1'), step('checkout', 'skipped', 'the cluster shows it')];
    const killed = inWave1([step('checkout', 'started'), ...tail]);
    const seen = { outcome: 'done', end: '2026-03-02T08:00:06.000Z', detail: 'the cluster shows it' };
    expect(killed.stages[0]?.steps[0]).toMatchObject({ ...seen, seconds: null });
    const failed = inWave1([step('checkout', 'started'), step('checkout', 'failed', 'late'), ...tail.slice(1)]);
    expect(failed.stages[0]?.steps[0]).toMatchObject({ ...seen, seconds: 1 });
    const untouched = inWave1(tail);
    expect(untouched.stages[0]?.steps[0]).toMatchObject({ outcome: 'skipped', start: null, retries: 0 });
  });

  it('tells of every write who sent it, on what it rested and how it ended', () => {
    expect(report.writes.map(({ by, outcome, again, detail }) => [by, outcome, again, detail])).toEqual([
      ['ann@laptop 1', 'refused', false, 'the object has changed'],
      ['ann@laptop 1', 'ok', true, '9'],
      ['ann@laptop 1', 'unknown', false, 'no answer was written down'],
      ['bob@ci 2', 'unknown', false, 'no answer in 10 s'],
      ['bob@ci 3', 'ok', false, '12'],
    ]);
    const later = 'sent again and accepted at 2026-03-02T08:12:24.000Z';
    expect(report.writes.map(({ resolved }) => resolved)).toEqual(['', '', later, later, '']);
    expect(report.writes[0]).toMatchObject({
      precondition: 'resourceVersion 7',
      epoch: 1,
      at: '2026-03-02T08:00:08.000Z',
    });
  });

  it('counts the traffic of each stage once, also when a process begins to count anew', () => {
    expect(report.traffic.stages.map(({ stage, epoch, sent }) => [stage, epoch, sent])).toEqual([
      ['prepare', 1, 100],
      ['wave-1', 1, 300],
      ['wave-1', 2, 150],
      ['wave-2', 2, 750],
      ['wave-2', 3, 500],
    ]);
    expect(report.traffic.total).toMatchObject({ sent: 1800, failed: 0, ended: [{ how: 'goaway', count: 2 }] });
    expect(report.traffic.failureRateBelow).toBeCloseTo(3 / 1800, 12);
  });

  it('takes the records of a stage together that a process wrote every now and then', () => {
    const { write, take, entries } = pen();
    for (const event of [run('started'), traffic('wave-1', 100, 1), traffic('wave-1', 250, 1, { told: 1 })])
      write(event);
    write(traffic('wave-1', 400, 2, { told: 3 }));
    take(2);
    for (const event of [run('resumed'), traffic('wave-1', 50), traffic('wave-2', 90)]) write(event);
    const { stages, total } = reportOf(entries).traffic;
    expect(stages.map(({ stage, epoch, sent, failed }) => [stage, epoch, sent, failed])).toEqual([
      ['wave-1', 1, 400, 2],
      ['wave-1', 2, 50, 0],
      ['wave-2', 2, 40, 0],
    ]);
    expect(total).toMatchObject({ sent: 490, ended: [{ how: 'told', count: 3 }] });
  });

  it('takes the count of another process for a new one, however high it is', () => {
    const { write, take, entries } = pen();
    for (const event of [run('started'), traffic('wave-1', 100, 1)]) write(event);
    take(2);
    for (const event of [run('resumed'), traffic('wave-1', 300, 2), traffic('wave-2', 50)]) write(event);
    expect(reportOf(entries).traffic.stages.map(({ sent, failed }) => [sent, failed])).toEqual([
      [100, 1],
      [300, 2],
      [50, 0],
    ]);
  });

  it('takes proxies that were written in parts together', () => {
    const { write, entries } = pen();
    write(run('started'));
    for (const [number, name] of ['web', 'checkout'].entries())
      write({ ...proxies('before', { [name]: '1.29.6' }), part: { number: number + 1, of: 2 } } as JournalEvent);
    expect(reportOf(entries).proxies.workloads.map(({ workload, before }) => [workload, before[0]?.proxies])).toEqual([
      ['Deployment shop/checkout', 2],
      ['Deployment shop/web', 2],
    ]);
  });

  it('groups proxies by workload and follows their versions', () => {
    expect(report.proxies.workloads).toEqual(
      ['checkout', 'web'].map((name) => ({
        workload: `Deployment shop/${name}`,
        before: [{ version: '1.29.6', revision: '1-29-6', proxies: 2 }],
        after: [{ version: '1.30.3', revision: '1-30-3', proxies: 2 }],
      })),
    );
    expect(report.proxies.course.map(({ measured, counts }) => [measured, counts.map((one) => one.proxies)])).toEqual([
      [true, [4]],
      [false, [2, 2]],
      [false, [4]],
      [true, [4]],
    ]);
  });

  it('keeps interruptions, takeovers, evidence and notes', () => {
    expect(report.stops.map(({ what, seconds }) => [what, seconds])).toEqual([
      ['no word', 60],
      ['breach', 600],
    ]);
    expect(report.takeovers.map(({ from, to, after }) => [from.epoch, to.epoch, after])).toEqual([
      [1, 2, 'no word'],
      [2, 3, 'breach'],
    ]);
    expect(report.evidence).toMatchObject([{ name: 'connections closed', value: '3' }]);
    expect(report.notes).toMatchObject([{ value: 'pod checkout-a stays for now' }]);
  });

  it('names what it can not say', () => {
    expect(report.notMeasured.map(({ code }) => code)).toEqual(['traffic-lost', 'gate']);
    expect(report.notMeasured[0]?.text).toContain('after 08:00:30 of process ann@laptop 1');
    expect(report.notMeasured[1]?.text).toContain('Gate webhooks of stage wave-2');
  });
});

it('does not count the days between the end of one command and the begin of the next', () => {
  const { write, entries } = pen();
  const complete = (what: 'started' | 'finished'): JournalEvent =>
    ({ type: 'run', what, phase: 'complete', by: 'ann@laptop 9', detail: '' }) as const;
  for (const event of [run('started'), enter('prepare'), run('finished')]) write(event);
  write(complete('started'), 86_400);
  write(complete('finished'), 3);
  const report = reportOf(entries, planOf(), stateOf('completed'));
  expect(report.time).toMatchObject({ seconds: 86_405, activeSeconds: 5 });
  expect(report.stops).toMatchObject([{ what: 'finished', seconds: 86_400 }]);
  expect(report.outcome.sentence).toContain('in 5 s and revision 1-29-6 removed');
});

describe('what could not be measured', () => {
  const codes = (report: ReturnType<typeof reportOf>): string[] => report.notMeasured.map(({ code }) => code);

  it('is the whole traffic without probes, and nothing is claimed', () => {
    const { write, entries } = pen();
    write(run('started'));
    const report = reportOf(entries, planOf('web', []));
    expect(report.notMeasured[0]?.text).toContain('the policy names no probes');
    expect(report.traffic).toMatchObject({ failureRateBelow: null, total: { sent: 0 } });
    expect(report.traffic.statement).toContain('nothing can be said');
    expect(report.outcome.sentence).toContain('no traffic was measured');
  });

  it('is a target that nothing was sent to', () => {
    const target = 'http://other.example/';
    const { write, entries } = pen();
    for (const event of [run('started'), enter('prepare'), traffic('prepare', 5)]) write(event);
    const report = reportOf(entries, planOf('web', ['http://gateway.example/', target]));
    expect(report.notMeasured).toContainEqual({
      code: 'traffic',
      text: `Traffic to ${target}: no request was counted.`,
    });
  });

  it('is a write whose effect nobody saw; a step seen done clears it up', () => {
    const unseen = inWave1([step('checkout', 'started'), patch('1', 'checkout'), answer('1', 'unknown', 'reset')]);
    expect(unseen.writes[0]?.resolved).toBeNull();
    expect(codes(unseen)).toContain('write');
    const seen = inWave1([patch('1', 'checkout'), answer('1', 'unknown', 'reset'), step('checkout', 'skipped')]);
    expect(seen.writes[0]?.resolved).toContain('seen done in the cluster at 2026-03-02T08:00:05');
    expect(codes(seen)).not.toContain('write');
    // What was true before the write says nothing about it, nor does the same step on the way back.
    const before = inWave1([
      patch('1', 'checkout'),
      answer('1', 'ok'),
      step('checkout', 'done'),
      patch('2', 'checkout'),
    ]);
    expect(before.writes[1]?.resolved).toBeNull();
    const back: JournalEvent = { type: 'run', what: 'started', phase: 'back', by: 'ann@laptop 1', detail: '' };
    expect(inWave1([patch('1', 'checkout'), back, step('checkout', 'done')]).writes[0]?.resolved).toBeNull();
    const [undone] = inWave1([patch('1', 'checkout'), back, patch('2', 'checkout'), answer('2', 'ok')]).writes;
    expect(undone).toMatchObject({ phase: 'forward', resolved: null });
  });

  it('is a version that was not seen, and a workload that is gone', () => {
    const { write, entries } = pen();
    for (const event of [
      run('started'),
      proxies('before', { a: null, b: '1.29.6' }),
      proxies('after', { a: '1.30.3' }),
    ])
      write(event);
    const texts = reportOf(entries).notMeasured.map(({ text }) => text);
    expect(texts).toContain('Proxies of Deployment shop/a: not every version was seen.');
    expect(texts).toContain('Proxies of Deployment shop/b: seen before, none seen after.');
  });

  it('is the end, when something was written after it was looked at', () => {
    const { write, entries } = pen();
    for (const event of [run('started'), proxies('before', { a: '1.29.6' }), proxies('after', { a: '1.30.3' })])
      write(event);
    expect(reportOf(entries).proxies.afterAt).not.toBeNull();
    write(patch('1', 'a'));
    expect(reportOf(entries).proxies).toMatchObject({ afterAt: null, workloads: [{ after: null }] });
    expect(reportOf(entries).notMeasured.map(({ text }) => text)).toContain(
      'Proxies after the run: they were not recorded after the last write.',
    );
  });

  it('is an unknown gate, a step without end, and a head that says something else', () => {
    const gate = { type: 'gate', stage: 'wave-1', gate: 'proxies', verdict: 'unknown', value: 'no answer' } as const;
    const report = inWave1([step('checkout', 'started'), gate], 'finished');
    expect(codes(report)).toEqual(expect.arrayContaining(['gate', 'step', 'state']));
    expect(report.outcome).toMatchObject({ status: 'no word', stage: 'wave-1' });
  });
});

describe('outcome', () => {
  it('of a halt names stage, progress and reason', () => {
    const { outcome, notMeasured } = inWave1([step('checkout', 'started'), run('halted', 'no rights')], 'halted');
    expect(outcome.status).toBe('halted');
    expect(outcome.sentence).toBe(
      'The upgrade from 1.29.6 to 1.30.3 stands still on its way forward, stage wave-1, after 3 s; 0 of 2 planned steps done; no traffic was measured. Reason: no rights',
    );
    expect(notMeasured.map(({ code }) => code)).not.toContain('state');
  });

  it('without an end says how far the journal goes', () => {
    const during = inWave1([step('checkout', 'started')], 'running').outcome.sentence;
    expect(during).toContain('has no end: on its way forward, stage wave-1, 2 s are recorded; 0 of 2 planned steps');
    const { write, entries } = pen();
    write(run('started'));
    const before = reportOf(entries, planOf(), stateOf('running')).outcome.sentence;
    expect(before).toContain('has no end: on its way forward, 0 s are recorded; ');
  });

  it('of a way back, whole or in part', () => {
    const back = (what: 'started' | 'finished', detail: string): JournalEvent =>
      ({ ...run(what, detail), phase: 'back' }) as JournalEvent;
    const events = (detail: string): JournalEvent[] => [
      ...[
        proxies('before', { checkout: '1.29.6' }),
        step('checkout', 'done'),
        run('finished'),
        back('started', 'epoch 1'),
        enter('back-wave-1'),
        step('checkout', 'started'),
        step('checkout', 'done'),
      ],
      ...[enter('back-wave-1', 'passed'), proxies('after', { checkout: '1.29.6' }), back('finished', detail)],
    ];
    const whole = inWave1(events(''), 'rolled-back');
    expect(whole.outcome.sentence).toContain('was taken back in 10 s; 2 of 2 proxies ran 1.29.6 at the end');
    expect(whole.stages.map(({ phase, title }) => [phase, title])).toEqual([
      ['forward', 'Title of wave-1'],
      ['back', 'Title of wave-1: back'],
    ]);
    expect(whole.proxies.course.map(({ counts }) => counts.map(({ version }) => version).join())).toEqual([
      ...['1.29.6', '1.30.3', '1.29.6', '1.29.6'],
    ]);
    expect(inWave1(events('what was moved last went back'), 'paused').outcome.status).toBe('paused');
  });

  it('counts failures, and gives no bound then', () => {
    const report = inWave1([traffic('wave-1', 1000, 3, { rst: 2 }), run('finished')], 'finished');
    expect(report.traffic).toMatchObject({ failureRateBelow: null, total: { failed: 3 } });
    expect(report.traffic.statement).toContain('3 of 1,000 requests failed (0.3 %)');
  });
});
