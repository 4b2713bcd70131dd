import type { KubeObject } from '../../../src/kube/api.ts';
import { revisioned } from './control-plane.ts';
import { customResources } from './crds.ts';
import { standardLabels } from './labels.ts';
import { validatorConfiguration } from './webhooks.ts';

/** Values of the chart `base`. */
export interface BaseOptions {
  readonly version: string;
  /** Whose istiod validates Istio objects: 'default', a revision, or '' for no validator (as istioctl has it). */
  readonly defaultRevision: string;
  readonly release: string;
  /** Namespace of istiod and of the ServiceAccount. */
  readonly namespace: string;
}

function defaultValidator(options: BaseOptions): KubeObject {
  const { version, release, namespace, defaultRevision } = options;
  const labels = {
    ...standardLabels({ name: 'base', app: 'istiod', release, version }),
    app: 'istiod',
    istio: 'istiod',
    'istio.io/rev': defaultRevision,
    release,
  };
  const name = revisioned('istiod', defaultRevision === 'default' ? '' : defaultRevision);
  return validatorConfiguration('istiod-default-validator', labels, 'all', { name, namespace });
}

/** What the chart `base` renders: CRDs, the readers' ServiceAccount, the default validator. Throws InvalidInput. */
export function baseChart(options: BaseOptions): KubeObject[] {
  const { version, release, namespace } = options;
  const labels = {
    ...standardLabels({ name: 'base', app: 'istio-reader', release, version }),
    app: 'istio-reader',
    release,
  };
  const account: KubeObject = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'istio-reader-service-account', namespace, labels },
  };
  const validators = options.defaultRevision === '' ? [] : [defaultValidator(options)];
  return [...customResources(options), account, ...validators];
}
