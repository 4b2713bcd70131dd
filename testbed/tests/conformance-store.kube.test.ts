import { storeConformance } from '../../test/conformance/store/index.ts';
import { testNamespace } from './cluster.ts';

storeConformance('a real API server', testNamespace);
