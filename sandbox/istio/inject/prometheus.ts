import { mergedMetrics, text } from '../charts/proxy-parts.ts';
import type { Labels } from '../charts/labels.ts';
import type { JsonObject } from '../../store/json.ts';

/** Annotations that send Prometheus to the agent, and the environment by which the agent finds the application's. */
export interface MergedMetrics {
  readonly annotations: Labels;
  readonly env: readonly JsonObject[];
}

const none: MergedMetrics = { annotations: {}, env: [] };

/**
 * Merging of the application's metrics with the proxy's: not for pods that refuse scraping or merging or that name the
 * agent's port already (pkg/kube/inject/webhook.go, applyPrometheusMerge).
 */
export function mergeMetrics(annotations: Labels): MergedMetrics {
  const scrape = annotations['prometheus.io/scrape'];
  const port = annotations['prometheus.io/port'];
  const path = annotations['prometheus.io/path'];
  if (annotations['prometheus.istio.io/merge-metrics'] === 'false') return none;
  if (scrape === 'false' || port === mergedMetrics['prometheus.io/port']) return none;
  const own = { scrape: scrape ?? '', path: path ?? '', port: port ?? '' };
  const silent = scrape === undefined && port === undefined && path === undefined;
  const env = silent ? [] : [text('ISTIO_PROMETHEUS_ANNOTATIONS', JSON.stringify(own))];
  return { annotations: mergedMetrics, env };
}
