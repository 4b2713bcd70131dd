import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { baseTemplateText, baseValues } from './base.ts';
import { gatewayTemplateText, gatewayValues } from './gateway.ts';
import { istiodTemplates, istiodValues } from './istiod.ts';

const description =
  'Stand-in of the meshlift test bed with the objects of the chart of Istio; not by the Istio project.';

/**
 * Writes charts base, istiod and gateway of a version into a folder, as a directory of pulled charts would have them.
 * They are made of what the sandbox's chart code renders, which is compared with recordings of the real charts.
 * @throws InvalidInput for what is no version
 */
export async function writeCharts(folder: string, version: string): Promise<void> {
  const charts = {
    base: { templates: { 'all.yaml': baseTemplateText(version) }, values: baseValues },
    istiod: { templates: istiodTemplates(version), values: istiodValues(version) },
    gateway: { templates: { 'all.yaml': gatewayTemplateText(version) }, values: gatewayValues },
  };
  for (const [name, { templates, values }] of Object.entries(charts)) {
    const chart = join(folder, name);
    await mkdir(join(chart, 'templates'), { recursive: true });
    const about = { apiVersion: 'v2', name, version, appVersion: version, type: 'application', description };
    await writeFile(join(chart, 'Chart.yaml'), stringify(about));
    await writeFile(join(chart, 'values.yaml'), stringify({ _internal_defaults_do_not_set: values }));
    for (const [file, text] of Object.entries(templates)) await writeFile(join(chart, 'templates', file), text);
  }
}
