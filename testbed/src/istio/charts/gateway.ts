import { gatewayChart, type GatewayOptions } from '../../../../sandbox/istio/charts/gateway.ts';
import { objectsAt } from '../../../../sandbox/store/json.ts';
import { documents, either, header, placeholder, placeholderNumber } from './template.ts';

function options(version: string): GatewayOptions {
  return {
    version,
    name: placeholder.gateway,
    namespace: 'istio-system',
    release: placeholder.release,
    revision: placeholder.revision,
    serviceType: 'LoadBalancer',
    autoscale: 'off',
    replicas: placeholderNumber.replicas,
    pullPolicy: placeholder.pullPolicy,
    proxyRequests: { cpu: 'placeholder', memory: 'placeholder' },
  };
}

function own(version: string): readonly (readonly [string, string])[] {
  const rendered = gatewayChart(options(version));
  const service = rendered.find(({ kind }) => kind === 'Service');
  return [
    [`,"istio.io/rev":"${placeholder.revision}"`, '{{ with $v.revision }},"istio.io/rev":"{{ . }}"{{ end }}'],
    ['"type":"LoadBalancer"', '"type":"{{ $v.service.type }}"'],
    [`"ports":${JSON.stringify(objectsAt(service, 'spec', 'ports'))}`, '"ports":{{ toJson $v.service.ports }}'],
    ['"requests":{"cpu":"placeholder","memory":"placeholder"}', '"requests":{{ toJson $v.resources.requests }}'],
    ['"imagePullPolicy":"placeholder-pull",', '{{ with $v.imagePullPolicy }}"imagePullPolicy":"{{ . }}",{{ end }}'],
    [
      `"replicas":${placeholderNumber.replicas},`,
      '{{ if not $v.autoscaling.enabled }}"replicas":{{ $v.replicaCount }},{{ end }}',
    ],
    [String(placeholderNumber.least), '{{ $v.autoscaling.minReplicas }}'],
    [String(placeholderNumber.most), '{{ $v.autoscaling.maxReplicas }}'],
  ];
}

/** Template of the chart gateway. */
export function gatewayTemplateText(version: string): string {
  const bounds = { min: placeholderNumber.least, max: placeholderNumber.most };
  const scaled = gatewayChart({ ...options(version), autoscale: bounds }).filter(
    ({ kind }) => kind === 'HorizontalPodAutoscaler',
  );
  const rules = own(version);
  const always = documents(gatewayChart(options(version)), version, rules);
  return `${header}${always}${either('$v.autoscaling.enabled', documents(scaled, version, rules))}`;
}

/** The chart's own values. */
export const gatewayValues = {
  revision: '',
  replicaCount: 1,
  imagePullPolicy: '',
  autoscaling: { enabled: true, minReplicas: 1, maxReplicas: 5 },
  service: {
    type: 'LoadBalancer',
    ports: [
      { name: 'status-port', port: 15021, protocol: 'TCP', targetPort: 15021 },
      { name: 'http2', port: 80, protocol: 'TCP', targetPort: 80 },
      { name: 'https', port: 443, protocol: 'TCP', targetPort: 443 },
    ],
  },
  resources: { requests: { cpu: '100m', memory: '128Mi' } },
};
