import { describe, expect, it } from 'vitest';
import type { Mesh } from '../../mesh/mesh.ts';
import { meshStatus } from '../../mesh/status.ts';
import {
  halfMoved,
  injected,
  injector,
  mesh,
  namespace,
  outside,
  plane,
  sidecar,
  workload,
} from '../../mesh/status.test-helper.ts';
import { styleOf } from '../text.ts';
import { render } from './render.ts';

const plain = styleOf({ color: false, columns: 100, env: {} });

function text(one: Mesh, { wide = false, style = plain, only = undefined as string | undefined } = {}): string {
  const scope = only === undefined ? {} : { namespace: only };
  return render(meshStatus(one, { ...scope, takenAt: '2026-01-02T03:04:05.000Z', toolVersion: '9.9.9' }), style, wide);
}

const firstLine = (one: Mesh): string => text(one).split('\n')[0] ?? '';
const many = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe('headline', () => {
  it('says how far a canary is', () => {
    expect(firstLine(halfMoved())).toBe(
      'Istio 1.29.6 → 1.30.3 in progress: 2 of 4 proxies on revision 1-30-3, 2 lag behind.',
    );
  });

  it('says when nothing has moved yet, and when all has', () => {
    const planes = { controlPlanes: [plane('1-29-6', '1.29.6'), plane('1-30-3', '1.30.3')] };

    expect(
      firstLine(mesh({ ...planes, proxies: [sidecar('a', '1-29-6', '1.29.6'), sidecar('b', '1-29-6', '1.29.6')] })),
    ).toBe('Istio 1.29.6 → 1.30.3 not begun: revision 1-30-3 is installed, and none of 2 proxies is on it yet.');
    const all = many(3).map((index) => sidecar(`p${index}`, '1-30-3', '1.30.3'));
    expect(text(mesh({ ...planes, proxies: all }))).toMatch(
      /^Istio 1\.29\.6 → 1\.30\.3: all 3 proxies on revision 1-30-3; revision 1-29-6 is still installed and has\s+none\./,
    );
  });

  it('says that a mesh is in step, or how many proxies are not', () => {
    const controlPlanes = [plane('default', '1.30.3')];
    const proxies = many(3).map((index) => sidecar(`p${index}`, 'default', index === 0 ? '1.29.6' : '1.30.3'));

    expect(firstLine(mesh({ controlPlanes, proxies: proxies.slice(1) }))).toBe(
      'Istio 1.30.3, revision default: both proxies in step.',
    );
    expect(firstLine(mesh({ controlPlanes, proxies }))).toBe(
      'Istio 1.30.3, revision default: 1 of 3 proxies not at 1.30.3.',
    );
  });

  it('calls two control planes of one revision and two versions by version', () => {
    const controlPlanes = [plane('default', '1.29.6'), plane('default', '1.30.3', { namespace: 'istio-b' })];
    const proxies = [sidecar('a', 'default', '1.29.6'), sidecar('b', 'default', '1.30.3')];

    expect(firstLine(mesh({ controlPlanes, proxies }))).toContain('in progress: 1 of 2 proxies');
  });

  it('says that nothing was found, what was looked for, and no word of health', () => {
    const output = text(mesh());

    expect(output).toMatch(/^No Istio found\.\n/);
    expect(output).toContain('Looked for Deployments of istiod');
    expect(output).not.toContain('no problem');
  });

  it('does not claim that there is no Istio when something was not read', () => {
    const output = text(mesh({ incomplete: [{ what: 'pods', why: 'forbidden' }] }));

    expect(output).toMatch(/^No Istio found in what could be seen\.\n/);
    expect(output.trimEnd().split('\n').slice(-2)).toEqual(['NOT SEEN', '  pods: forbidden']);
  });

  it('does not claim that the control plane is gone when Deployments were not read', () => {
    const proxies = [sidecar('a', 'default', '1.30.3')];

    expect(firstLine(mesh({ proxies }))).toBe('Istio has no control plane, and 1 proxy runs without one.');
    const blind = mesh({ proxies, incomplete: [{ what: 'cronJobs, deployments', why: 'forbidden' }] });
    expect(firstLine(blind)).toBe('Control planes could not be seen; 1 proxy runs.');
    expect(text(blind)).not.toContain('PROBLEMS');
    expect(firstLine(mesh({ ...blind, proxies: [] }))).toBe('No Istio found in what could be seen.');
  });

  it('does not call a cluster empty because one namespace is', () => {
    expect(text(mesh({ proxies: [sidecar('a', 'x', '1.30.3')] }), { only: 'plain' })).toMatch(
      /^Istio has no control plane, and no proxy runs in namespace plain\.\n/,
    );
  });

  it('does not say that nobody is the default when the webhooks were not read', () => {
    const one = mesh({ controlPlanes: [plane('a', '1.30.3')] });

    expect(text(one)).toContain('→ nobody; nobody injects');
    expect(text({ ...one, incomplete: [{ what: 'mutatingWebhooks', why: 'forbidden' }] })).toContain(
      'default  → not known\n',
    );
  });
});

