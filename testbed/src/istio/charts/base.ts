import type { KubeObject } from '../../../../src/kube/api.ts';
import { baseChart } from '../../../../sandbox/istio/charts/base.ts';
import { objectsAt } from '../../../../sandbox/store/json.ts';
import { documents, either, header, placeholder } from './template.ts';

/** A real API server wants a schema; this one takes everything. */
const anything = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

function withSchemas(object: KubeObject): KubeObject {
  if (object.kind !== 'CustomResourceDefinition') return object;
  const spec = object['spec'] as object;
  const versions = objectsAt(object, 'spec', 'versions').map((one) => ({
    ...one,
    schema: anything,
    subresources: { status: {} },
  }));
  return { ...object, spec: { ...spec, versions } };
}

const isValidator = ({ kind }: KubeObject): boolean => kind === 'ValidatingWebhookConfiguration';

/** Template of the chart base. */
export function baseTemplateText(version: string): string {
  const options = { version, namespace: 'istio-system', release: placeholder.release };
  const render = (defaultRevision: string) => baseChart({ ...options, defaultRevision });
  const validator = (defaultRevision: string) => documents(render(defaultRevision).filter(isValidator), version);
  const forRevision = validator(placeholder.revision).replaceAll('$v.revision', '$v.defaultRevision');
  const common = documents(render('').map(withSchemas), version);
  const validators = either('eq $v.defaultRevision "default"', validator('default'), forRevision);
  return `${header}${common}${either('$v.defaultRevision', validators)}`;
}

/** The chart's own values. */
export const baseValues = { defaultRevision: 'default' };
