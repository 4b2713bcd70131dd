/** Minors of Istio from 1.18 on. */
import type { Datum, MinorRange, Release } from './model.ts';

const from = (source: string, date: string) => {
  return <T>(value: T): Datum<T> => ({ value, source, date });
};
const tag = from('tags of github.com/istio/istio', '2026-08-22');
const code = from('istioctl/pkg/install/k8sversion/version.go at the tags of the minor', '2026-08-22');
const status = from('istio.io data/compatibility/supportStatus.yml', '2026-08-22');
const page = from('istio.io docs/releases/supported-releases', '2026-08-22');
const news = (release: string, date: string) => from(`istio.io news/releases, announcing ${release}`, date);
const endOfLife129 = from('istio.io news/support/announcing-1.29-eol', '2026-08-22');

/** Released, end of life, Kubernetes from and to (docs), least Kubernetes in the code, newest patch. */
type Row = readonly [
  released: Datum<string>,
  endOfLife: Datum<string | null>,
  kubernetes: Datum<MinorRange>,
  codeMinimum: string,
  latest: Datum<string>,
];

const range = (first: string, last: string): MinorRange => ({ from: first, to: last });

// Kubernetes: documentation and code differ for 1.22, 1.23 and 1.29. 1.18 was released on 7 June by its tag, 3 June by the page.
const rows: Readonly<Record<string, Row>> = {
  '1.18': [tag('2023-06-07'), status('2024-01-04'), status(range('1.24', '1.27')), '1.24', tag('1.18.7')],
  '1.19': [tag('2023-09-05'), status('2024-04-24'), status(range('1.25', '1.28')), '1.25', tag('1.19.10')],
  '1.20': [tag('2023-11-14'), status('2024-06-25'), status(range('1.25', '1.29')), '1.25', tag('1.20.8')],
  '1.21': [tag('2024-03-13'), page('2024-09-27'), status(range('1.26', '1.29')), '1.26', tag('1.21.6')],
  '1.22': [tag('2024-05-13'), page('2025-01-22'), status(range('1.27', '1.30')), '1.26', tag('1.22.8')],
  '1.23': [tag('2024-08-14'), page('2025-04-16'), page(range('1.27', '1.30')), '1.26', tag('1.23.6')],
  '1.24': [tag('2024-11-07'), page('2025-06-24'), page(range('1.28', '1.31')), '1.28', tag('1.24.6')],
  '1.25': [tag('2025-03-03'), status('2025-09-30'), status(range('1.29', '1.32')), '1.29', tag('1.25.5')],
  '1.26': [tag('2025-05-08'), status('2025-12-22'), status(range('1.29', '1.33')), '1.29', tag('1.26.8')],
  '1.27': [tag('2025-08-11'), status('2026-04-07'), status(range('1.29', '1.33')), '1.29', tag('1.27.9')],
  '1.28': [tag('2025-11-05'), status('2026-07-01'), status(range('1.30', '1.34')), '1.30', tag('1.28.10')],
  '1.29': [
    tag('2026-02-16'),
    endOfLife129('2026-10-12'),
    status(range('1.31', '1.35')),
    '1.30',
    news('1.29.8', '2026-09-21')('1.29.8'),
  ],
  // "About November 2026" is no date: six weeks after 1.32.
  '1.30': [
    tag('2026-05-18'),
    status(null),
    status(range('1.32', '1.36')),
    '1.32',
    news('1.30.5', '2026-09-21')('1.30.5'),
  ],
  '1.31': [
    endOfLife129('2026-08-31'),
    status(null),
    news('1.31.0', '2026-08-31')(range('1.32', '1.36')),
    '1.32',
    news('1.31.1', '2026-09-21')('1.31.1'),
  ],
};

/** Oldest first. */
export const releases: readonly Release[] = Object.entries(rows).map(([minor, row]) => {
  const [released, endOfLife, kubernetes, codeMinimum, latest] = row;
  return { minor, released, endOfLife, kubernetes, codeMinimum: code(codeMinimum), latest };
});