describe('overview', () => {
  it('shows control planes, tags, bars and who lags behind, each for its reason', () => {
    const output = text(halfMoved());

    expect(output).toContain('  1-29-6    1.29.6   1/1    istio-system/istiod-1-29-6  helm istio-system/istiod\n');
    expect(output).toContain('  tag prod  → 1-30-3\n');
    expect(output).toContain('default   → 1-29-6 (istiod-default-validator → 1-29-6); nobody injects');
    expect(output).toContain(`  revision  1-29-6  ${'█'.repeat(20)}${'░'.repeat(20)}  2\n`);
    expect(output).toContain('1 workload, 2 proxies: a restart moves to revision 1-30-3 (1.30.3)\n    shop/api');
    expect(output).toMatch(/a restart does not change the version: Namespace label\s+istio\.io\/rev=1-29-6/);
    expect(output).not.toContain('shop/web');
    expect(output).not.toContain('PROBLEMS');
    expect(output).not.toContain('NOT SEEN');
  });

  it('shows ten laggards, and all with --wide', () => {
    const pending = { revision: 'b', version: '1.30.3', reason: '' };
    const workloads = many(47).map((index) =>
      workload(`w${100 + index}`, 'a', '1.29.6', { pending, injection: injected('b') }),
    );
    const one = mesh({ controlPlanes: [plane('b', '1.30.3')], workloads });

    expect(text(one)).toContain('    … 37 more, see --wide\n');
    expect(text(one)).not.toContain('w110');
    expect(text(one, { wide: true })).not.toContain('more, see');
    expect(text(one, { wide: true })).toContain('    shop/w146');
  });

  it('shows a single straggler among very many', () => {
    const proxies = [sidecar('old', 'a', '1.29.6'), ...many(999).map((index) => sidecar(`p${index}`, 'b', '1.30.3'))];
    const output = text(mesh({ controlPlanes: [plane('b', '1.30.3')], proxies }));

    expect(output).toContain(`  revision  a       █${'░'.repeat(39)}  1\n`);
    expect(output).toContain(`            b       ${'█'.repeat(39)}░  999\n`);
  });

  it('keeps prose within the width and uses ASCII where the locale has nothing else', () => {
    const style = styleOf({ color: false, columns: 60, env: { LANG: 'C' } });
    const lines = text(halfMoved(), { style }).split('\n');

    expect(lines[0]?.length).toBeLessThanOrEqual(60);
    expect(lines.join('\n')).toMatch(/^[\u0020-\u007e\n]*$/);
  });

  it('colours only when asked to', () => {
    expect(text(halfMoved())).not.toContain('\u001b');
    expect(text(halfMoved(), { style: styleOf({ color: true, columns: 100, env: {} }) })).toContain('\u001b[1mIstio');
  });

  it('lists every webhook, namespace and workload with --wide', () => {
    const output = text(halfMoved(), { wide: true });

    expect(output).toMatch(/istio-sidecar-injector-1-29-6\s+mutating\s+istio-system\/istiod-1-29-6\s+1-29-6\s+healthy/);
    expect(output).toMatch(/plain\s+no proxy\s+1\s+Neither the namespace/);
    expect(output).toMatch(/shop\/api\s+Deployment\s+2\/2\s+1\.29\.6\+1\.30\.3\s+1-29-6\+1-30-3\s+1-30-3/);
  });

  it('marks a ztunnel that is older than the control plane, and does not guess at OnDelete', () => {
    const ztunnel = {
      ...{ namespace: 'istio-system', name: 'ztunnel', version: '1.29.6', desired: 2, ready: 2, updated: null },
      ...{ strategy: 'OnDelete', versions: { '1.29.6': 2 }, owner: plane('a', 'b').owner },
    };
    const one = mesh({ controlPlanes: [plane('default', '1.30.3')], components: { base: null, cni: null, ztunnel } });

    expect(text(one)).toContain('ztunnel  1.29.6  2/2 ready, older than control plane 1.30.3');
  });
});

describe('problems', () => {
  it('warns of restarts that would be refused or lose the proxy, before all else', () => {
    const fails = {
      ...injected('gone'),
      outcome: 'fails',
      code: 'webhook-dead',
      reason: 'Nothing answers at istiod-gone.',
    } as const;
    const pending = { revision: null, version: null, reason: '' };
    const one = mesh({
      controlPlanes: [plane('b', '1.30.3')],
      namespaces: [namespace('shop', fails)],
      workloads: [
        workload('api', 'gone', '1.29.6', { injection: fails, pending }),
        workload('bare', 'gone', '1.29.6', { namespace: 'old', injection: outside, pending }),
      ],
    });
    const output = text(one);

    expect(output).toContain('!! Namespace shop: New pods are refused. Nothing answers at istiod-gone.');
    expect(output.indexOf('DO NOT RESTART')).toBeLessThan(output.indexOf('CONTROL PLANES'));
    expect(output).toMatch(/DO NOT RESTART\n {2}1 workload, 1 proxy: new pods are refused.*\n {4}shop\/api/);
    expect(output).toMatch(
      /a restart takes the proxy away: Neither the namespace nor the pod asks for a\s+sidecar\.\n {4}old\/bare/,
    );
  });

  it('names proxies whose revision has no control plane', () => {
    const one = mesh({ controlPlanes: [plane('b', '1.30.3')], proxies: [sidecar('a', 'gone', '1.29.6')] });

    expect(text(one)).toContain('!! Revision gone: 1 proxy of this revision runs, but it has no control plane');
  });

  it('tells of a dangling webhook once, with the way out', () => {
    const problem = 'Service istio-system/istiod-a not found: pods that it matches are refused (failurePolicy Fail).';
    const dangling = { name: 'istio-revision-tag-prod', tag: 'prod', healthy: false, problem } as const;
    const one = mesh({
      controlPlanes: [plane('b', '1.30.3')],
      webhooks: [injector('a', dangling)],
      tags: [
        { name: 'prod', revision: 'a', webhook: dangling.name, service: null, owner: plane('a', '').owner, problem },
      ],
    });
    const output = text(one);

    expect(output.match(/not found/g)).toHaveLength(1);
    expect(output).toContain('istioctl tag set prod --revision b --overwrite');
    expect(output).toContain('1 problem');
  });

  it('is silent on a webhook that is switched off, or whose health is not known', () => {
    const webhooks = [injector('a', { healthy: false, deactivated: true }), injector('b', { healthy: null })];

    expect(text(mesh({ controlPlanes: [plane('a', '1.30.3')], webhooks }))).toContain('no problem found');
  });

  it('tells a dead control plane from a thin one, and a rollout that hangs', () => {
    const one = (more: Parameters<typeof plane>[2]): string =>
      text(mesh({ controlPlanes: [plane('a', '1.30.3', more)] }));

    expect(one({ readyReplicas: 0 })).toContain(
      '!! Deployment istio-system/istiod-a: 0 of 1 replica ready: revision a serves nobody.',
    );
    expect(one({ replicas: 3, readyReplicas: 2 })).toMatch(
      / {2} ! Deployment istio-system\/istiod-a: 2 of 3 replicas ready/,
    );
    expect(one({ replicas: 0, readyReplicas: 0 })).toContain('scaled to 0');
    expect(one({ runningVersions: ['1.29.6'] })).toContain('Its image is 1.30.3, but its pods answer 1.29.6');
  });

  it('names a few of many pods that are not connected', () => {
    const lost = many(9).map((index) => sidecar(`p${index}`, 'a', '1.30.3', { connected: false, connectedTo: null }));
    const output = text(mesh({ controlPlanes: [plane('a', '1.30.3')], proxies: lost }));

    expect(output).toMatch(
      /9 Pods shop\/p0, shop\/p1, shop\/p2, shop\/p3, shop\/p4 and 4 more: Every\s+control plane was asked/,
    );
    expect(output).toContain('kubectl -n shop logs p0 -c istio-proxy');
    expect(output).toContain('9 proxies: 9 not connected');
  });

  it('shows a connection that is not known as not known', () => {
    const proxies = [sidecar('a', 'a', '1.30.3', { connected: null })];
    const output = text(mesh({ controlPlanes: [plane('a', '1.30.3')], proxies }));

    expect(output).toContain('1 proxy: 1 whose connection is not known');
    expect(output).not.toContain('PROBLEMS');
  });

  it('names an istiod that did not answer, but not those of a file without any answers', () => {
    const pods = [{ name: 'istiod-a-1', ready: true, answered: false, error: 'no answer within 5 s' }];
    const one = mesh({ controlPlanes: [plane('a', '1.30.3', { pods })] });

    expect(text(one)).toMatch(/ {2} ! Deployment istio-system\/istiod-a: 1 pod did not answer: istiod-a-1\./);
    const blind = text({ ...one, incomplete: [{ what: 'istiods', why: 'no answers in the file' }] });
    expect(blind).not.toContain('PROBLEMS');
    expect(blind).toMatch(/no problem found in\s+what could be seen/);
  });

  it('names namespaces that are labelled for nobody, once for all their workloads', () => {
    const nobody = { ...outside, code: 'revision-not-served', reason: 'No revision or tag is named x.' } as const;
    const one = mesh({
      controlPlanes: [plane('b', '1.30.3')],
      namespaces: [namespace('shop', nobody)],
      workloads: [workload('api', 'b', '1.30.3', { injection: nobody })],
    });
    const output = text(one);

    expect(output.replace(/\s+/g, ' ').match(/No revision or tag is named x\./g)).toHaveLength(1);
    expect(output).toContain('kubectl label namespace shop istio.io/rev=b --overwrite');
  });
});
